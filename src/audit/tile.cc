#include "audit/tile.h"

#include <charconv>
#include <cstring>
#include <set>

namespace cordon::audit {

namespace {

constexpr int kTileHeight = 8;
constexpr size_t kHashBytes = sizeof(Hash);

std::optional<uint64_t> read_number(std::string_view text) {
  uint64_t out = 0;
  const char* end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, out).ptr != end) return std::nullopt;
  return out;
}

Hash hash_at(std::string_view tile, uint64_t index) {
  Hash out;
  std::memcpy(out.data(), tile.data() + index * kHashBytes, kHashBytes);
  return out;
}

/// The hash over 2^k hashes, pairwise.
Hash perfect(std::vector<Hash> hashes) {
  while (hashes.size() > 1) {
    for (size_t i = 0; i < hashes.size() / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

/// The tile that a node is computed from. A node of height 8 or more stands in the tile above, if that has it.
TileId tile_of(const Node& node) {
  const int level = node.height / kTileHeight;
  return {level, (node.index << (node.height % kTileHeight)) / kTileWidth};
}

Hash hash_of(const Node& node, std::string_view tile) {
  const int inner = node.height % kTileHeight;
  const uint64_t first = (node.index << inner) % kTileWidth;
  std::vector<Hash> hashes;
  for (uint64_t i = 0; i < uint64_t(1) << inner; ++i) hashes.push_back(hash_at(tile, first + i));
  return perfect(std::move(hashes));
}

std::string bytes_of(const std::vector<Hash>& hashes) {
  std::string out;
  out.reserve(hashes.size() * kHashBytes);
  for (const Hash& hash : hashes) out.append(reinterpret_cast<const char*>(hash.data()), kHashBytes);
  return out;
}

}  // namespace

std::string TilePath::text() const {
  std::string out = id.level == TileId::kEntries ? "entries" : std::to_string(id.level);
  std::string digits = std::to_string(id.number);
  digits.insert(0, (3 - digits.size() % 3) % 3, '0');
  for (size_t i = 0; i < digits.size(); i += 3) out += (i + 3 < digits.size() ? "/x" : "/") + digits.substr(i, 3);
  if (width < kTileWidth) out += ".p/" + std::to_string(width);
  return out;
}

std::optional<TilePath> TilePath::parse(std::string_view text) {
  TilePath out;
  const size_t slash = text.find('/');
  if (slash == text.npos || text.size() > 60) return std::nullopt;
  const auto level = text.substr(0, slash);
  const auto number = read_number(level);
  if (level != "entries" && (!number || *number > 7)) return std::nullopt;
  out.id.level = level == "entries" ? TileId::kEntries : static_cast<int>(*number);
  auto rest = text.substr(slash + 1);
  if (const size_t partial = rest.find(".p/"); partial != rest.npos) {
    const auto width = read_number(rest.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    out.width = *width;
    rest = rest.substr(0, partial);
  }
  std::string digits;
  for (const char c : rest)
    if (c >= '0' && c <= '9') digits += c;
  const auto index = read_number(digits);
  if (!index || digits.size() > 18) return std::nullopt;
  out.id.number = *index;
  if (out.text() != text) return std::nullopt;
  return out;
}

uint64_t width_of(const TileId& id, uint64_t size) {
  const int height = id.level == TileId::kEntries ? 0 : id.level * kTileHeight;
  const uint64_t hashes = size >> height, first = id.number * kTileWidth;
  return hashes <= first ? 0 : std::min(hashes - first, kTileWidth);
}

net::Task<Result<std::vector<Hash>>> hashes_of(TileSource& source, const Plan& plan, uint64_t size) {
  std::map<TileId, std::string> tiles;
  for (const auto& part : plan)
    for (const Node& node : part) tiles[tile_of(node)];
  std::vector<TilePath> paths;
  for (const auto& [id, none] : tiles) paths.push_back({id, width_of(id, size)});
  std::vector<std::string> read;
  if (!paths.empty()) {
    auto found = co_await source.read(paths);
    if (!found) co_return std::unexpected(found.error());
    read = std::move(*found);
  }
  for (size_t i = 0; i < paths.size(); ++i) {
    if (read.at(i).size() < paths[i].width * kHashBytes)
      co_return fail(Code::internal, "The tile " + paths[i].text() + " is too short.");
    tiles[paths[i].id] = std::move(read[i]);
  }
  std::vector<Hash> out;
  for (const auto& part : plan) {
    std::vector<Hash> hashes;
    for (const Node& node : part) hashes.push_back(hash_of(node, tiles[tile_of(node)]));
    out.push_back(fold(hashes));
  }
  co_return out;
}

net::Task<Result<Hash>> root_of(TileSource& source, uint64_t size) {
  Plan plan;
  plan.push_back(nodes_of(0, size));
  auto hashes = co_await hashes_of(source, plan, size);
  if (!hashes) co_return std::unexpected(hashes.error());
  co_return hashes->front();
}

std::vector<TilePath> edge_of(uint64_t size) {
  std::vector<TilePath> out;
  for (int level = 0; size >> (level * kTileHeight) != 0; ++level) {
    const uint64_t hashes = size >> (level * kTileHeight);
    if (hashes % kTileWidth != 0) out.push_back({{level, hashes / kTileWidth}, hashes % kTileWidth});
  }
  return out;
}

Result<Edge> Edge::at(uint64_t size, const std::vector<std::string>& tiles) {
  Edge out;
  out.size_ = size;
  size_t next = 0;
  for (const TilePath& path : edge_of(size)) {
    if (next >= tiles.size() || tiles[next].size() < path.width * kHashBytes)
      return fail(Code::internal, "The tile " + path.text() + " is missing or too short.");
    out.levels_.resize(static_cast<size_t>(path.id.level) + 1);
    for (uint64_t i = 0; i < path.width; ++i) out.levels_.back().push_back(hash_at(tiles[next], i));
    ++next;
  }
  return out;
}

void Edge::append(const Hash& leaf) {
  append(0, leaf);
  ++size_;
}

void Edge::append(size_t level, const Hash& hash) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  auto& hashes = levels_[level];
  hashes.push_back(hash);
  if (hashes.size() < kTileWidth) return;
  // The size counts this leaf only afterwards, so this is the tile that it fills.
  full_[{static_cast<int>(level), (size_ >> (level * kTileHeight)) / kTileWidth}] = bytes_of(hashes);
  const Hash above = perfect(std::exchange(hashes, {}));
  append(level + 1, above);
}

Hash Edge::root() const {
  std::vector<Hash> nodes;
  for (size_t level = levels_.size(); level-- > 0;) {
    const auto& hashes = levels_[level];
    for (const Node& node : nodes_of(0, hashes.size())) {
      const auto first = hashes.begin() + static_cast<std::ptrdiff_t>(node.index << node.height);
      nodes.push_back(perfect({first, first + (std::ptrdiff_t(1) << node.height)}));
    }
  }
  return fold(nodes);
}

std::vector<Edge::Tile> Edge::take_changes() {
  std::vector<Tile> out;
  for (auto& [id, hashes] : std::exchange(full_, {})) out.push_back({id, std::move(hashes)});
  for (const TilePath& path : edge_of(size_))
    out.push_back({path.id, bytes_of(levels_[static_cast<size_t>(path.id.level)])});
  return out;
}

void append_entry(std::string& bundle, std::string_view entry) {
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xFF);
  bundle += entry;
}

Result<std::vector<std::string>> read_entries(std::string_view bundle) {
  std::vector<std::string> out;
  while (!bundle.empty()) {
    if (bundle.size() < 2) return fail(Code::malformed, "An entry of the bundle is cut off.");
    const size_t size = static_cast<size_t>(static_cast<uint8_t>(bundle[0])) << 8 | static_cast<uint8_t>(bundle[1]);
    if (bundle.size() < 2 + size) return fail(Code::malformed, "An entry of the bundle is cut off.");
    out.emplace_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  return out;
}

}  // namespace cordon::audit
