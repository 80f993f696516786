// The code grant, through a real server: whoever opens the app in a window of its own comes in through Shopify's pages.
#include <gmock/gmock.h>

#include "support/shopify.h"

namespace cordon {
namespace {

using testing::ask;
using testing::field;
using ::testing::HasSubstr;
using testing::json_of;
using testing::must;
using ::testing::Not;
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
  const auto back = get(fake.consent(location(granted), kAnn), state(granted));
  ASSERT_EQ(back.status, 302) << back.body;
  EXPECT_EQ(location(back), "/console/sign-in#shopify");
  EXPECT_EQ(state(back), "__Host-cordon_shopify_state=");
  EXPECT_EQ(sessions(), "0") << "the console's own page opens one";
  const auto in = sign_in(link(back));
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(world.sql().value("SELECT means FROM identity.session WHERE tenant_id = '" + to_string(tenant()) + "'"),
            "shopify");
  const auto token = renew(session(in));
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
  EXPECT_EQ(come_in(kBob).status, 200);
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
  const auto before = come_in(kAnn), elsewhere = come_in(kAnn);
  const auto token = field(json_of(before), "access_token");
  // The request that Shopify began does not bring the strict cookie: it ends nothing yet.
  const auto back = come_back(kAnn);
  EXPECT_EQ(with("GET", "/v1/me", token).status, 200);
  const auto in = sign_in(link(back) + "; " + session(before));
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(field(json_of(with("GET", "/v1/me", token)), "code"), "revoked");
  EXPECT_EQ(renew(session(before)), "");
  EXPECT_NE(renew(session(elsewhere)), "");
  EXPECT_NE(renew(session(in)), "");
}

TEST_F(ShopifyTest, WhatABrowserComesBackWithIsItsOwnAndGoodOnce) {
  const auto back = come_back(kAnn);
  const std::string kept = link(back), secret = kept.substr(kept.find('=') + 1);
  const auto is_strict = [&](const net::Header& h) {
    return h.second == kept + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60";
  };
  EXPECT_EQ(std::ranges::count_if(back.headers, is_strict), 1);
  EXPECT_THAT(location(back), Not(HasSubstr(secret)));
  // Somebody who is sent to that address in another browser is not signed in as Ann, and stays who they are.
  const auto bob = session(come_in(kBob));
  const auto planted = sign_in(bob);
  EXPECT_EQ(planted.status, 401);
  EXPECT_EQ(field(json_of(planted), "field"), "link");
  EXPECT_NE(renew(bob), "");
  // It is no link that could be sent to them, and such a link is none of these.
  EXPECT_EQ(post("/v1/sign-in", {}, R"({"link":")" + secret + "\"}").status, 401);
  const auto ann =
      *SubjectId::parse(world.sql().value("SELECT subject_id FROM identity.member WHERE role = 'owner' AND "
                                          "tenant_id = '" +
                                          to_string(tenant()) + "'"));
  std::string sent;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    sent = must(co_await backend.identity.sign_in_link(tenant(), ann, 60));
  });
  EXPECT_EQ(sign_in(kept.substr(0, kept.find('=') + 1) + sent).status, 401);
  // No page of another site spends it.
  EXPECT_EQ(ask(port(), "POST", "/v1/sign-in", {{"Cookie", kept}}, "{}").status, 403);
  const auto in = sign_in(kept);
  EXPECT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(link(in), "__Host-cordon_link=");
  EXPECT_EQ(sign_in(kept).status, 401) << "once";
  const std::string late = link(come_back(kAnn));
  world.sql().value("UPDATE identity.one_use SET expires_at = now() WHERE digest = sha256('" +
                    late.substr(late.find('=') + 1) + "')");
  EXPECT_EQ(sign_in(late).status, 401);
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
