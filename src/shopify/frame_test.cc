// The console in a frame of Shopify's admin: App Bridge's session tokens open its session and go on with it.
#include <gmock/gmock.h>

#include <thread>

#include "support/shopify.h"
#include "support/unwritten.h"

namespace cordon {
namespace {

using testing::FakeShopify;
using testing::field;
using ::testing::HasSubstr;
using testing::json_of;
using testing::ShopifyTest;

TEST_F(ShopifyTest, ANewShopComesInThroughTokenExchange) {
  const auto in = show(kAnn);
  ASSERT_EQ(in.status, 200) << in.body;
  const auto session = json_of(in);
  EXPECT_EQ(field(session, "role"), "owner");
  EXPECT_EQ(field(session, "tenant_id"), to_string(tenant()));
  EXPECT_EQ(in.header("cache-control"), "no-store");
  EXPECT_EQ(field(json_of(with("GET", "/v1/me", field(session, "access_token"))), "name"), "Ann Owner");
  EXPECT_EQ(fake.asked("exchange"), 2);
  // The second time it is the same person, and the shop's token is there.
  EXPECT_EQ(field(json_of(show(kAnn)), "subject_id"), field(session, "subject_id"));
  EXPECT_EQ(fake.asked("exchange"), 3);
}

TEST_F(ShopifyTest, AFrameGoesOnWithItsSessionByTheNextSessionToken) {
  const auto opened = show(kAnn);
  const auto session = json_of(opened);
  // Nothing that would go on without Shopify's word.
  EXPECT_THAT(opened.body, ::testing::Not(HasSubstr("refresh")));
  EXPECT_EQ(opened.header("set-cookie"), "");
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM identity.refresh WHERE tenant_id = '" + to_string(tenant()) + "'"),
            "0");
  const int asked = fake.asked("exchange") + fake.asked("graphql");
  const auto renewed = go_on(kAnn, session);
  ASSERT_EQ(renewed.status, 200) << renewed.body;
  EXPECT_EQ(renewed.header("cache-control"), "no-store");
  EXPECT_EQ(renewed.header("set-cookie"), "");
  const auto token = field(json_of(renewed), "access_token");
  EXPECT_NE(token, field(session, "access_token"));
  EXPECT_EQ(with("GET", "/v1/me", token).status, 200);
  EXPECT_EQ(fake.asked("exchange") + fake.asked("graphql"), asked);
  EXPECT_EQ(sessions(), "1");
  EXPECT_EQ(events("session.refresh"), "1");
}

TEST_F(ShopifyTest, AFramesSessionIsOpenedRenewedAndEndedWithItsEventOrNotAtAll) {
  const std::string first = fake.session_token(domain, kAnn), second = fake.session_token(domain, kAnn);
  {
    const testing::Unwritten nothing("session.open");
    EXPECT_GE(post("/v1/shopify/session", first).status, 500);
    EXPECT_EQ(sessions(), "0");
  }
  const auto opened = post("/v1/shopify/session", first);
  ASSERT_EQ(opened.status, 200) << "the session token was not used up: " << opened.body;
  EXPECT_EQ(events("session.open"), "1");
  const std::string body = R"({"session_id":")" + field(json_of(opened), "session_id") + "\"}";
  {
    const testing::Unwritten nothing("session.refresh");
    EXPECT_GE(post("/v1/shopify/token", second, body).status, 500);
  }
  EXPECT_EQ(post("/v1/shopify/token", second, body).status, 200);
  age("renewed_at", 4 * 3600 + 1);
  EXPECT_EQ(go_on(kAnn, json_of(opened)).status, 401);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM audit.event WHERE action = 'session.idle' AND session_id = '" +
                              field(json_of(opened), "session_id") + "'"),
            "1");
}

TEST_F(ShopifyTest, AFramesSessionIsGoneOnWithByItsOwnPersonUntilItEnds) {
  const auto ann = json_of(show(kAnn)), bob = json_of(show(kBob));
  EXPECT_EQ(go_on(kBob, ann).status, 401);
  EXPECT_EQ(go_on(shopify::Person{1003, "Eve", "", false}, ann).status, 401);
  const std::string mine = std::exchange(domain, "other-" + domain);
  const auto elsewhere = json_of(show(kAnn));
  EXPECT_EQ(go_on(kAnn, ann).status, 401);
  domain = mine;
  EXPECT_EQ(go_on(kAnn, elsewhere).status, 401);
  EXPECT_EQ(go_on(kAnn, ann).status, 200);
  // Not with an access token, nor without anything.
  const std::string body = R"({"session_id":")" + field(ann, "session_id") + "\"}";
  EXPECT_EQ(post("/v1/shopify/token", field(ann, "access_token"), body).status, 401);
  EXPECT_EQ(post("/v1/shopify/token", "", body).status, 401);
  EXPECT_EQ(post("/v1/shopify/token", fake.session_token(domain, kAnn)).status, 422);
  // Once it has ended, it has.
  EXPECT_EQ(with("POST", "/v1/sign-out", field(ann, "access_token"), "{}").status, 200);
  EXPECT_EQ(go_on(kAnn, ann).status, 401);
  // Whoever was away for too long comes in anew.
  age("renewed_at", 4 * 3600 - 10);
  EXPECT_EQ(go_on(kBob, bob).status, 200);
  age("renewed_at", 4 * 3600 + 1);
  EXPECT_EQ(go_on(kBob, bob).status, 401);
  EXPECT_EQ(sessions(), "0");
  EXPECT_EQ(with("GET", "/v1/me", field(bob, "access_token")).status, 401);
}

TEST_F(ShopifyTest, ASessionOfAnotherMeansIsNotGoneOnWith) {
  const auto ann = json_of(show(kAnn));
  world.sql().value("UPDATE identity.session SET means = 'link' WHERE tenant_id = '" + to_string(tenant()) + "'");
  EXPECT_EQ(go_on(kAnn, ann).status, 401);
}

TEST_F(ShopifyTest, ASessionTokenIsGoodOnce) {
  const std::string token = fake.session_token(domain, kAnn);
  const auto opened = post("/v1/shopify/session", token);
  ASSERT_EQ(opened.status, 200) << opened.body;
  const std::string body = R"({"session_id":")" + field(json_of(opened), "session_id") + "\"}";
  const auto again = post("/v1/shopify/session", token);
  EXPECT_EQ(again.status, 401);
  EXPECT_EQ(field(json_of(again), "field"), "Authorization");
  EXPECT_EQ(post("/v1/shopify/token", token, body).status, 401);
  const std::string next = fake.session_token(domain, kAnn);
  EXPECT_EQ(post("/v1/shopify/token", next, body).status, 200);
  EXPECT_EQ(post("/v1/shopify/token", next, body).status, 401);
  // Of many at once one is first.
  const std::string wanted = fake.session_token(domain, kAnn);
  std::vector<int> statuses(4);
  std::vector<std::thread> thieves;
  for (int& status : statuses) thieves.emplace_back([&] { status = post("/v1/shopify/session", wanted).status; });
  for (auto& thief : thieves) thief.join();
  std::sort(statuses.begin(), statuses.end());
  EXPECT_EQ(statuses, (std::vector<int>{200, 401, 401, 401}));
  // Remembered for as long as it would be taken, and no longer.
  const std::string own = "digest = sha256('" + domain + " " + id_of(wanted) + "')";
  EXPECT_EQ(world.sql().value("SELECT expires_at BETWEEN now() + interval '70 seconds' AND now() + interval '130 "
                              "seconds' FROM shopify.session_token WHERE " +
                              own),
            "t");
  world.sql().value("DELETE FROM shopify.session_token WHERE expires_at < now()");
  world.sql().value("UPDATE shopify.session_token SET expires_at = now() - interval '1 second' WHERE " + own);
  ASSERT_EQ(show(kAnn).status, 200);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM shopify.session_token WHERE " + own), "0");
}

TEST_F(ShopifyTest, SomebodyElsesAnswerOpensNothing) {
  const std::string token = fake.session_token(domain, kBob);
  ASSERT_EQ(show(kAnn).status, 200);
  // Shopify's answer is about the person that the token names, or nothing is opened.
  shopify::Person other = kAnn;
  other.user = 7;
  fake.mistake(token, other);
  EXPECT_EQ(post("/v1/shopify/session", token).status, 401);
}

TEST_F(ShopifyTest, InAFrameOfTheAdminTheConsoleIsShownWithAppBridge) {
  const auto open = [&](std::vector<net::Header> fields) {
    fields.emplace_back("shop", domain);
    return get(fake.signed_link("/v1/shopify/install", std::move(fields)));
  };
  const std::string host = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ==";
  const auto page = open({{"embedded", "1"}, {"host", host}, {"id_token", "x"}, {"session", "y"}});
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_THAT(page.body, HasSubstr(std::string(R"(<head><meta name="shopify-api-key" content=")") +
                                   FakeShopify::kClientId + "\">"));
  EXPECT_THAT(page.body, HasSubstr(R"(<script src="https://cdn.shopify.com/shopifycloud/app-bridge.js"></script>)"));
  const std::string policy(page.header("content-security-policy"));
  EXPECT_THAT(policy, HasSubstr("script-src 'self' https://cdn.shopify.com;"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors https://" + domain + " https://admin.shopify.com"));
  EXPECT_EQ(page.header("cache-control"), "no-store");
  // In a window of its own, as before.
  EXPECT_EQ(open({{"host", host}}).status, 302);
  EXPECT_EQ(open({{"embedded", "0"}, {"host", host}}).status, 302);
  EXPECT_EQ(open({{"embedded", "1"}}).status, 302);
  // Not for what Shopify has not signed.
  EXPECT_EQ(get("/v1/shopify/install?embedded=1&host=" + host + "&shop=" + domain).status, 401);
  std::string link = fake.signed_link("/v1/shopify/install", {{"embedded", "0"}, {"host", host}, {"shop", domain}});
  link.replace(link.find("embedded=0"), 10, "embedded=1");
  EXPECT_EQ(field(json_of(get(link)), "field"), "hmac");
  // Nothing else may be framed, or loads anything of Shopify's.
  for (const std::string& path : {std::string("/console/"), "/console/?embedded=1&host=" + host + "&shop=" + domain}) {
    const std::string own(get(path).header("content-security-policy"));
    EXPECT_THAT(own, HasSubstr("script-src 'self';")) << path;
    EXPECT_THAT(own, HasSubstr("frame-ancestors 'none'")) << path;
  }
}

}  // namespace
}  // namespace cordon
