// Tiles (https://c2sp.org/tlog-tiles): the tree as files that never change, and the tree's right edge, where it grows.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/merkle.h"
#include "base/error.h"
#include "net/task.h"

namespace cordon::audit {

inline constexpr uint64_t kTileWidth = 256;

/// 256 hashes at most, of perfect subtrees of height 8 * level; or, at kEntries, as many entries.
struct TileId {
  static constexpr int kEntries = -1;
  int level = 0;
  uint64_t number = 0;
  auto operator<=>(const TileId&) const = default;
};

/// A tile, or as many of its first hashes as the tree had at some size.
struct TilePath {
  TileId id;
  uint64_t width = kTileWidth;

  /// "0/x001/x234/067.p/12", "entries/000": what stands behind `tile/`.
  std::string text() const;
  /// nullopt for anything that text() does not give.
  static std::optional<TilePath> parse(std::string_view text);
};

/// How many hashes (entries) a tile has in a tree of `size`: 0 to 256.
uint64_t width_of(const TileId& id, uint64_t size);

/// Where tiles come from: a database, a folder, a server.
class TileSource {
 public:
  virtual ~TileSource() = default;
  /// The bytes of each, at least as wide as its path says. Code::not_found where one is not there.
  virtual net::Task<Result<std::vector<std::string>>> read(std::vector<TilePath> paths) = 0;
};

/// The hashes of a proof over the tree with `size` leaves. Errors: the source's; Code::internal for a tile that is too
/// short.
net::Task<Result<std::vector<Hash>>> hashes_of(TileSource& source, const Plan& plan, uint64_t size);
/// The root of the tree that the tiles make up to `size`.
net::Task<Result<Hash>> root_of(TileSource& source, uint64_t size);

/// The right edge of a growing tree: on each level the hashes of the tile that is not full yet.
class Edge {
 public:
  /// A tile, or what there is of it by now.
  struct Tile {
    TileId id;
    std::string hashes;
  };

  Edge() = default;
  /// The edge of a tree of `size`: its partial tiles, as edge_of() names them. Code::internal if one is too short.
  static Result<Edge> at(uint64_t size, const std::vector<std::string>& tiles);

  void append(const Hash& leaf);
  uint64_t size() const { return size_; }
  Hash root() const;
  /// The tiles that have changed since the last call, whole and partial.
  std::vector<Tile> take_changes();

 private:
  void append(size_t level, const Hash& hash);
  uint64_t size_ = 0;
  std::vector<std::vector<Hash>> levels_;
  std::map<TileId, std::string> full_;  ///< those that were filled since the last take_changes()
};

/// The partial tiles of a tree of `size`, from level 0 up, those that are empty left out.
std::vector<TilePath> edge_of(uint64_t size);

/// Entries as a bundle has them: each behind its length, two bytes big-endian.
void append_entry(std::string& bundle, std::string_view entry);
/// Code::malformed.
Result<std::vector<std::string>> read_entries(std::string_view bundle);

}  // namespace cordon::audit
