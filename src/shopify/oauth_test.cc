// The code grant, through a real server: whoever opens the app in a window of its own comes in through Shopify's pages.
#include <gmock/gmock.h>

#include "support/shopify.h"

namespace cordon {
namespace {

using testing::ask;
using testing::field;
using ::testing::HasSubstr;
using testing::json_of;
using testing::ShopifyTest;
using ::testing::StartsWith;

TEST_F(ShopifyTest, ANewShopComesInThroughTheCodeGrant) {
  const auto begun = get(fake.install_link(domain));
  ASSERT_EQ(begun.status, 302) << begun.body;
  EXPECT_THAT(location(begun), StartsWith("https://" + domain + "/admin/oauth/authorize?"));
  const std::string set(begun.header("set-cookie"));
  for (const char* part : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=60"})
    EXPECT_THAT(set, HasSubstr(part));
  const auto granted = get(fake.consent(location(begun), kAnn), state(begun));
  ASSERT_EQ(granted.status, 302) << granted.body;
  EXPECT_THAT(location(granted), HasSubstr("per-user"));
  EXPECT_NE(state(granted), state(begun));
  const auto in = get(fake.consent(location(granted), kAnn), state(granted));
  ASSERT_EQ(in.status, 302) << in.body;
  EXPECT_EQ(location(in), "/console/");
  EXPECT_EQ(state(in), "__Host-cordon_shopify_state=");
  const auto token = renew(cookie(in, "__Host-cordon_session"));
  const auto me = json_of(with("GET", "/v1/me", token));
  EXPECT_EQ(field(me, "name"), "Ann Owner");
  EXPECT_EQ(field(me, "role"), "owner");
  const auto merchant = json_of(with("GET", "/v1/merchant", token));
  EXPECT_EQ(field(merchant, "name"), "The Cotton Shop");
  EXPECT_EQ(field(merchant, "currency"), "EUR");
  EXPECT_EQ(field(merchant, "shop"), domain.substr(0, domain.find('.')));
  EXPECT_EQ(world.sql().value("SELECT origins FROM identity.shop WHERE tenant_id = '" + to_string(tenant()) + "'"),
            "{https://" + domain + ",https://www.cotton.example}");
  for (const char* action : {"tenant.add", "shopify.install", "member.add"}) EXPECT_NE(events(action), "0") << action;
  // Who it is stands there by our own number: Shopify's is personal.
  const auto added = world.events("action = 'member.add' AND tenant_id = '" + to_string(tenant()) + "'");
  ASSERT_EQ(added.size(), 1);
  EXPECT_EQ(added[0].detail, R"({"role":"owner"})");
  // The next one comes straight in: the shop has granted already.
  EXPECT_EQ(fake.asked("code"), 2);
  EXPECT_EQ(location(come_in(kBob)), "/console/");
  EXPECT_EQ(fake.asked("code"), 3);
}

TEST_F(ShopifyTest, AStateIsGoodForAMinute) {
  // As a browser would come that has kept its cookie, and whatever the cookie's age.
  const auto come = [&](int64_t seconds) {
    auto begun = get(fake.install_link(domain));
    const std::string made = state(begun), old = std::to_string(now().micros / 1'000'000 - seconds);
    const size_t at = made.find("line.") + 5, length = made.find('.', at) - at;
    EXPECT_EQ(length, old.size());
    std::string aged = made, place = location(begun);
    aged.replace(at, length, old);
    place.replace(place.find(made.substr(at)), length, old);
    return get(fake.consent(place, kAnn), aged);
  };
  EXPECT_EQ(come(50).status, 302);
  for (const int64_t seconds : {62, 3600, -3600}) {
    const auto reply = come(seconds);
    EXPECT_EQ(reply.status, 401) << seconds;
    EXPECT_EQ(field(json_of(reply), "field"), "state") << seconds;
  }
  EXPECT_EQ(fake.asked("code"), 1);
}

TEST_F(ShopifyTest, TheStateIsThisBrowsersAndGoodOnce) {
  const auto begun = get(fake.install_link(domain));
  const auto other = get(fake.install_link(domain));
  const auto refused = [&](const std::string& cookie) {
    const auto reply = get(fake.consent(location(begun), kAnn), cookie);
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(field(json_of(reply), "field"), "state");
    // Deleted whatever the result.
    EXPECT_THAT(std::string(reply.header("set-cookie")),
                StartsWith("__Host-cordon_shopify_state=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
  };
  refused({});
  refused(state(other));
  refused(state(begun) + "x");
  refused("__Host-cordon_shopify_state=");
  refused("cordon_shopify_state=" + state(begun).substr(28));
  EXPECT_EQ(fake.asked("code"), 0);
  // A code is good once too.
  const std::string back = fake.consent(location(begun), kAnn);
  EXPECT_EQ(get(back, state(begun)).status, 302);
  EXPECT_EQ(get(back, state(begun)).status, 401);
}

TEST_F(ShopifyTest, ASignInEndsTheSessionWhoseCookieItReplaces) {
  const auto before = cookie(come_in(kAnn), "__Host-cordon_session");
  const auto elsewhere = cookie(come_in(kAnn), "__Host-cordon_session");
  const auto begun = get(fake.install_link(domain));
  const auto in = get(fake.consent(location(begun), kAnn), state(begun) + "; " + before);
  ASSERT_EQ(in.status, 302) << in.body;
  EXPECT_EQ(renew(before), "");
  EXPECT_NE(renew(elsewhere), "");
  EXPECT_NE(renew(cookie(in, "__Host-cordon_session")), "");
}

TEST_F(ShopifyTest, NothingComesInThatShopifyHasNotSigned) {
  for (const char* path : {"/v1/shopify/install", "/v1/shopify/callback", "/v1/shopify/proxy/ticket"}) {
    EXPECT_EQ(get(path).status, 401) << path;
    EXPECT_EQ(get(std::string(path) + "?shop=" + domain + "&timestamp=1&hmac=x&signature=x").status, 401) << path;
  }
  std::string link = fake.install_link(domain);
  link.replace(link.find(domain), 6, "linnen");
  EXPECT_EQ(field(json_of(get(link)), "field"), "hmac");
  const std::string token = fake.session_token(domain, kAnn);
  for (const std::string& bad :
       {std::string(), std::string("x"), token + "x", token.substr(0, token.size() - 1), "x" + token})
    EXPECT_EQ(post("/v1/shopify/session", bad).status, 401);
  EXPECT_EQ(fake.asked("exchange") + fake.asked("code"), 0);
}

TEST_F(ShopifyTest, ServersThatAreNoAppSaySo) {
  for (const char* path : {"/v1/shopify/install", "/v1/shopify/callback", "/v1/shopify/proxy/ticket"}) {
    const auto reply = ask(world.port(), "GET", path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_THAT(reply.body, HasSubstr("--shopify-client-id"));
  }
  EXPECT_EQ(ask(world.port(), "POST", "/v1/shopify/session", {}, "{}").status, 404);
  EXPECT_EQ(
      ask(world.port(), "POST", "/v1/widget/shopify-visits", {}, R"({"ticket":"aaaaaaaaaaaaaaaaaaaaaaaa"})").status,
      404);
}

}  // namespace
}  // namespace cordon
