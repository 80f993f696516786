// The whole way through a real server: installs, sign-in and the app proxy, against a strict Shopify on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "commerce/conversation_store.h"
#include "commerce/customer_store.h"

#include <thread>

#include "support/fake_shopify.h"
#include "support/wire.h"

namespace cordon {
namespace {

using testing::ask;
using testing::FakeShopify;
using testing::field;
using ::testing::HasSubstr;
using testing::json_of;
using testing::must;
using ::testing::StartsWith;
using testing::World;

const shopify::Person kAnn{1001, "Ann Owner", "ann@cotton.example", true};
const shopify::Person kBob{1002, "Bob", "bob@cotton.example", false};

class ShopifyTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(fake.faults(), std::vector<std::string>{}); }

  net::Reply get(const std::string& target, const std::string& cookie = {}) {
    std::vector<net::Header> headers;
    if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
    return ask(port(), "GET", target, headers);
  }
  net::Reply post(const std::string& target, const std::string& bearer, const std::string& body = "{}",
                  const std::string& origin = {}) {
    std::vector<net::Header> headers;
    if (!bearer.empty()) headers.emplace_back("Authorization", "Bearer " + bearer);
    if (!origin.empty()) headers.emplace_back("Origin", origin);
    return ask(port(), "POST", target, headers, body);
  }
  uint16_t port() const { return server->port(); }

  /// The Set-Cookie that begins with `name`, as the browser would send it back.
  static std::string cookie(const net::Reply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers)
      if ((key == "Set-Cookie" || key == "set-cookie") && value.starts_with(name + "="))
        return value.substr(0, value.find(';'));
    return {};
  }
  static std::string state(const net::Reply& reply) { return cookie(reply, "__Host-cordon_shopify_state"); }
  static std::string location(const net::Reply& reply) { return std::string(reply.header("location")); }

  /// From the link in Shopify to the console, as `person`; the last answer.
  net::Reply come_in(const shopify::Person& person) {
    auto reply = get(fake.install_link(domain));
    for (int i = 0; i < 3 && reply.status == 302 && location(reply).starts_with("https://"); ++i)
      reply = get(fake.consent(location(reply), person), state(reply));
    return reply;
  }
  net::Reply show(const shopify::Person& person) {
    return post("/v1/shopify/session", fake.session_token(domain, person));
  }
  /// Shows another session token for the session that an answer opened.
  net::Reply go_on(const shopify::Person& person, const boost::json::value& opened) {
    return post("/v1/shopify/token", fake.session_token(domain, person),
                R"({"session_id":")" + field(opened, "session_id") + "\"}");
  }
  /// A session token's `jti`.
  static std::string id_of(const std::string& token) {
    const size_t at = token.find('.') + 1;
    return field(boost::json::parse(from_base64url(token.substr(at, token.find('.', at) - at))), "jti");
  }
  /// How many sessions of the shop there are.
  std::string sessions() {
    return world.sql().value("SELECT count(*) FROM identity.session WHERE tenant_id = '" + to_string(tenant()) + "'");
  }
  /// Moves a time of the shop's sessions back.
  void age(const std::string& column, int seconds) {
    world.sql().value("UPDATE identity.session SET " + column + " = now() - interval '" + std::to_string(seconds) +
                      " seconds' WHERE tenant_id = '" + to_string(tenant()) + "'");
  }
  /// An access token for a session cookie.
  std::string renew(const std::string& session) {
    const auto reply = ask(port(), "POST", "/v1/token", {{"Cookie", session}, {"X-Cordon-Csrf", "1"}}, "");
    return field(json_of(reply), "access_token");
  }
  net::Reply with(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body = {}) {
    return ask(port(), method, target, {{"Authorization", "Bearer " + token}}, body);
  }
  TenantId tenant() {
    return *TenantId::parse(world.sql().value("SELECT tenant_id FROM shopify.shop WHERE domain = '" + domain + "'"));
  }
  std::string events(const std::string& action) {
    return world.sql().value("SELECT count(*) FROM audit.event WHERE tenant_id = '" + to_string(tenant()) +
                             "' AND action = '" + action + "' AND status < 400");
  }

  World& world = World::shared();
  FakeShopify fake;
  std::unique_ptr<app::Process> server = world.replica([this](app::Config& config) { fake.settle(config); });
  std::string domain = "cotton-" + std::to_string(now().micros) + ".myshopify.com";
};

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
  EXPECT_EQ(location(come_in(kAnn)), "/console/");
  EXPECT_EQ(fake.asked("code"), 2);
}

TEST_F(ShopifyTest, WhomTheOwnerLetGoDoesNotComeBackByThemselves) {
  const auto ann = json_of(show(kAnn)), bob = json_of(show(kBob));
  EXPECT_EQ(with("DELETE", "/v1/members/" + field(bob, "subject_id"), field(ann, "access_token")).status, 200);
  EXPECT_EQ(with("GET", "/v1/me", field(bob, "access_token")).status, 401);
  EXPECT_EQ(show(kBob).status, 403);
  EXPECT_EQ(come_in(kBob).status, 403);
  // But for whoever owns the account: nobody here can lock them out.
  shopify::Person owner = kBob;
  owner.account_owner = true;
  EXPECT_EQ(field(json_of(show(owner)), "role"), "owner");
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
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await backend.identity.suspend(tenant(), "test"));
  });
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

TEST_F(ShopifyTest, SomebodyElsesAnswerOpensNothing) {
  const std::string token = fake.session_token(domain, kBob);
  ASSERT_EQ(show(kAnn).status, 200);
  // Shopify's answer is about the person that the token names, or nothing is opened.
  shopify::Person other = kAnn;
  other.user = 7;
  fake.mistake(token, other);
  EXPECT_EQ(post("/v1/shopify/session", token).status, 401);
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

// The app proxy
// ------------------------------------------------------------------------------------------------------------------

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
