#include "commerce/import/catalogue_csv.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "commerce/import/test_files.h"

namespace cordon::commerce {
namespace {

constexpr std::string_view kHeader =
    "Handle,Title,Body (HTML),Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant "
    "SKU,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src\n";

Error refusal(std::string_view rows) {
  const auto products = parse_catalogue_csv(std::string(kHeader) + std::string(rows));
  EXPECT_FALSE(products) << "this was taken: " << rows;
  return products ? Error{} : products.error();
}

std::vector<CatalogueProduct> products_of(const std::filesystem::path& file) {
  auto products = parse_catalogue_csv(file_text(file));
  EXPECT_TRUE(products) << file << ": " << products.error().detail;
  return products.value_or(std::vector<CatalogueProduct>());
}

std::size_t count_variants(const std::vector<CatalogueProduct>& products) {
  std::size_t count = 0;
  for (const auto& product : products) count += product.variants.size();
  return count;
}

TEST(CatalogueCsv, GroupsRowsOfAHandleIntoOneProduct) {
  const auto products =
      parse_catalogue_csv(std::string(kHeader) +
                          "boot,Boot,<p>Warm &amp; dry</p>,\"winter, , "
                          "shoes,winter\",TRUE,Size,41,Colour,Red,S1,shopify,3,deny,99.50,https://e.example/1.jpg\n"
                          "mug,Mug,Plain,,false,Title,Default Title,,,,,0,deny,5,\n"
                          "boot,,,,,,42,,Red,S2,shopify,-1,continue,109,https://e.example/1.jpg\n"
                          "boot,,,,,,,,,,,,,,https://e.example/2.jpg\n");
  ASSERT_TRUE(products) << products.error().detail;
  ASSERT_EQ(products->size(), 2u);
  const CatalogueProduct& boot = (*products)[0];
  EXPECT_EQ(boot.description, "Warm & dry");
  EXPECT_EQ(boot.tags, (std::vector<std::string>{"winter", "shoes"}));
  EXPECT_EQ(boot.option_names, (std::vector<std::string>{"Size", "Colour"}));
  EXPECT_TRUE(boot.published);
  ASSERT_EQ(boot.images.size(), 2u);
  ASSERT_EQ(boot.variants.size(), 2u);
  EXPECT_EQ(boot.variants[0].title, "41 / Red");
  EXPECT_EQ(boot.variants[0].price_minor, 9950);
  EXPECT_EQ(boot.variants[0].inventory, 3);
  EXPECT_EQ(boot.variants[1].sku, "S2");
  EXPECT_EQ(boot.variants[1].inventory, -1);
  EXPECT_TRUE(is_available(boot.variants[1])) << "it sells when empty";
  const CatalogueProduct& mug = (*products)[1];
  EXPECT_FALSE(mug.published);
  EXPECT_TRUE(mug.option_names.empty());
  EXPECT_EQ(mug.variants.at(0).title, "");
  EXPECT_EQ(mug.variants.at(0).inventory, std::nullopt) << "stock is not tracked";
}

TEST(CatalogueCsv, NamesRowAndColumnOfABadPrice) {
  const Error error = refusal("a,A,,,,Title,Default Title,,,,,,,5,\nb,B,,,,Title,Default Title,,,,,,,\"12,50\",\n");
  EXPECT_EQ(error.code, Code::invalid);
  EXPECT_EQ(error.field, "Variant Price");
  EXPECT_TRUE(error.detail.starts_with("row 3 (line 3), column Variant Price: '12,50' is not a price")) << error.detail;
}

TEST(CatalogueCsv, NamesTheColumnOfOtherBadCells) {
  EXPECT_EQ(refusal(",A,,,,Title,Default Title,,,,,,,5,\n").field, "Handle");
  EXPECT_EQ(refusal("../x,A,,,,Title,Default Title,,,,,,,5,\n").field, "Handle");
  EXPECT_EQ(refusal("a,,,,,Title,Default Title,,,,,,,5,\n").field, "Title");
  EXPECT_EQ(refusal("a,A,,,perhaps,Title,Default Title,,,,,,,5,\n").field, "Published");
  EXPECT_EQ(refusal("a,A,,,,Title,Default Title,,,,,1.5,,5,\n").field, "Variant Inventory Qty");
  EXPECT_EQ(refusal("a,A,,,,Title,Default Title,,,,,,maybe,5,\n").field, "Variant Inventory Policy");
  EXPECT_EQ(refusal("a,A,,,,Title,Default Title,,,,,,,,\n").field, "Variant Price");
  EXPECT_EQ(refusal("a,A,,,,Title,Default Title,,,,,,,5,javascript:alert(1)\n").field, "Image Src");
}

TEST(CatalogueCsv, RefusesVariantsThatContradictEachOther) {
  EXPECT_EQ(refusal("a,A,,,,Size,S,,,,,,,5,\na,,,,,,S,,,,,,,6,\n").detail,
            "row 3 (line 3), column Option1 Value: 'a' has this variant already");
  EXPECT_EQ(refusal("a,A,,,,Size,S,,,,,,,5,\na,,,,,,,,,,,,,6,\n").detail,
            "row 3 (line 3), column Option1 Value: a variant of 'a' has no Size");
  EXPECT_EQ(refusal("a,A,,,,,,Size,S,,,,,5,\n").field, "Option2 Name");
  EXPECT_EQ(refusal("a,A,,,,Size,S,,,,,,,5,\na,B,,,,,M,,,,,,,6,\n").detail,
            "row 3 (line 3), column Title: 'a' is the handle of 'A' already");
}

TEST(CatalogueCsv, RefusesAFileThatIsNoCatalogue) {
  EXPECT_EQ(parse_catalogue_csv("Handle,Title\nx,X\n").error().detail, "row 1: the column Body (HTML) is missing");
  EXPECT_TRUE(refusal("a,A,\"<p>open,,,Title,Default Title,,,,,,,5,\n").detail.find("a quote is left open") !=
              std::string::npos);
  EXPECT_EQ(refusal("a,Caf\xE9,,,,Title,Default Title,,,,,,,5,\n").detail,
            "line 2: the text is not UTF-8; save the file as UTF-8");
}

TEST(CatalogueCsv, ReadsTheDemoStores) {
  for (const char* shop : {"aurora", "pinecrest"}) {
    const auto products = products_of(demo_dir() / shop / "products.csv");
    EXPECT_GE(products.size(), 40u);
    EXPECT_GE(count_variants(products), 100u);
    EXPECT_EQ(std::ranges::count(products, false, &CatalogueProduct::published), 1);
    for (const CatalogueProduct& product : products) {
      EXPECT_GE(product.description.size(), 60u) << product.handle;
      EXPECT_EQ(product.description.find('<'), std::string::npos) << product.handle;
      EXPECT_FALSE(product.tags.empty()) << product.handle;
    }
  }
}

TEST(RealDataCatalogueCsv, ReadsShopifysOwnStores) {
  NEEDS_OUTSIDE_DATA("shopify_products");
  const auto folder = outside_data_dir() / "shopify_products";

  const auto apparel = products_of(folder / "apparel.csv");
  EXPECT_EQ(apparel.size(), 20u);
  EXPECT_EQ(count_variants(apparel), 22u);

  const auto home = products_of(folder / "home-and-garden.csv");
  EXPECT_EQ(home.size(), 20u);
  EXPECT_EQ(count_variants(home), 21u);
  EXPECT_EQ(home.at(0).variants.at(1).title, "Large");
  EXPECT_EQ(home.at(0).variants.at(1).price_minor, 1599);

  const auto jewellery = products_of(folder / "jewelery.csv");
  EXPECT_EQ(jewellery.size(), 20u);
  EXPECT_EQ(count_variants(jewellery), 23u) << "18 of the 41 rows carry nothing but an image";
  EXPECT_EQ(jewellery.at(0).variants.at(0).compare_at_minor, 4499);
}

}  // namespace
}  // namespace cordon::commerce
