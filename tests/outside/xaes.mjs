// XAES-256-GCM, written from its specification alone (https://c2sp.org/XAES-256-GCM) with Node's own cryptography: nonce,
// ciphertext, tag.
import { createCipheriv, createDecipheriv } from 'node:crypto';

const nonceSize = 24;
const tagSize = 16;

function block(key, bytes) {
  const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([aes.update(bytes), aes.final()]);
}

/** The key for all nonces of one first half: CMAC over two blocks, whose subkey is L doubled in GF(2^128). */
function derive(key, half) {
  const zero = block(key, Buffer.alloc(16));
  const subkey = Buffer.from(zero.map((byte, i) => (byte << 1) | ((zero[i + 1] ?? 0) >> 7)));
  if (zero[0] >> 7) subkey[15] ^= 0x87;
  const mac = (counter) => {
    const input = Buffer.concat([Buffer.from([0, counter, 0x58, 0]), half]);
    return block(key, Buffer.from(input.map((byte, i) => byte ^ subkey[i])));
  };
  return Buffer.concat([mac(1), mac(2)]);
}

/** The plaintext; throws where key, bytes or associated data are others than those that it was sealed with. */
export function open(key, aad, sealed) {
  if (sealed.length < nonceSize + tagSize) throw new Error('too short');
  const end = sealed.length - tagSize;
  const gcm = createDecipheriv('aes-256-gcm', derive(key, sealed.subarray(0, 12)), sealed.subarray(12, nonceSize), {
    authTagLength: tagSize,
  });
  gcm.setAAD(aad).setAuthTag(sealed.subarray(end));
  return Buffer.concat([gcm.update(sealed.subarray(nonceSize, end)), gcm.final()]);
}
