import { type Bytes, concat, fromBase64, sha256, toHex, utf8 } from "./bytes";

/** A line under a signed note (https://c2sp.org/signed-note). */
export interface Signature {
  name: string;
  /** Eight hexadecimal digits: which of that name's keys. */
  id: string;
  bytes: Bytes;
}

export interface Note {
  /** What is signed, with its last newline. */
  text: string;
  signatures: Signature[];
}

/** Whom to believe, as `name+id+base64` has it. */
export interface VerifierKey {
  name: string;
  id: string;
  /** 32 bytes, Ed25519. */
  key: Bytes;
}

/** A signed statement of how far a log has come (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Bytes;
}

const ED25519 = 1;
const DASH = "\u2014 ";

function parseSignature(line: string): Signature | null {
  const [name, text, ...more] = line.slice(DASH.length).split(" ");
  const bytes = fromBase64(text ?? "");
  if (!line.startsWith(DASH) || !name || !bytes || bytes.length < 5 || more.length > 0) return null;
  return { name, id: toHex(bytes.slice(0, 4)), bytes: bytes.slice(4) };
}

/** Null for what is no signed note. */
export function parseNote(note: string): Note | null {
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n")) return null;
  const signatures = note
    .slice(blank + 2, -1)
    .split("\n")
    .map(parseSignature);
  if (signatures.some((signature) => signature === null)) return null;
  return { text: note.slice(0, blank + 1), signatures: signatures.filter((signature) => signature !== null) };
}

/** Null for what is no checkpoint. Extension lines are read over. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root] = text.split("\n");
  const hash = fromBase64(root ?? "");
  if (!origin || !size || !isNumber(size) || hash?.length !== 32) return null;
  return { origin, size: BigInt(size), root: hash };
}

/** A decimal number as these formats write it: without leading zeros. */
export const isNumber = (text: string): boolean => /^(0|[1-9]\d{0,18})$/.test(text);

/** Null for what is no Ed25519 key, or has another id than it says. */
export async function parseVerifierKey(text: string): Promise<VerifierKey | null> {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const key = fromBase64(base64 ?? "");
  if (!name || !id || key?.length !== 33 || key[0] !== ED25519) return null;
  const digest = await sha256(concat(utf8(`${name}\n`), key));
  return toHex(digest.slice(0, 4)) === id ? { name, id, key: key.slice(1) } : null;
}

/** Whether `signature` is `key`'s over `text`; null in a browser that cannot check Ed25519. */
export async function verifies(key: VerifierKey, signature: Signature, text: string): Promise<boolean | null> {
  const imported = await crypto.subtle.importKey("raw", key.key, "Ed25519", false, ["verify"]).catch(() => null);
  return imported && crypto.subtle.verify("Ed25519", imported, signature.bytes, utf8(text));
}
