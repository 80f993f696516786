import { ProblemError } from "../api/problem";
import type { AuditEvent } from "../api/types";
import { type Bytes, fromBase64, isSame } from "./bytes";
import { commitmentOf } from "./commitment";
import { leafHash, rootOver } from "./merkle";
import { isNumber, type Note, parseCheckpoint, parseNote, parseVerifierKey, verifies } from "./note";

/** A proof as https://c2sp.org/tlog-proof has it. */
interface Proof {
  index: bigint;
  path: Bytes[];
  checkpoint: Note;
}

export interface Checked {
  /** Whose signature the checkpoint has: the log's name and its key's id, `name+id`. */
  signer: string;
  index: bigint;
  size: bigint;
  /** Whether the event, what is personal in it as it is stored, is entry `index` of the checkpoint's tree. */
  included: boolean;
  /** Whether the log's key has signed that checkpoint; a browser may be unable to tell. */
  signature: "valid" | "wrong" | "no key" | "not supported";
}

/** Null for what is no proof. */
function parseProof(text: string): Proof | null {
  const blank = text.indexOf("\n\n");
  const [first, ...lines] = text.slice(0, Math.max(blank, 0)).split("\n");
  if (lines[0]?.startsWith("extra ")) lines.shift();
  const index = /^index (.*)$/.exec(lines.shift() ?? "")?.[1] ?? "";
  const path = lines.map(fromBase64).filter((hash) => hash?.length === 32);
  const checkpoint = parseNote(text.slice(blank + 2));
  if (first !== "c2sp.org/tlog-proof@v1" || !isNumber(index) || path.length < lines.length || !checkpoint) return null;
  return { index: BigInt(index), path: path.filter((hash) => hash !== null), checkpoint };
}

/** Whether `known`, a log's key or only `name+id` of it, is that signer's. */
export const isOf = (known: string, signer: string): boolean => known === signer || known.startsWith(`${signer}+`);

/**
 * Whether `proof` shows that `event` is in the log, from these two and the log's key `known` alone: nobody is asked.
 * Throws a ProblemError for what is no proof.
 */
export async function check(event: AuditEvent, proof: string, known: string): Promise<Checked> {
  const parsed = parseProof(proof);
  const tree = parsed && parseCheckpoint(parsed.checkpoint.text);
  const line = parsed?.checkpoint.signatures.find(({ name }) => name === tree?.origin);
  if (!parsed || !tree || !line)
    throw new ProblemError(502, {
      title: "This is no proof",
      detail: "The server's answer is not what c2sp.org/tlog-proof says.",
    });
  const { index, path, checkpoint } = parsed;
  const root = await rootOver(await leafHash(await commitmentOf(event)), index, tree.size, path);
  const signer = `${line.name}+${line.id}`;
  const key = isOf(known, signer) ? await parseVerifierKey(known) : null;
  const signed = key && (await verifies(key, line, checkpoint.text));
  return {
    signer,
    index,
    size: tree.size,
    included: root !== null && isSame(root, tree.root),
    signature: !key ? "no key" : signed === null ? "not supported" : signed ? "valid" : "wrong",
  };
}
