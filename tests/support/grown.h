// A log's tree in tiles, as the log writes them, in memory.
#pragma once
#include <gtest/gtest.h>

#include <map>

#include "audit/tile.h"

namespace cordon::testing {

class Grown : public audit::TileSource {
 public:
  explicit Grown(uint64_t size) { grow(size); }

  void grow(uint64_t more) {
    for (uint64_t i = 0; i < more; ++i) {
      entries.push_back("entry " + std::to_string(entries.size()));
      edge.append(audit::leaf_hash(entries.back()));
      if (i % 7 == 0) take();
    }
    take();
  }
  net::Task<Result<std::vector<std::string>>> read(std::vector<audit::TilePath> paths) override {
    std::vector<std::string> out;
    for (const audit::TilePath& path : paths) {
      if (!tiles.contains(path.id)) co_return fail(Code::not_found, path.text());
      out.push_back(tiles[path.id]);
    }
    co_return out;
  }

  std::vector<std::string> entries;
  audit::Edge edge;
  std::map<audit::TileId, std::string> tiles;

 private:
  void take() {
    for (auto& tile : edge.take_changes()) {
      std::string& stands = tiles[tile.id];
      EXPECT_EQ(tile.hashes.substr(0, stands.size()), stands) << "a tile changed";
      stands = tile.hashes;
    }
  }
};

}  // namespace cordon::testing
