// Tink's AES-GCM-HKDF streaming AEAD, written from its description alone
// (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming) with Node's own cryptography, for whole
// objects in memory. By itself: node tink_stream.mjs seal|open KEY-IN-HEX AAD INPUT OUTPUT, with the parameters that
// src/keys/stream.h has.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const tag = 16;
const prefix = 7;
const ours = { hash: 'sha256', derived: 32, segment: 65536 };

/** What encrypts or decrypts the segments of the object that has this header. */
function cipher({ hash, derived }, key, aad, header) {
  const name = `aes-${8 * derived}-gcm`;
  const bytes = Buffer.from(hkdfSync(hash, key, header.subarray(1, 1 + derived), aad, derived));
  return (make, number, last) => {
    const nonce = Buffer.alloc(12);
    header.copy(nonce, 0, 1 + derived);
    nonce.writeUInt32BE(number, prefix);
    nonce[11] = last ? 1 : 0;
    return make(name, bytes, nonce, { authTagLength: tag });
  };
}

/** The plaintext; throws if the object is not whole and right. */
export function open(key, aad, sealed, parameters = ours) {
  const length = 1 + parameters.derived + prefix;
  if (sealed.length < length || sealed[0] !== length) throw new Error('no header');
  const segment = cipher(parameters, key, aad, sealed.subarray(0, length));
  const plain = [];
  for (let number = 0, at = length; ; ++number) {
    const end = Math.min((number + 1) * parameters.segment, sealed.length);
    if (end - at < tag + (number > 0 ? 1 : 0)) throw new Error('a segment is too short');
    const part = segment(createDecipheriv, number, end === sealed.length);
    part.setAuthTag(sealed.subarray(end - tag, end));
    plain.push(part.update(sealed.subarray(at, end - tag)), part.final());
    if (end === sealed.length) return Buffer.concat(plain);
    at = end;
  }
}

export function seal(key, aad, plain, parameters = ours) {
  const length = 1 + parameters.derived + prefix;
  const header = Buffer.concat([Buffer.from([length]), randomBytes(length - 1)]);
  const segment = cipher(parameters, key, aad, header);
  const sealed = [header];
  let at = 0;
  for (let number = 0; ; ++number) {
    const end = Math.min((number + 1) * (parameters.segment - tag) - length, plain.length);
    const part = segment(createCipheriv, number, end === plain.length);
    sealed.push(part.update(plain.subarray(at, end)), part.final(), part.getAuthTag());
    if (end === plain.length) return Buffer.concat(sealed);
    at = end;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [verb, key, aad, input, output] = process.argv.slice(2);
  writeFileSync(output, { seal, open }[verb](Buffer.from(key, 'hex'), Buffer.from(aad), readFileSync(input)));
}
