// What outside data comes down to.
#include "app/demo_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/utf8.h"
#include "support/world.h"

namespace cordon::app {
namespace {

TEST(DemoStoreLoad, CutsALongTurnBetweenCharacters) {
  const testing::TemporaryFolder folder;
  const auto write = [&](const std::string& file, const std::string& text) {
    std::filesystem::create_directories((folder.path() / file).parent_path());
    std::ofstream(folder.path() / file) << text;
  };
  for (const char* csv : {"apparel.csv", "jewelery.csv", "home-and-garden.csv"})
    write(std::string("shopify_products/") + csv,
          "Handle,Title,Body (HTML),Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
          "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src\n"
          "mug,Mug,Plain,,true,Title,Default Title,,,,,0,deny,5,\n");
  write("abcd/abcd_sample.json", "[]");
  write("abcd/guidelines.json", "{}");
  std::string word = "a";
  for (int i = 0; i < 1000; ++i) word += "\u00e9";  // the 2,000th byte is the first of one's two
  for (const char* tsv : {"airline.tsv", "media.tsv", "fastfood.tsv", "software.tsv"})
    write(std::string("multidogo/") + tsv,
          "conversationId\tturnNumber\tutteranceId\tutterance\tslot-labels\tintent\nc1\t0\tu\t" + word + "\tO\tnone\n");
  const auto stores = testing::must(load_stores(folder.path()));
  const std::string& text = stores.at(0).chats.at(0).turns.at(0).text;
  EXPECT_EQ(text.size(), 1999u);
  EXPECT_FALSE(first_bad_utf8(text));
}

}  // namespace
}  // namespace cordon::app
