import { type Bytes, sha256 } from "./bytes";

/** RFC 6962 section 2.1: what a leaf and a node are hashed behind. */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry: Bytes): Promise<Bytes> => sha256(LEAF, entry);
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(NODE, left, right);

/**
 * The root that a tree of `size` leaves has, if `leaf` is its leaf `index` and `path` the hashes beside the way up (RFC
 * 9162 section 2.1.3.2); null where no tree has such a path.
 */
export async function rootOver(leaf: Bytes, index: bigint, size: bigint, path: Bytes[]): Promise<Bytes | null> {
  if (index >= size) return null;
  let at = index;
  let last = size - 1n;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0n) return null;
    if (at % 2n === 1n || at === last) {
      hash = await nodeHash(sibling, hash);
      while (at % 2n === 0n && at !== 0n) {
        at /= 2n;
        last /= 2n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    at /= 2n;
    last /= 2n;
  }
  return last === 0n ? hash : null;
}
