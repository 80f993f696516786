// The catalogue: importing twice changes nothing, search finds what a shopper means.
#include "commerce/product_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/world.h"

namespace cordon::commerce {
namespace {

using cordon::testing::must;
using cordon::testing::Shop;
using cordon::testing::World;
using net::Task;

NewProduct product(std::string handle, std::string title, std::string description = "") {
  NewProduct made;
  made.product.id = ProductId::fresh();
  made.product.handle = std::move(handle);
  made.product.title = std::move(title);
  made.product.description = std::move(description);
  made.product.vendor = "Acme";
  made.product.product_type = "Thing";
  made.product.price_min_minor = 100;
  made.product.price_max_minor = 200;
  made.product.currency = "EUR";
  return made;
}

class Catalogues : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> importer = world.sign_in(shop, "importer");

  void with(std::function<Task<void>(door::Scope&)> work) {
    world.run([&](identity::Backend& backend) -> Task<void> {
      door::Scope scope(importer, backend.worker);
      co_await work(scope);
    });
  }
  // Not coroutines: g++ 12 takes no braced list inside a co_await.
  static auto put(door::Scope& scope, auto... products) {
    return put_products(scope, std::vector<NewProduct>{products...});
  }
  static auto put_policy(door::Scope& scope, std::string kind, std::string title, std::string body) {
    return put_policies(scope, std::vector<Policy>{{PolicyId::fresh(), kind, title, body}});
  }
  static std::vector<std::string> titles(const auto& items) {
    std::vector<std::string> out;
    for (const auto& item : items) out.push_back(item.title);
    return out;
  }
};

TEST_F(Catalogues, PuttingAProductTwiceLeavesOneAsItWasPutLast) {
  with([](door::Scope& scope) -> Task<void> {
    auto tent = product("tent", "Tent \"Alpine\"", "For two, it's light. \\ {braces} \u00e9\U0001F600");
    tent.product.tags = {"a,b", "\"quoted\"", "back\\slash", "NULL", "\u4e2d"};
    tent.product.image_url = "https://example.com/t.png";
    must(co_await put(scope, tent, product("bare", "Bare")));
    const auto first = must(co_await list_products(scope, ListProducts())).items;
    EXPECT_EQ(first.size(), 2u);
    EXPECT_EQ(first.at(0).title, tent.product.title);
    EXPECT_EQ(first.at(0).description, tent.product.description);
    EXPECT_EQ(first.at(0).tags, tent.product.tags);
    EXPECT_EQ(first.at(0).image_url, tent.product.image_url);
    EXPECT_TRUE(first.at(1).tags.empty());
    EXPECT_EQ(first.at(1).image_url, std::nullopt);
    must(co_await put(scope, tent));
    auto cheaper = product("tent", "Tent");
    cheaper.product.price_min_minor = 50;
    must(co_await put(scope, cheaper));
    const auto again = must(co_await list_products(scope, ListProducts())).items;
    EXPECT_EQ(again.size(), 2u);
    EXPECT_EQ(again.at(0).id, tent.product.id);
    EXPECT_EQ(again.at(0).title, "Tent");
    EXPECT_EQ(again.at(0).price_min_minor, 50);
    EXPECT_TRUE(again.at(0).tags.empty());
  });
}

TEST_F(Catalogues, RefusesTextThatCannotBeStoredAndStoresNothingOfTheBatch) {
  with([](door::Scope& scope) -> Task<void> {
    for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff")})
      EXPECT_EQ((co_await put(scope, product("good", "Good"), product("bad", bad))).error().code, Code::invalid);
    EXPECT_TRUE(must(co_await list_products(scope, ListProducts())).items.empty());
  });
}

TEST_F(Catalogues, FindsProductsByWordsInAnyFormAndByAPartOfTheTitle) {
  with([](door::Scope& scope) -> Task<void> {
    must(co_await put(scope, product("a", "Hiking boots", "Waterproof leather."),
                      product("b", "Running shoes", "Light boots are heavier."),
                      product("c", "Wool socks 100%", "Warm."), product("d", "Tent_2", "Sleeps two.")));
    const auto search = [&](std::string words) -> Task<std::vector<std::string>> {
      ListProducts list;
      list.query = Text<1, 200>{std::move(words)};
      co_return titles(must(co_await list_products(scope, list)).items);
    };
    EXPECT_THAT(co_await search("boot"),
                ::testing::ElementsAre("Hiking boots", "Running shoes"));  // the title weighs more
    EXPECT_THAT(co_await search("LEATHER boots"), ::testing::ElementsAre("Hiking boots"));
    EXPECT_THAT(co_await search("sock"), ::testing::ElementsAre("Wool socks 100%"));
    EXPECT_THAT(co_await search("ocks 1"), ::testing::ElementsAre("Wool socks 100%"));
    EXPECT_THAT(co_await search("0%"), ::testing::ElementsAre("Wool socks 100%"));
    EXPECT_THAT(co_await search("t_2"), ::testing::ElementsAre("Tent_2"));
    const std::array<const char*, 8> kOdd{"zebra", "'", "\"", "& | ! ( ) :*", "\\", "-", "' OR true --", "\u202e"};
    for (const char* odd : kOdd) EXPECT_THAT(co_await search(odd), ::testing::IsEmpty()) << odd;
  });
}

TEST_F(Catalogues, DrawsAnAnswerFromProductsAndPolicies) {
  with([](door::Scope& scope) -> Task<void> {
    must(co_await put(scope, product("a", "Alpine tent", "Sleeps two."),
                      product("b", "Return ticket holder", "Holds tickets.")));
    must(co_await put_policy(scope, "returns", "Returns", "You may return anything within 30 days."));
    must(co_await put_policy(scope, "shipping", "Shipping", "Orders arrive within 3 days."));
    const auto returns = must(co_await search_catalogue(scope, "Can I return something within 30 days?", "", 5));
    EXPECT_FALSE(returns.empty());
    EXPECT_EQ(returns.at(0).kind, SourceKind::policy);
    EXPECT_EQ(returns.at(0).title, "Returns");
    const auto tent = must(co_await search_catalogue(scope, "do you have tents", "", 5));
    EXPECT_FALSE(tent.empty());
    EXPECT_EQ(tent.at(0).title, "Alpine tent");
    EXPECT_TRUE(must(co_await search_catalogue(scope, "zebra", "", 5)).empty());
    EXPECT_TRUE(must(co_await search_catalogue(scope, "", "", 5)).empty());
    must(co_await put_policy(scope, "returns", "Returns", "No returns."));
    EXPECT_EQ(must(co_await list_policies(scope, ListPolicies())).items.size(), 2u);
  });
}

TEST_F(Catalogues, TheFirstFortyWordsOfAQuestionCount) {
  with([](door::Scope& scope) -> Task<void> {
    must(co_await put(scope, product("a", "Zebra")));
    std::string many;
    for (int i = 0; i < 39; ++i) many += "word" + std::to_string(i) + " ";
    const std::string full = many + "another", within = many + "zebra", beyond = full + " zebra", none;
    EXPECT_EQ(must(co_await search_catalogue(scope, within, none, 5)).size(), 1u);
    EXPECT_EQ(must(co_await search_catalogue(scope, beyond, none, 5)).size(), 0u);
    EXPECT_EQ(must(co_await search_catalogue(scope, "another", "zebra", 5)).size(), 1u) << "what was asked before";
    EXPECT_EQ(must(co_await search_catalogue(scope, full, "zebra", 5)).size(), 0u) << "comes after the question";
  });
}

TEST_F(Catalogues, PagesShowEachProductOnceWhileOthersCome) {
  with([](door::Scope& scope) -> Task<void> {
    std::vector<NewProduct> many;
    for (int i = 0; i < 9; ++i) many.push_back(product("p" + std::to_string(i), "Product"));
    must(co_await put_products(scope, many));
    std::multiset<std::string> seen;
    ListProducts list;
    list.limit.value = 4;
    for (int n = 0;; ++n) {
      const auto page = must(co_await list_products(scope, list));
      for (const auto& p : page.items) seen.insert(p.handle);
      if (!page.next_cursor) break;
      list.cursor = Text<1, 200>{*page.next_cursor};
      if (n == 0) must(co_await put(scope, product("later", "Later")));
    }
    for (const auto& p : many) EXPECT_EQ(seen.count(p.product.handle), 1u);
    EXPECT_EQ(seen.count("later"), 1u);
    ListPolicies policies;
    policies.cursor = list.cursor;
    EXPECT_EQ((co_await list_policies(scope, policies)).error().field, "cursor");
  });
}

TEST_F(Catalogues, PagesOfASearchShowEachMatchOnceBestFirstWhileOthersCome) {
  with([](door::Scope& scope) -> Task<void> {
    std::vector<NewProduct> many;
    for (int i = 0; i < 5; ++i) many.push_back(product("title" + std::to_string(i), "Boots " + std::to_string(i)));
    for (int i = 0; i < 5; ++i)
      many.push_back(product("text" + std::to_string(i), "Shoes " + std::to_string(i), "Light boots."));
    many.push_back(product("twice", "Sandals", "Boots are warmer than sandals. Boots are drier."));
    many.push_back(product("other", "Socks"));
    must(co_await put_products(scope, many));
    ListProducts list;
    list.query = Text<1, 200>{"boots"};
    const auto whole = must(co_await list_products(scope, list));
    EXPECT_FALSE(whole.next_cursor);
    EXPECT_EQ(whole.items.size(), 11u);
    for (size_t i = 0; i < 5; ++i) EXPECT_TRUE(whole.items.at(i).title.starts_with("Boots")) << i;
    EXPECT_EQ(whole.items.at(5).title, "Sandals") << "it has the word twice";
    auto later = product("later", "Boots of tomorrow");
    later.product.id.value.bytes.fill(0xff);  // before all that rank as it does
    std::vector<std::string> paged;
    list.limit.value = 2;
    for (int n = 0; n < 9; ++n) {
      const auto page = must(co_await list_products(scope, list));
      for (const std::string& title : titles(page.items)) paged.push_back(title);
      list.cursor.reset();
      if (!page.next_cursor) break;
      list.cursor = Text<1, 200>{*page.next_cursor};
      if (n == 0) must(co_await put(scope, later));
    }
    EXPECT_FALSE(list.cursor) << "it ends";
    EXPECT_EQ(paged, titles(whole.items));
  });
}

TEST_F(Catalogues, ACursorGoesOnWithNoOtherQuestion) {
  with([](door::Scope& scope) -> Task<void> {
    must(co_await put(scope, product("a", "Red boots"), product("b", "Blue boots")));
    const auto ask = [&](const char* words, std::optional<std::string> cursor) -> Task<Result<Page<Product>>> {
      ListProducts list;
      list.limit.value = 1;
      if (*words) list.query = Text<1, 200>{words};
      if (cursor) list.cursor = Text<1, 200>{*cursor};
      co_return co_await list_products(scope, list);
    };
    const std::optional<std::string> none;
    const auto found = must(co_await ask("boots", none)).next_cursor;
    const auto listed = must(co_await ask("", none)).next_cursor;
    EXPECT_TRUE(found && listed);
    EXPECT_EQ(must(co_await ask("boots", found)).items.size(), 1u);
    EXPECT_EQ((co_await ask("boot", found)).error().field, "cursor");
    EXPECT_EQ((co_await ask("boots", listed)).error().field, "cursor");
    EXPECT_EQ((co_await ask("", found)).error().field, "cursor");
  });
}

}  // namespace
}  // namespace cordon::commerce
