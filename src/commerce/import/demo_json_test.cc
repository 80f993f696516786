#include "commerce/import/demo_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "commerce/import/test_files.h"

namespace cordon::commerce {
namespace {

std::string demo(std::string_view shop, std::string_view file) { return file_text(demo_dir() / shop / file); }

TEST(DemoJson, NamesWhatIsWrongAndWhere) {
  const std::string shop =
      R"({"shop":"s","name":"n","currency":"usd","assistant_name":"a","greeting":"g","attribution_days":7})";
  EXPECT_EQ(parse_demo_shop(shop).error().field, "currency");
  EXPECT_EQ(parse_demo_shop("{}").error().detail, "shop: it is missing");
  EXPECT_EQ(parse_demo_policies(R"([{"kind":"a","title":"t","body":"b"},{"kind":"a","title":"t","body":"c"}])")
                .error()
                .detail,
            "[1].title: 't' is there twice");
  EXPECT_EQ(parse_demo_customers(R"([{"external_id":"1","name":"n","email":"none","phone":""}])").error().field,
            "[0].email");
  EXPECT_EQ(parse_demo_orders(R"([{"external_id":"1","customer_external_id":"c","days_ago":-1,"total_minor":5}])")
                .error()
                .field,
            "[0].days_ago");
  EXPECT_EQ(parse_demo_orders(R"([{"external_id":"1","customer_external_id":"c","days_ago":1,"total_minor":5.5}])")
                .error()
                .detail,
            "[0].total_minor: a whole number is needed");
  EXPECT_EQ(parse_demo_conversations(R"([{"days_ago":1,"turns":[{"author":"cat","text":"x"}]}])").error().detail,
            "[0].turns[0].author: 'cat' is none of: visitor, agent");
  EXPECT_EQ(parse_demo_conversations(R"([{"days_ago":1,"turns":[]}])").error().field, "[0].turns");
  EXPECT_EQ(
      parse_demo_conversations(R"([{"days_ago":1,"turns":[{"author":"agent","text":"a\u0000b"}]}])").error().detail,
      "[0].turns[0].text: the text holds a NUL character");
  EXPECT_TRUE(parse_demo_orders("[] x").error().detail.starts_with("line 1: this is not JSON"));
}

class DemoStore : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, DemoStore, testing::Values("aurora", "pinecrest"));

TEST_P(DemoStore, DescribesItself) {
  const auto shop = parse_demo_shop(demo(GetParam(), "shop.json"));
  ASSERT_TRUE(shop) << shop.error().detail;
  EXPECT_EQ(shop->shop, GetParam());
  const auto policies = parse_demo_policies(demo(GetParam(), "policies.json"));
  ASSERT_TRUE(policies) << policies.error().detail;
  EXPECT_GE(policies->size(), 8u);
  for (const char* kind : {"shipping", "returns", "warranty", "payment", "sizing", "privacy", "contact"})
    EXPECT_TRUE(std::ranges::count(*policies, kind, &PolicyText::kind)) << kind;
}

TEST_P(DemoStore, HasInventedPeopleOnly) {
  const auto customers = parse_demo_customers(demo(GetParam(), "customers.json"));
  ASSERT_TRUE(customers) << customers.error().detail;
  EXPECT_GE(customers->size(), 30u);
  for (const DemoCustomer& customer : *customers) {
    EXPECT_TRUE(customer.email.ends_with("@example.com") || customer.email.ends_with("@example.net")) << customer.email;
    EXPECT_NE(customer.phone.find(" 555 01"), std::string::npos) << customer.phone;
  }
}

TEST_P(DemoStore, HasOrdersAndConversationsThatBelongTogether) {
  const auto shop = parse_demo_shop(demo(GetParam(), "shop.json"));
  const auto customers = parse_demo_customers(demo(GetParam(), "customers.json"));
  const auto orders = parse_demo_orders(demo(GetParam(), "orders.json"));
  const auto conversations = parse_demo_conversations(demo(GetParam(), "conversations.json"));
  ASSERT_TRUE(shop && customers && orders && conversations);
  EXPECT_GE(orders->size(), 120u);

  std::set<std::string> known;
  for (const DemoCustomer& customer : *customers) known.insert(customer.external_id);
  std::size_t visitor_turns = 0, attributed = 0;
  for (const DemoConversation& conversation : *conversations) {
    EXPECT_TRUE(!conversation.customer_external_id || known.contains(*conversation.customer_external_id));
    EXPECT_LE(conversation.days_ago, 60);
    visitor_turns += std::ranges::count(conversation.turns, DemoAuthor::visitor, &DemoTurn::author);
  }
  for (const DemoOrder& order : *orders) {
    EXPECT_TRUE(known.contains(order.customer_external_id)) << order.external_id;
    EXPECT_LE(order.days_ago, 60);
    attributed += std::ranges::any_of(*conversations, [&](const DemoConversation& conversation) {
      const double waited = conversation.days_ago - order.days_ago;
      return conversation.customer_external_id == order.customer_external_id && waited >= 0 &&
             waited <= static_cast<double>(shop->attribution_days);
    });
  }
  EXPECT_GE(visitor_turns, 150u);
  EXPECT_GE(attributed, 30u);
  EXPECT_LE(attributed, orders->size() / 2) << "some revenue is not the assistant's";
}

}  // namespace
}  // namespace cordon::commerce
