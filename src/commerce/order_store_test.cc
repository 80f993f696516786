// Orders and attribution: the last touch within the window, an order once, revenue by day.
#include "commerce/order_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "commerce/conversation_store.h"
#include "commerce/customer_store.h"
#include "commerce/merchant_store.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon::commerce {
namespace {

using cordon::testing::must;
using cordon::testing::Shop;
using cordon::testing::World;

constexpr int64_t kDay = 86'400'000'000;

class Orders : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> importer = world.sign_in(shop, "importer");

  Task<CustomerId> customer(Scope& scope, std::string external, std::string name = "Somebody") {
    std::vector<NewCustomer> customers(1);
    customers[0].external_id = std::move(external);
    customers[0].name = std::move(name);
    co_return must(co_await put_customers(scope, std::move(customers))).at(0);
  }

  /// A conversation in which `customer` last wrote at `when`.
  Task<ConversationId> chat(identity::Backend& backend, Scope& scope, CustomerId customer, Time when,
                            Author author = Author::visitor) {
    const auto visit = must(co_await backend.identity.visit(shop.name, "own", "own", {}));
    const VisitorId visitor{visit.pass->subject.value};
    Scope shopper(visit.pass, backend.visitor);
    const auto opened = must(co_await open_conversation(shopper, visitor));
    must(co_await link_visitor(scope, visitor, customer));
    NewMessage hello;
    hello.conversation_id = opened.id;
    hello.text = "hello";
    hello.author = author;
    if (author == Author::visitor) must(co_await send_message(shopper, hello));
    else must(co_await send_message(scope, hello));
    world.sql().value("UPDATE commerce.message SET sent_at = '" + to_string(when) + "' WHERE conversation_id = '" +
                      to_string(opened.id) + "'");
    co_return opened.id;
  }

  static RecordOrder order(std::string id, std::optional<std::string> customer, Time placed, int64_t total = 1000) {
    RecordOrder made;
    made.external_id.value = std::move(id);
    if (customer) made.customer_external_id = Text<1, 100>{*customer};
    made.total_minor.value = total;
    made.currency.value = "EUR";
    made.placed_at = placed;
    return made;
  }
};

TEST_F(Orders, AreAttributedToTheLastTouchWithinTheWindow) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto ann = co_await customer(scope, "ann");
    co_await customer(scope, "ben");
    const Time placed{now().micros / kDay * kDay - 20 * kDay};
    const auto early = co_await chat(backend, scope, ann, {placed.micros - 3 * kDay});
    const auto late = co_await chat(backend, scope, ann, {placed.micros - kDay});
    co_await chat(backend, scope, ann, {placed.micros + 1});                        // afterwards
    co_await chat(backend, scope, ann, {placed.micros - 1000}, Author::assistant);  // not the shopper's own words
    const auto one = must(co_await record_order(scope, order("1", "ann", placed)));
    EXPECT_EQ(one.customer_id, ann);
    EXPECT_EQ(one.conversation_id, late);
    EXPECT_EQ(one.touched_at, (Time{placed.micros - kDay}));
    const auto before = must(co_await record_order(scope, order("2", "ann", {placed.micros - 2 * kDay})));
    EXPECT_EQ(before.conversation_id, early);
    EXPECT_EQ(must(co_await record_order(scope, order("3", "ann", {placed.micros - 4 * kDay}))).conversation_id,
              std::nullopt);  // ordered before any chat
    EXPECT_EQ(must(co_await record_order(scope, order("4", "ben", placed))).conversation_id,
              std::nullopt);  // somebody else
    EXPECT_EQ(must(co_await record_order(scope, order("5", {}, placed))).customer_id, std::nullopt);
    const auto nobody = co_await record_order(scope, order("6", "nobody", placed));
    EXPECT_EQ(nobody.error().code, Code::not_found);
    EXPECT_EQ(nobody.error().field, "customer_external_id");
  });
}

TEST_F(Orders, TheWindowEndsToTheMicrosecondAndIsTheShopsOwn) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto ann = co_await customer(scope, "ann");
    const Time touch{now().micros / kDay * kDay - 40 * kDay};
    const auto talked = co_await chat(backend, scope, ann, touch);
    EXPECT_EQ(must(co_await record_order(scope, order("same", "ann", touch))).conversation_id, talked);
    EXPECT_EQ(must(co_await record_order(scope, order("in", "ann", {touch.micros + 7 * kDay - 1}))).conversation_id,
              talked);
    EXPECT_EQ(must(co_await record_order(scope, order("out", "ann", {touch.micros + 7 * kDay}))).conversation_id,
              std::nullopt);
    EXPECT_EQ(must(co_await record_order(scope, order("early", "ann", {touch.micros - 1}))).conversation_id,
              std::nullopt);
    ChangeMerchant change;
    change.attribution_days = Int<1, 90>{30};
    must(co_await change_merchant(scope, change));
    EXPECT_EQ(
        must(co_await record_order(scope, order("longer", "ann", {touch.micros + 30 * kDay - 1}))).conversation_id,
        talked);
    EXPECT_EQ(must(co_await record_order(scope, order("too long", "ann", {touch.micros + 30 * kDay}))).conversation_id,
              std::nullopt);
  });
}

TEST_F(Orders, AreRecordedOnceByTheirExternalId) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto first = must(co_await record_order(scope, order("1", {}, {now().micros - kDay}, 500)));
    const auto again = must(co_await record_order(scope, order("1", {}, now(), 700)));
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.total_minor, 500);
    EXPECT_EQ(must(co_await list_orders(scope, ListOrders())).items.size(), 1u);
  });
}

TEST_F(Orders, OfAnotherCurrencyThanTheShopsAreRefusedAndAddedToNothing) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto ann = co_await customer(scope, "ann");
    must(co_await record_order(scope, order("1", "ann", now(), 250)));
    for (const char* currency : {"USD", "eur", "???"}) {
      auto other = order("2", "ann", now(), 9999);
      other.currency.value = currency;
      const auto refused = co_await record_order(scope, other);
      EXPECT_FALSE(refused) << currency;
      if (refused) continue;
      EXPECT_EQ(refused.error().code, Code::invalid) << currency;
      EXPECT_EQ(refused.error().field, "currency") << currency;
      EXPECT_NE(refused.error().detail.find("shop_money"), std::string::npos) << refused.error().detail;
    }
    const auto sums = must(co_await attribution(scope, 2));
    EXPECT_EQ(sums.orders, 1);
    EXPECT_EQ(sums.revenue_minor, 250);
    EXPECT_EQ(must(co_await find_customer(scope, ann)).spent_minor, 250);
  });
  EXPECT_EQ(world.sql().run("UPDATE commerce.shop_order SET currency = 'USD' WHERE tenant_id = '" +
                            to_string(shop.tenant) + "'"),
            "23503")
      << "nor by whoever has the database";
}

TEST_F(Orders, OfAnotherCurrencyAreRefusedByTheRouteAndLeaveNoEventOfSuccess) {
  const auto reply =
      world.call(net::Method::post, "/v1/orders", world.token(*world.sign_in(shop, "owner")),
                 R"({"external_id":"1","total_minor":1,"currency":"USD","placed_at":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_EQ(cordon::testing::field(cordon::testing::json_of(reply), "field"), "currency");
  EXPECT_EQ(world.sql().value("SELECT string_agg(status::text, ' ') FROM audit.event WHERE action = 'order.record' AND "
                              "tenant_id = '" +
                              to_string(shop.tenant) + "'"),
            "422");
}

TEST_F(Orders, SumUpByDayOfUtc) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto ann = co_await customer(scope, "ann");
    const int64_t today = now().micros / kDay * kDay;
    co_await chat(backend, scope, ann, {today - 2 * kDay});
    must(co_await record_order(scope, order("first of its day", "ann", {today - kDay}, 100)));
    must(co_await record_order(scope, order("last of its day", {}, {today - 1}, 20)));
    must(co_await record_order(scope, order("today", {}, {today}, 3)));
    must(co_await record_order(scope, order("too old", {}, {today - 3 * kDay - 1}, 9999)));
    const auto sums = must(co_await attribution(scope, 4));
    EXPECT_EQ(sums.currency, "EUR");
    EXPECT_EQ(sums.days.size(), 4u);
    EXPECT_EQ(sums.days.at(3).day, to_string(Time{today}).substr(0, 10));
    EXPECT_EQ(sums.days.at(3).revenue_minor, 3);
    EXPECT_EQ(sums.days.at(2).revenue_minor, 120);
    EXPECT_EQ(sums.days.at(2).orders, 2);
    EXPECT_EQ(sums.days.at(2).attributed_revenue_minor, 100);
    EXPECT_EQ(sums.days.at(2).attributed_orders, 1);
    EXPECT_EQ(sums.days.at(0).orders, 0);
    EXPECT_EQ(sums.revenue_minor, 123);
    EXPECT_EQ(sums.attributed_revenue_minor, 100);
    EXPECT_EQ(must(co_await attribution(scope, 1)).days.size(), 1u);
  });
}

TEST_F(Orders, PagesShowEachOnceAndKnowTheirOwnCursorsOnly) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto ann = co_await customer(scope, "ann");
    const Time placed{now().micros - kDay};
    for (int i = 0; i < 9; ++i)
      must(co_await record_order(
          scope, order(std::to_string(i), "ann", {placed.micros - (i / 3) * 1000})));  // three at a time at once
    ListOrders list;
    list.limit.value = 2;
    list.customer_id = ann;
    std::set<std::string> seen;
    for (int page_number = 0;; ++page_number) {
      const auto page = must(co_await list_orders(scope, list));
      for (const auto& o : page.items) EXPECT_TRUE(seen.insert(o.external_id).second);
      if (!page.next_cursor) break;
      list.cursor = Text<1, 200>{*page.next_cursor};
      must(co_await record_order(scope, order("new " + std::to_string(page_number), "ann", now())));
    }
    EXPECT_EQ(seen.size(), 9u);
    EXPECT_TRUE(seen.contains("0") && seen.contains("8"));
    ListCustomers customers;
    customers.cursor = list.cursor;
    EXPECT_EQ((co_await list_customers(scope, customers)).error().field, "cursor");
    ListConversations conversations;
    conversations.cursor = list.cursor;
    EXPECT_EQ((co_await list_conversations(scope, conversations)).error().field, "cursor");
  });
}

TEST_F(Orders, CountInTheirCustomersProfile) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope scope(importer, backend.worker);
    const auto ann = co_await customer(scope, "a%n_n");
    must(co_await record_order(scope, order("1", "a%n_n", now(), 250)));
    must(co_await record_order(scope, order("2", "a%n_n", now(), 50)));
    co_await customer(scope, "aXnYn");
    const auto profile = must(co_await find_customer(scope, ann));
    EXPECT_EQ(profile.orders, 2);
    EXPECT_EQ(profile.spent_minor, 300);
    EXPECT_EQ((co_await find_customer(scope, CustomerId::fresh())).error().code, Code::not_found);
    // What stands for anything in a pattern is an ordinary character in a question.
    ListCustomers list;
    list.query = Text<1, 100>{"A%N_N"};
    const auto found = must(co_await list_customers(scope, list));
    EXPECT_EQ(found.items.size(), 1u);
    EXPECT_EQ(found.items.at(0).id, ann);
    // Put again, it is the same customer with a new name.
    EXPECT_EQ(co_await customer(scope, "a%n_n", "Ann \"O'Neill\" \\ {x}"), ann);
    EXPECT_EQ(must(co_await find_customer(scope, ann)).name, "Ann \"O'Neill\" \\ {x}");
  });
}

TEST_F(Orders, ATimeThatPostgresDoesNotKnowIsRefusedPolitely) {
  const std::string token = world.token(*world.sign_in(shop, "owner"));
  for (const char* time : {"0000-01-01T00:00:00Z", "2026-02-30T00:00:00Z"}) {
    const auto reply =
        world.call(net::Method::post, "/v1/orders", token,
                   R"({"external_id":"1","total_minor":1,"currency":"EUR","placed_at":")" + std::string(time) + "\"}");
    EXPECT_EQ(reply.status, 422) << time << reply.body;
  }
}

}  // namespace
}  // namespace cordon::commerce
