// The app proxy: whom Shopify vouches for on a shop's page is that customer in the chat.
#include "commerce/conversation_store.h"
#include "commerce/customer_store.h"
#include "support/shopify.h"

namespace cordon {
namespace {

using testing::field;
using testing::json_of;
using testing::must;
using testing::ShopifyTest;

class ShopifyProxyTest : public ShopifyTest {
 protected:
  void SetUp() override { ASSERT_EQ(show(kAnn).status, 200); }

  std::string ticket(const std::string& customer, const std::string& fields = {}) {
    const auto reply = get(fake.proxied(domain, customer, fields));
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.header("cache-control"), "no-store");
    return field(json_of(reply), "ticket");
  }
  net::Reply visit(const std::string& ticket, const std::string& secret = {}, std::string origin = {}) {
    if (origin.empty()) origin = "https://" + domain;
    return post(
        "/v1/widget/shopify-visits", {},
        R"({"ticket":")" + ticket + "\"" + (secret.empty() ? "" : R"(,"visitor_secret":")" + secret + "\"") + "}",
        origin);
  }
  /// What the shop sees of a visitor.
  std::string known_as(const boost::json::value& visit) {
    const VisitorId visitor{*parse_uuid(field(visit, "visitor_id"))};
    std::string out;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(tenant(), "importer")), backend.worker);
      const auto known = must(co_await commerce::find_recognised(scope, visitor));
      if (!known) co_return;
      commerce::ListCustomers wanted;
      wanted.query = Text<1, 100>{*known};
      out = *known + " " + must(co_await commerce::list_customers(scope, wanted)).items.at(0).name;
    });
    return out.empty() ? "nobody" : out;
  }
  /// The name that stands at a conversation.
  std::optional<std::string> name_at(const std::string& conversation) {
    std::optional<std::string> out;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(tenant(), "importer")), backend.worker);
      const ConversationId id{*parse_uuid(conversation)};
      out = must(co_await commerce::find_conversation(scope, id)).customer_name;
    });
    return out;
  }
};

TEST_F(ShopifyProxyTest, ATicketMakesAShopperTheCustomerThatShopifyNames) {
  const auto reply = visit(ticket("191167"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(known_as(json_of(reply)), "191167 Customer 191167");
  EXPECT_EQ(reply.header("access-control-allow-origin"), "https://" + domain);
  testing::WireSocket socket(port(), "/v1/widget/socket?ticket=" + field(json_of(reply), "ticket"));
  ASSERT_EQ(socket.status(), 101);
  const auto hello = socket.await("hello");
  EXPECT_EQ(name_at(field(hello, "conversation_id")), "Customer 191167");
}

TEST_F(ShopifyProxyTest, ATicketIsGoodOnceForAMinuteForItsPage) {
  const auto one = ticket("5");
  EXPECT_EQ(visit(one).status, 200);
  EXPECT_EQ(visit(one).status, 401);
  const auto old = ticket("5");
  EXPECT_EQ(world.sql().value("SELECT expires_at - now() BETWEEN interval '55 seconds' AND interval '60 seconds' FROM "
                              "shopify.proxy_ticket WHERE digest = sha256('" +
                              old + "')"),
            "t");
  world.sql().value("UPDATE shopify.proxy_ticket SET expires_at = now() WHERE digest = sha256('" + old + "')");
  EXPECT_EQ(visit(old).status, 401);
  EXPECT_EQ(visit(ticket("5"), {}, "https://evil.example").status, 403);
  const std::string page = "origin=https%3A%2F%2Fwww.cotton.example";
  EXPECT_EQ(visit(ticket("5", page), {}, "https://www.cotton.example").status, 200);
  EXPECT_EQ(visit(ticket("5", page)).status, 403);
  EXPECT_EQ(visit(ticket("5")).status, 200);
  // A page that the shop never registered gets a ticket and no visit.
  EXPECT_EQ(visit(ticket("5", "origin=https%3A%2F%2Fevil.example"), {}, "https://evil.example").status, 403);
  EXPECT_EQ(get(fake.proxied(domain, "5", "origin=https%3A%2F%2Fa%3Db")).status, 401);
  EXPECT_EQ(visit("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").status, 401);
  // It is no ticket of another kind, nor another kind one of these.
  EXPECT_EQ(testing::WireSocket(port(), "/v1/widget/socket?ticket=" + ticket("5")).status(), 401);
}

TEST_F(ShopifyProxyTest, AStrangerWhoSignsInTakesTheirWordsAlong) {
  const auto stranger = json_of(visit(ticket("")));
  const std::string secret = field(stranger, "visitor_secret");
  testing::WireSocket(port(), "/v1/widget/socket?ticket=" + field(stranger, "ticket")).await("hello");
  EXPECT_EQ(known_as(stranger), "nobody");
  const auto signed_in = json_of(visit(ticket("77"), secret));
  EXPECT_EQ(field(signed_in, "visitor_id"), field(stranger, "visitor_id"));
  EXPECT_EQ(known_as(signed_in), "77 Customer 77");
  EXPECT_EQ(field(json_of(visit(ticket("77"), secret)), "visitor_id"), field(stranger, "visitor_id"));
}

TEST_F(ShopifyProxyTest, TheNextCustomerAtThatBrowserIsSomebodyElse) {
  const auto first = json_of(visit(ticket("77")));
  const std::string secret = field(first, "visitor_secret");
  const auto second = json_of(visit(ticket("78"), secret));
  EXPECT_NE(field(second, "visitor_id"), field(first, "visitor_id"));
  EXPECT_EQ(known_as(second), "78 Customer 78");
  EXPECT_EQ(known_as(first), "77 Customer 77");
  const auto signed_out = json_of(visit(ticket(""), secret));
  EXPECT_NE(field(signed_out, "visitor_id"), field(first, "visitor_id"));
}

TEST_F(ShopifyProxyTest, ANameThatTheShopGaveItsCustomerStays) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant(), "importer")), backend.worker);
    std::vector<commerce::NewCustomer> cecil(1);
    cecil[0].external_id = "79";
    cecil[0].name = "Cecil";
    must(co_await commerce::put_customers(scope, std::move(cecil)));
  });
  EXPECT_EQ(known_as(json_of(visit(ticket("79")))), "79 Cecil");
}

TEST_F(ShopifyProxyTest, AShopThatIsNotHereGetsNoTicket) {
  EXPECT_EQ(get(fake.proxied("nobody-here.myshopify.com", "1")).status, 404);
}

}  // namespace
}  // namespace cordon
