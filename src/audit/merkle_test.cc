// The tree against the vectors that Certificate Transparency's reference implementation published for RFC 6962, and
// every proof of every small tree against a tree that is computed as the RFC writes it.
#include "audit/merkle.h"

#include <gtest/gtest.h>

#include <bit>

#include "base/random.h"
#include "support/grown.h"
#include "support/served.h"

namespace cordon::audit {
namespace {

using testing::Grown;
using testing::must;

const std::vector<std::string> kLeaves{"",
                                       std::string(1, '\0'),
                                       "\x10",
                                       "\x20\x21",
                                       "\x30\x31",
                                       "\x40\x41\x42\x43",
                                       "\x50\x51\x52\x53\x54\x55\x56\x57",
                                       "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
const std::vector<std::string> kRoots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

/// MTH of section 2.1, word for word.
Hash mth(std::span<const std::string> entries) {
  if (entries.empty()) return empty_root();
  if (entries.size() == 1) return leaf_hash(entries[0]);
  const size_t k = std::bit_floor(entries.size() - 1);
  return node_hash(mth(entries.first(k)), mth(entries.subspan(k)));
}

std::vector<Hash> hashes_in(Grown& grown, const Plan& plan) {
  std::vector<Hash> out;
  testing::run([&]() -> net::Task<void> { out = must(co_await hashes_of(grown, plan, grown.edge.size())); });
  return out;
}

TEST(Merkle, HasTheRootsOfTheReferenceImplementation) {
  EXPECT_EQ(to_hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Edge edge;
  EXPECT_EQ(edge.root(), empty_root());
  for (size_t i = 0; i < kLeaves.size(); ++i) {
    edge.append(leaf_hash(kLeaves[i]));
    EXPECT_EQ(to_hex(edge.root()), kRoots[i]) << i + 1;
  }
}

TEST(Merkle, ItsTilesGiveTheRootThatTheRfcDefines) {
  for (const uint64_t size : {1, 2, 255, 256, 257, 511, 513, 1000, 65'536, 66'000}) {
    Grown grown(size);
    EXPECT_EQ(grown.edge.root(), mth(grown.entries)) << size;
    testing::run([&]() -> net::Task<void> {
      EXPECT_EQ(must(co_await root_of(grown, size)), grown.edge.root()) << size;
      EXPECT_EQ(must(co_await root_of(grown, size - 1)), mth(std::span(grown.entries).first(size - 1))) << size;
      std::vector<std::string> partial;
      for (const TilePath& path : edge_of(size)) partial.push_back(grown.tiles.at(path.id));
      EXPECT_EQ(must(Edge::at(size, partial)).root(), grown.edge.root()) << size;
      co_return;
    });
  }
}

TEST(Merkle, EveryLeafOfEverySmallTreeIsProved) {
  for (uint64_t size = 1; size <= 40; ++size) {
    Grown grown(size);
    for (uint64_t index = 0; index < size; ++index) {
      const Hash leaf = leaf_hash(grown.entries[index]);
      const auto proof = hashes_in(grown, inclusion_plan(index, size));
      EXPECT_TRUE(verify_inclusion(leaf, index, size, proof, grown.edge.root())) << index << " of " << size;
      EXPECT_FALSE(verify_inclusion(leaf_hash("other"), index, size, proof, grown.edge.root()));
      EXPECT_FALSE(verify_inclusion(leaf, index, size, proof, empty_root()));
      if (size > 1) {
        EXPECT_FALSE(verify_inclusion(leaf, (index + 1) % size, size, proof, grown.edge.root()));
        EXPECT_FALSE(verify_inclusion(leaf, index, size, std::span(proof).first(proof.size() - 1), grown.edge.root()));
      }
      auto longer = proof;
      longer.push_back(leaf);
      EXPECT_FALSE(verify_inclusion(leaf, index, size, longer, grown.edge.root()));
    }
    EXPECT_FALSE(verify_inclusion(leaf_hash(grown.entries[0]), size, size, {}, grown.edge.root()));
  }
}

TEST(Merkle, EverySmallTreeIsProvedToContinueEverySmallerOne) {
  for (uint64_t size = 1; size <= 40; ++size) {
    Grown grown(size);
    for (uint64_t old = 0; old <= size; ++old) {
      const Hash before = mth(std::span(grown.entries).first(old));
      const auto proof = hashes_in(grown, consistency_plan(old, size));
      EXPECT_TRUE(verify_consistency(old, before, size, grown.edge.root(), proof)) << old << " of " << size;
      EXPECT_FALSE(verify_consistency(old, leaf_hash("other"), size, grown.edge.root(), proof));
      if (old > 0) {
        EXPECT_FALSE(verify_consistency(old, before, size, leaf_hash("other"), proof));
      }
      for (size_t i = 0; i < proof.size(); ++i) {
        auto bent = proof;
        bent[i][0] ^= 1;
        EXPECT_FALSE(verify_consistency(old, before, size, grown.edge.root(), bent));
      }
      auto longer = proof;
      longer.push_back(before);
      EXPECT_FALSE(verify_consistency(old, before, size, grown.edge.root(), longer));
    }
    EXPECT_FALSE(verify_consistency(size + 1, grown.edge.root(), size, grown.edge.root(), {}));
  }
}

TEST(Merkle, ProofsHoldAcrossTiles) {
  Grown grown(66'000);
  for (const uint64_t index : {0, 255, 256, 65'535, 65'536, 65'999})
    EXPECT_TRUE(verify_inclusion(leaf_hash(grown.entries[index]), index, 66'000,
                                 hashes_in(grown, inclusion_plan(index, 66'000)), grown.edge.root()))
        << index;
  for (const uint64_t old : {1, 255, 256, 300, 65'535, 65'536, 65'537})
    EXPECT_TRUE(verify_consistency(old, mth(std::span(grown.entries).first(old)), 66'000, grown.edge.root(),
                                   hashes_in(grown, consistency_plan(old, 66'000))))
        << old;
}

TEST(TilePath, IsAsTheSpecificationWritesIt) {
  EXPECT_EQ((TilePath{{0, 1234067}, 256}.text()), "0/x001/x234/067");
  EXPECT_EQ((TilePath{{2, 5}, 12}.text()), "2/005.p/12");
  EXPECT_EQ((TilePath{{TileId::kEntries, 0}, 256}.text()), "entries/000");
  for (const std::string text : {"0/x001/x234/067", "2/005.p/12", "entries/x001/000.p/255"}) {
    const auto path = TilePath::parse(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(path->text(), text);
  }
  for (const std::string text :
       {"",          "0",           "0/",        "0/1",         "0/0001",     "00/001",   "0/x001",
        "0/001/002", "0/x001/x002", "0/001.p/0", "0/001.p/256", "0/001.p/01", "0/001.p/", "9/001",
        "-1/001",    "entries",     "entry/001", "0/../001",    "0/001 ",     "0/x1/001", "0/999999999999999999999"})
    EXPECT_FALSE(TilePath::parse(text)) << text;
}

TEST(TilePath, HasTheWidthsOfTheSpecificationsExample) {
  // "a tree of size 70,000": 273 full tiles and one of 112; one full and one of 17; one of 1.
  EXPECT_EQ(width_of({0, 272}, 70'000), 256);
  EXPECT_EQ(width_of({0, 273}, 70'000), 112);
  EXPECT_EQ(width_of({0, 274}, 70'000), 0);
  EXPECT_EQ(width_of({1, 0}, 70'000), 256);
  EXPECT_EQ(width_of({1, 1}, 70'000), 17);
  EXPECT_EQ(width_of({2, 0}, 70'000), 1);
  ASSERT_EQ(edge_of(70'000).size(), 3);
  EXPECT_EQ(edge_of(256).size(), 1);  // full at level 0, one of width 1 at level 1
}

TEST(Entries, AreReadAsTheyAreWritten) {
  std::string bundle;
  for (const std::string& entry : {std::string(), std::string("a"), std::string(65'535, 'x')})
    append_entry(bundle, entry);
  const auto read = must(read_entries(bundle));
  ASSERT_EQ(read.size(), 3);
  EXPECT_EQ(read[2].size(), 65'535);
  bundle.pop_back();
  EXPECT_FALSE(read_entries(bundle));
  EXPECT_FALSE(read_entries(std::string(1, '\0')));
}

}  // namespace
}  // namespace cordon::audit
