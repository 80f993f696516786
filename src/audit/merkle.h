// The Merkle tree of RFC 6962 section 2.1: its hashes, and what proves something about it.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace cordon::audit {

using Hash = std::array<uint8_t, 32>;

/// SHA-256(0x00 || entry).
Hash leaf_hash(std::string_view entry);
/// SHA-256(0x01 || left || right).
Hash node_hash(const Hash& left, const Hash& right);
/// The root of a tree without leaves: SHA-256 of nothing.
Hash empty_root();

/// A perfect subtree: the leaves [index << height, (index + 1) << height).
struct Node {
  int height = 0;
  uint64_t index = 0;
  auto operator<=>(const Node&) const = default;
};

/// The perfect subtrees, largest and leftmost first, that the leaves [from, to) of a tree consist of. `from` is a
/// multiple of the largest power of two that is less than `to - from`, as every range is that a proof speaks of.
std::vector<Node> nodes_of(uint64_t from, uint64_t to);
/// The hash over leaves whose perfect subtrees, as nodes_of() has them, have these hashes; of none, that of no leaves.
Hash fold(std::span<const Hash> hashes);

/// What a proof consists of, from the leaf's side to the root's: each hash is fold() over the hashes of some nodes.
using Plan = std::vector<std::vector<Node>>;
/// PATH(index, D[size]) of section 2.1.1; `index < size`.
Plan inclusion_plan(uint64_t index, uint64_t size);
/// PROOF(old_size, D[size]) of section 2.1.2; `old_size <= size`. Empty for 0 and for `size` itself.
Plan consistency_plan(uint64_t old_size, uint64_t size);

/// Whether `proof` shows that `leaf` is at `index` of the tree with that size and root (RFC 9162 section 2.1.3.2).
bool verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> proof, const Hash& root);
/// Whether `proof` shows that the tree with `old_size` and `old_root` is the beginning of the other (RFC 9162 section
/// 2.1.4.2). Of size 0, every tree is a continuation, and the proof is empty.
bool verify_consistency(uint64_t old_size, const Hash& old_root, uint64_t size, const Hash& root,
                        std::span<const Hash> proof);

}  // namespace cordon::audit
