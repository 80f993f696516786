// Which shops come in, and as whom their people do, whichever way they came.
#include "shopify/sign_in.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/random.h"
#include "support/shopify.h"

namespace cordon {
namespace {

using testing::field;
using ::testing::HasSubstr;
using testing::json_of;
using testing::must;
using testing::ShopifyTest;

TEST_F(ShopifyTest, AShopThatGrantsTooLittleIsToldSo) {
  fake.grants = {"read_customers"};
  const auto in = show(kAnn);
  EXPECT_EQ(in.status, 403);
  EXPECT_THAT(in.body, HasSubstr("read_orders"));
  const auto begun = get(fake.install_link(domain));
  EXPECT_EQ(get(fake.consent(location(begun), kAnn), state(begun)).status, 403);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM shopify.shop WHERE domain = '" + domain + "'"), "0");
  // It grants the rest later; what it took back later still is noticed at the next refresh.
  fake.grants = {"read_customers", "read_orders"};
  EXPECT_EQ(show(kAnn).status, 200);
}

TEST_F(ShopifyTest, AShopOfThatNameThatIsNotShopifysIsNotTakenOver) {
  const auto mine = world.add_shop();
  domain = mine.name + ".myshopify.com";
  const auto in = show(kAnn);
  EXPECT_EQ(in.status, 409) << in.body;
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM shopify.shop WHERE domain = '" + domain + "'"), "0");
}

TEST_F(ShopifyTest, AReinstallGetsNewTokensAndKeepsTheTenant) {
  ASSERT_EQ(show(kAnn).status, 200);
  const auto before = tenant();
  fake.uninstall(domain);
  ASSERT_EQ(show(kAnn).status, 200);
  EXPECT_EQ(tenant(), before);
  EXPECT_EQ(fake.asked("exchange"), 4);
  fake.uninstall(domain);
  EXPECT_EQ(come_in(kAnn).status, 200);
  EXPECT_EQ(fake.asked("code"), 2);
}

TEST_F(ShopifyTest, AShopSeesWhatShopifyIsAskedAboutIt) {
  // Before it had a tenant, and since.
  const auto asked = [&] {
    return world.sql().value(
        "SELECT count(*) FILTER (WHERE tenant_id IS NULL) || ' ' || count(*) FILTER (WHERE tenant_id = '" +
        to_string(tenant()) + "') FROM audit.event WHERE action = 'egress.shopify' AND resource LIKE '" + domain +
        "/%'");
  };
  ASSERT_EQ(show(kAnn).status, 200);
  EXPECT_EQ(asked(), "2 1") << "for its token and what it is; who Ann is";
  ASSERT_EQ(show(kBob).status, 200);
  EXPECT_EQ(asked(), "2 3");
  fake.uninstall(domain);
  ASSERT_EQ(show(kAnn).status, 200);
  EXPECT_EQ(asked(), "2 7");
  fake.uninstall(domain);
  ASSERT_EQ(come_in(kAnn).status, 200);
  EXPECT_EQ(asked().substr(0, 2), "2 ");
}

TEST_F(ShopifyTest, ManyWhoComeAtOnceToANewShopMakeOne) {
  std::vector<std::string> tokens(6);
  std::vector<net::Reply> replies(tokens.size());
  for (auto& token : tokens) token = fake.session_token(domain, kAnn);
  std::vector<std::thread> people;
  for (size_t i = 0; i < tokens.size(); ++i)
    people.emplace_back([&, i] { replies[i] = post("/v1/shopify/session", tokens[i]); });
  for (auto& person : people) person.join();
  for (const auto& reply : replies) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(field(json_of(reply), "subject_id"), field(json_of(replies[0]), "subject_id"));
  }
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM identity.member WHERE tenant_id = '" + to_string(tenant()) + "'"),
            "1");
}

TEST_F(ShopifyTest, NobodyComesIntoASuspendedShop) {
  const auto ann = json_of(show(kAnn));
  const auto back = come_back(kAnn);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await backend.identity.suspend(tenant(), "test"));
  });
  EXPECT_EQ(sign_in(link(back)).status, 423);
  EXPECT_EQ(show(kAnn).status, 423);
  EXPECT_EQ(get(fake.install_link(domain)).status, 423);
  EXPECT_EQ(with("GET", "/v1/merchant", field(ann, "access_token")).status, 423);
}

TEST_F(ShopifyTest, WhatShopifyMangledIsNotTaken) {
  // An answer that is lost leaves nothing half done: the next attempt goes through.
  for (int lost = 1; lost <= 3; ++lost) {
    fake.lose = lost;
    EXPECT_EQ(show(kAnn).status, 503) << lost;
    fake.lose = 0;
  }
  EXPECT_EQ(show(kAnn).status, 200);
  fake.currency = "euro";
  domain = "other-" + domain;
  EXPECT_EQ(show(kAnn).status, 503);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM shopify.shop WHERE domain = '" + domain + "'"), "0");
  fake.currency = "EUR";
  fake.page = "https://evil.example/path?x=y";  // no origin: the shop's own domain alone may embed the chat
  EXPECT_EQ(show(kAnn).status, 200);
  EXPECT_EQ(world.sql().value("SELECT origins FROM identity.shop WHERE tenant_id = '" + to_string(tenant()) + "'"),
            "{https://" + domain + "}");
}

TEST_F(ShopifyTest, WhoOwnsTheAccountIsOwnerAndNobodyElse) {
  EXPECT_EQ(field(json_of(show(kAnn)), "role"), "owner");
  const auto bob = json_of(show(kBob));
  EXPECT_EQ(field(bob, "role"), "agent");
  // The account changes hands: Ann's open sessions end, Bob's next one is an owner's.
  const auto ann = field(json_of(show(kAnn)), "access_token");
  shopify::Person before = kAnn, after = kBob;
  before.account_owner = false;
  after.account_owner = true;
  EXPECT_EQ(field(json_of(show(after)), "role"), "owner");
  EXPECT_EQ(field(json_of(show(after)), "subject_id"), field(bob, "subject_id"));
  EXPECT_EQ(field(json_of(show(before)), "role"), "agent");
  EXPECT_EQ(with("GET", "/v1/me", ann).status, 401);
  EXPECT_EQ(with("GET", "/v1/members", field(json_of(show(before)), "access_token")).status, 403);
}

TEST_F(ShopifyTest, TheRoleThatTheOwnerGaveHoldsWhenTheyComeAgain) {
  const auto ann = json_of(show(kAnn)), bob = json_of(show(kBob));
  const auto changed =
      with("PATCH", "/v1/members/" + field(bob, "subject_id"), field(ann, "access_token"), R"({"role":"manager"})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(with("GET", "/v1/me", field(bob, "access_token")).status, 401) << "what they were is over";
  EXPECT_EQ(field(json_of(show(kBob)), "role"), "manager");
  EXPECT_EQ(field(json_of(show(kBob)), "subject_id"), field(bob, "subject_id"));
}

TEST_F(ShopifyTest, WhomTheOwnerLetGoDoesNotComeBackByThemselves) {
  const auto ann = json_of(show(kAnn)), bob = json_of(show(kBob));
  const auto back = come_back(kBob);
  EXPECT_EQ(with("DELETE", "/v1/members/" + field(bob, "subject_id"), field(ann, "access_token")).status, 200);
  EXPECT_EQ(sign_in(link(back)).status, 401) << "nor where they were on their way";
  EXPECT_EQ(with("GET", "/v1/me", field(bob, "access_token")).status, 401);
  EXPECT_EQ(show(kBob).status, 403);
  EXPECT_EQ(come_in(kBob).status, 403);
  // But for whoever owns the account: nobody here can lock them out.
  shopify::Person owner = kBob;
  owner.account_owner = true;
  EXPECT_EQ(field(json_of(show(owner)), "role"), "owner");
}

TEST_F(ShopifyTest, WhoCameAWhileAgoComesAgainBeforeTheyGiveAccessOrTakeIt) {
  const auto ann = field(json_of(show(kAnn)), "access_token");
  const std::string invitation = R"({"name":"Carl","email":"carl@cotton.example","role":"agent"})";
  const std::string token = R"({"name":"till","days":30,"scopes":["order.read"]})";
  const auto invited = with("POST", "/v1/members", ann, invitation);
  ASSERT_EQ(invited.status, 200) << invited.body;
  EXPECT_EQ(with("POST", "/v1/api-tokens", ann, token).status, 200);
  EXPECT_EQ(with("PATCH", "/v1/support-access", ann, R"({"needs_consent":true})").status, 200);
  age("opened_at", 601);
  const std::string member = "/v1/members/" + field(json_of(invited), "subject_id");
  const std::string grant = "/v1/support-grants/" + to_string(new_uuid()) + "/approve";
  const auto refused = [&](const std::string& method, const std::string& path, const std::string& body) {
    const auto reply = with(method, path, ann, body);
    EXPECT_EQ(reply.status, 403) << path;
    EXPECT_EQ(field(json_of(reply), "code"), "step_up_required") << path;
  };
  refused("POST", "/v1/members", invitation);
  refused("POST", member + "/link", "");
  refused("PATCH", member, R"({"role":"manager"})");
  refused("DELETE", member, "");
  refused("POST", "/v1/api-tokens", token);
  refused("POST", grant, "");
  refused("PATCH", "/v1/support-access", R"({"needs_consent":false})");
  // Whatever else they do goes on, and so does what only protects.
  EXPECT_EQ(with("GET", "/v1/members", ann).status, 200);
  EXPECT_EQ(with("PATCH", "/v1/support-access", ann, R"({"needs_consent":true})").status, 200);
  const auto again = field(json_of(show(kAnn)), "access_token");
  EXPECT_EQ(with("DELETE", member, again).status, 200);
}

}  // namespace
}  // namespace cordon
