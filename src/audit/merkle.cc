#include "audit/merkle.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/random.h"

namespace cordon::audit {

namespace {

/// The largest power of two that is less than `size`, which is more than 1.
uint64_t split(uint64_t size) { return std::bit_floor(size - 1); }

/// SUBPROOF of section 2.1.2 for the leaves [from, to), of which the first `old` were there before; `whole` says that
/// whoever verifies knows the hash of exactly these.
void add_subproof(uint64_t old, uint64_t from, uint64_t to, bool whole, Plan& out) {
  if (old == to - from) {
    if (!whole) out.push_back(nodes_of(from, to));
    return;
  }
  const uint64_t k = split(to - from);
  if (old <= k) {
    add_subproof(old, from, from + k, whole, out);
    out.push_back(nodes_of(from + k, to));
  } else {
    add_subproof(old - k, from + k, to, false, out);
    out.push_back(nodes_of(from, from + k));
  }
}

}  // namespace

Hash leaf_hash(std::string_view entry) {
  std::string bytes(1, '\0');
  bytes += entry;
  return sha256(bytes);
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<char, 65> bytes;
  bytes[0] = 1;
  std::memcpy(bytes.data() + 1, left.data(), left.size());
  std::memcpy(bytes.data() + 33, right.data(), right.size());
  return sha256({bytes.data(), bytes.size()});
}

Hash empty_root() { return sha256({}); }

std::vector<Node> nodes_of(uint64_t from, uint64_t to) {
  std::vector<Node> out;
  while (from < to) {
    const uint64_t size = std::bit_floor(to - from);
    const int height = std::countr_zero(size);
    out.push_back({height, from >> height});
    from += size;
  }
  return out;
}

Hash fold(std::span<const Hash> hashes) {
  if (hashes.empty()) return empty_root();
  Hash out = hashes.back();
  for (size_t i = hashes.size() - 1; i-- > 0;) out = node_hash(hashes[i], out);
  return out;
}

Plan inclusion_plan(uint64_t index, uint64_t size) {
  Plan out;
  uint64_t from = 0, to = size;
  while (to - from > 1) {
    const uint64_t middle = from + split(to - from);
    if (index < middle) {
      out.push_back(nodes_of(middle, to));
      to = middle;
    } else {
      out.push_back(nodes_of(from, middle));
      from = middle;
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Plan consistency_plan(uint64_t old_size, uint64_t size) {
  Plan out;
  if (old_size > 0 && old_size < size) add_subproof(old_size, 0, size, true, out);
  return out;
}

bool verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return false;
  uint64_t at = index, last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      hash = node_hash(sibling, hash);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool verify_consistency(uint64_t old_size, const Hash& old_root, uint64_t size, const Hash& root,
                        std::span<const Hash> proof) {
  if (old_size > size) return false;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  if (old_size == size) return proof.empty() && old_root == root;
  std::vector<Hash> path(proof.begin(), proof.end());
  // A tree that is a perfect subtree of the other is its own first node.
  if (std::has_single_bit(old_size)) path.insert(path.begin(), old_root);
  if (path.empty()) return false;
  uint64_t at = old_size - 1, last = size - 1;
  while ((at & 1) != 0) {
    at >>= 1;
    last >>= 1;
  }
  Hash before = path.front(), after = path.front();
  for (size_t i = 1; i < path.size(); ++i) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      before = node_hash(path[i], before);
      after = node_hash(path[i], after);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      after = node_hash(after, path[i]);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && before == old_root && after == root;
}

}  // namespace cordon::audit
