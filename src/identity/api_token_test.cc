// API tokens: their form, what they may do, from where, until when, and that ending one ends it.
#include "identity/api_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/member_store.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using net::Method;
using testing::field;
using testing::json_of;
using testing::must;
using testing::Shop;
using testing::World;

// Made with Python's zlib.crc32, and base62 as GitHub has it (0-9, A-Z, a-z; most significant first).
constexpr const char* kKnown = "cordon_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_0DofJ8";

class ApiTokenTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> owner = world.sign_in(shop, "owner");
  std::string owner_token = world.token(*owner);

  net::Reply make(const std::string& maker, const std::string& scopes, const std::string& more = {}) {
    return world.call(Method::post, "/v1/api-tokens", maker,
                      R"({"name":"test","days":30,"scopes":)" + scopes + more + "}");
  }
  /// A new token's secret and id.
  std::pair<std::string, std::string> token(const std::string& scopes, const std::string& more = {}) {
    const auto reply = make(owner_token, scopes, more);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return {field(json_of(reply), "secret"), field(json_of(reply), "token_id")};
  }
  net::Reply get(const std::string& path, const std::string& secret) { return world.call(Method::get, path, secret); }
  std::string admin(const std::string& sql) { return world.sql().value(sql); }
  static std::string quoted(const auto& id) { return "'" + to_string(id) + "'"; }
};

TEST_F(ApiTokenTest, HasAFormThatScannersCanTellFromALookAlike) {
  EXPECT_TRUE(identity::is_api_token(kKnown));
  for (int i = 0; i < 100; ++i) {
    const std::string made = identity::make_api_token();
    EXPECT_THAT(made, ::testing::MatchesRegex("cordon_[A-Za-z0-9_-]{43}_[0-9A-Za-z]{6}"));
    EXPECT_TRUE(identity::is_api_token(made));
    std::string bent = made;
    char& c = bent[7 + static_cast<size_t>(i) % 42];
    c = c == 'A' ? 'B' : 'A';
    EXPECT_FALSE(identity::is_api_token(bent)) << bent;
  }
  for (const std::string text : {"", "cordon_", "cordon_AAAA_000000"}) EXPECT_FALSE(identity::is_api_token(text));
  EXPECT_FALSE(identity::is_api_token(std::string(kKnown) + "x"));
}

TEST_F(ApiTokenTest, ReadsWhatItsScopesSayAndNothingElse) {
  const auto [secret, id] = token(R"(["order.read","audit.append"])");
  EXPECT_EQ(get("/v1/orders", secret).status, 200);
  EXPECT_EQ(get("/v1/customers", secret).status, 403);
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant", secret, R"({"greeting":"x"})").status, 403);
  // Nor what everybody may who is signed in: it would end its maker's sessions.
  for (const std::string path : {"/v1/me", "/v1/sessions"}) EXPECT_EQ(get(path, secret).status, 403) << path;
  EXPECT_EQ(world.call(Method::post, "/v1/sign-out", secret).status, 403);
}

TEST_F(ApiTokenTest, IsHeldToItsScopesByPostgresItself) {
  const auto [secret, id] = token(R"(["order.read","audit.append"])");
  ASSERT_EQ(get("/v1/orders", secret).status, 200);
  // The seal behind it, shown in SQL of the API's own login.
  const std::string session = admin("SELECT session_id FROM identity.api_token WHERE token_id = '" + id + "'");
  const std::string seal = world.sql("cordon_identity").value("SELECT seal FROM door.mint('" + session + "', 60)");
  auto api = world.sql("cordon_api");
  const auto ends = [&](const std::string& sql) { return api.run("SELECT door.enter('" + seal + "'); " + sql); };
  EXPECT_EQ(ends("SELECT FROM commerce.shop_order"), "00000");
  EXPECT_EQ(ends("SELECT FROM commerce.merchant"), "CD403");
  EXPECT_EQ(ends("UPDATE commerce.merchant SET greeting = 'x'"), "CD403");
  EXPECT_EQ(ends("UPDATE door.seal SET permissions = '{merchant.read}'"), "42501");
  EXPECT_EQ(ends("UPDATE door.session SET scopes = NULL"), "42501");
}

TEST_F(ApiTokenTest, NobodyGivesAwayMoreThanTheyHave) {
  const auto manager = world.token(*world.sign_in(shop, "manager"));
  EXPECT_EQ(make(manager, R"(["order.read"])").status, 200);
  const auto wider = make(manager, R"(["audit.read"])");  // an owner's
  EXPECT_EQ(wider.status, 422);
  EXPECT_EQ(field(json_of(wider), "field"), "scopes");
  for (const std::string role : {"agent", "analyst"})
    EXPECT_EQ(make(world.token(*world.sign_in(shop, role)), R"(["order.read"])").status, 403) << role;
  for (const std::string scopes :
       {"[]", R"(["token.manage"])", R"(["member.manage"])", R"(["grant.revoke"])", R"(["no.such"])"})
    EXPECT_EQ(make(owner_token, scopes).status, 422) << scopes;
  // A stolen signing key's word for it: the seal is a manager's, and the door knows.
  door::Pass forged = *world.sign_in(shop, "manager");
  forged.role = "owner";
  forged.permissions.push_back("audit.read");
  EXPECT_EQ(make(world.token(forged), R"(["audit.read"])").status, 403);
}

TEST_F(ApiTokenTest, KeepsADigestOnlyAndShowsTheSecretOnce) {
  const auto [secret, id] = token(R"(["order.read"])");
  EXPECT_EQ(admin("SELECT count(*) FROM identity.api_token t WHERE t::text LIKE '%" + secret.substr(7, 43) + "%'"),
            "0");
  EXPECT_EQ(admin("SELECT token_id FROM identity.api_token WHERE digest = sha256('" + secret + "')"), id);
  const auto listed = get("/v1/api-tokens", owner_token);
  EXPECT_THAT(listed.body, ::testing::HasSubstr(id));
  EXPECT_THAT(listed.body, ::testing::Not(::testing::HasSubstr(secret.substr(7, 43))));
  EXPECT_EQ(admin("SELECT count(*) FROM audit.event e WHERE e::text LIKE '%" + secret.substr(7, 43) + "%'"), "0");
}

TEST_F(ApiTokenTest, IsRefusedInTheNextRequestOnceRevoked) {
  const auto [secret, id] = token(R"(["order.read"])");
  ASSERT_EQ(get("/v1/orders", secret).status, 200);
  EXPECT_EQ(world.call(Method::delete_, "/v1/api-tokens/" + id, owner_token).status, 200);
  for (int i = 0; i < 2; ++i) {
    const auto refused = get("/v1/orders", secret);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(field(json_of(refused), "code"), "revoked");
  }
  EXPECT_NE(field(json_of(get("/v1/api-tokens", owner_token)).at("items").get_array().at(0), "revoked_at"), "null");
}

TEST_F(ApiTokenTest, IsNobodysInAnotherShop) {
  const auto [secret, id] = token(R"(["order.read"])");
  const auto other = world.token(*world.sign_in(world.add_shop(), "owner"));
  EXPECT_EQ(world.call(Method::delete_, "/v1/api-tokens/" + id, other).status, 404);
  EXPECT_THAT(get("/v1/api-tokens", other).body, ::testing::Not(::testing::HasSubstr(id)));
  EXPECT_EQ(get("/v1/orders", secret).status, 200);
}

TEST_F(ApiTokenTest, HasAnEndOfAtMostAYear) {
  for (const std::string days : {"0", "366", "null"})
    EXPECT_EQ(world
                  .call(Method::post, "/v1/api-tokens", owner_token,
                        R"({"name":"x","scopes":["order.read"],"days":)" + days + "}")
                  .status,
              422);
  EXPECT_EQ(world.call(Method::post, "/v1/api-tokens", owner_token, R"({"name":"x","scopes":["order.read"]})").status,
            422);
  const auto [secret, id] = token(R"(["order.read"])");
  admin(
      "UPDATE door.session SET expires_at = now() FROM identity.api_token t WHERE t.session_id = session.session_id "
      "AND t.token_id = '" +
      id + "'");
  EXPECT_EQ(get("/v1/orders", secret).status, 401);
}

TEST_F(ApiTokenTest, WorksFromItsAddressesOnly) {
  const auto [here, a] = token(R"(["order.read"])", R"(,"ranges":["127.0.0.0/8","2001:db8::/32"])");
  const auto [elsewhere, b] = token(R"(["order.read"])", R"(,"ranges":["203.0.113.7"])");
  EXPECT_EQ(get("/v1/orders", here).status, 200);
  EXPECT_EQ(get("/v1/orders", elsewhere).status, 403);
  const auto misuse = world.events("action = 'token.misuse' AND tenant_id = " + quoted(shop.tenant));
  ASSERT_EQ(misuse.size(), 1) << "the shop learns that its token is in other hands";
  EXPECT_EQ(misuse[0].address, "127.0.0.1");
  EXPECT_EQ(
      admin("SELECT count(*) FROM audit.event a JOIN audit.event b USING (tenant_id, request_id, subject_id) WHERE "
            "a.action = 'token.misuse' AND b.action = 'order.list' AND b.status = 403 AND tenant_id = " +
            quoted(shop.tenant)),
      "1")
      << "and in which request";
  for (const std::string range : {"nonsense", "127.0.0.1/33", "127.0.0.1/8", "0.0.0.0/-1", "'; SELECT 1"}) {
    const auto refused = make(owner_token, R"(["order.read"])", R"(,"ranges":[")" + range + "\"]");
    EXPECT_EQ(refused.status, 422) << range;
    EXPECT_EQ(field(json_of(refused), "field"), "ranges") << refused.body;
  }
}

TEST_F(ApiTokenTest, RemembersItsLastUseToTheMinute) {
  const auto [secret, id] = token(R"(["order.read"])");
  const auto used = [&](const std::string& column) {
    return admin("SELECT " + column + " FROM identity.api_token WHERE token_id = '" + id + "'");
  };
  EXPECT_EQ(used("last_used_at") + used("last_used_from"), "");
  get("/v1/orders", secret);
  const std::string first = used("last_used_at"), from = used("last_used_from");
  EXPECT_NE(first, "");
  EXPECT_EQ(world.opened(identity::kTokenAddress, shop.tenant, *parse_uuid(id), from), "127.0.0.1")
      << "closed, as a session's address is";
  EXPECT_THAT(get("/v1/api-tokens", owner_token).body, ::testing::HasSubstr(R"("last_used_from":"127.0.0.1")"));
  for (int i = 0; i < 4; ++i) get("/v1/orders", secret);
  EXPECT_EQ(used("last_used_at"), first);
  EXPECT_EQ(used("last_used_from"), from);
}

TEST_F(ApiTokenTest, EndsWhenItsMakerLeavesOrChangesRoles) {
  const auto [first, a] = token(R"(["order.read"])");
  ASSERT_EQ(get("/v1/orders", first).status, 200);
  admin("UPDATE identity.member SET name = " +
        world.closed(identity::kMemberName, shop.tenant, shop.owner.value, "Renamed") +
        " WHERE subject_id = " + quoted(shop.owner));
  EXPECT_EQ(get("/v1/orders", first).status, 200);
  admin("UPDATE identity.member SET role = 'agent' WHERE subject_id = " + quoted(shop.owner));
  EXPECT_EQ(get("/v1/orders", first).status, 401);
  const auto [second, b] = token(R"(["order.read"])");
  ASSERT_EQ(get("/v1/orders", second).status, 200);
  admin("DELETE FROM identity.member WHERE subject_id = " + quoted(shop.owner));
  EXPECT_EQ(get("/v1/orders", second).status, 401);
}

TEST_F(ApiTokenTest, GoesOnAfterASuspension) {
  const auto [secret, id] = token(R"(["order.read"])");
  ASSERT_EQ(get("/v1/orders", secret).status, 200);
  auto identity = world.sql("cordon_identity");
  identity.value("SELECT door.suspend(" + quoted(shop.tenant) + ", 'test')");
  EXPECT_EQ(get("/v1/orders", secret).status, 423);
  identity.value("SELECT door.resume(" + quoted(shop.tenant) + ")");
  // One answer of each of the two reactors may still be about the old seal.
  int refused = 0;
  for (int i = 0; i < 20; ++i) refused += get("/v1/orders", secret).status != 200;
  EXPECT_LE(refused, 2);
}

TEST_F(ApiTokenTest, AWrongChecksumIsRefusedWithoutAskingTheDatabase) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    // A database that is not there: whoever asks it hears so.
    db::Pool nowhere("host=/nowhere dbname=none", {1});
    Limiter limiter;
    identity::ApiTokens tokens(nowhere, backend.identity, limiter);
    std::string wrong = kKnown;
    wrong.back() = 'x';
    EXPECT_EQ((co_await tokens.find(wrong, "127.0.0.1")).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await tokens.find(kKnown, "127.0.0.1")).error().code, Code::unavailable);
    co_await net::sleep(std::chrono::milliseconds(20));  // what limits the attempt to connect ends, too
  });
}

TEST_F(ApiTokenTest, GuessingIsLimitedByAddressAndUsingByToken) {
  auto slow = world.replica([](app::Config& config) { config.rate_scale = 0.1, config.threads = 1; });
  const auto ask = [&](const std::string& secret) {
    return testing::ask(slow->port(), "GET", "/v1/orders", {{"Authorization", "Bearer " + secret}}).status;
  };
  const auto [one, a] = token(R"(["order.read"])");
  const auto [two, b] = token(R"(["order.read"])");
  std::map<int, int> first;
  for (int i = 0; i < 25; ++i) ++first[ask(one)];
  EXPECT_EQ(first[200] + first[429], 25);
  EXPECT_GT(first[429], 0);
  EXPECT_EQ(ask(two), 200) << "another token has an allowance of its own";
  std::map<int, int> guesses;
  for (int i = 0; i < 5; ++i) ++guesses[ask(identity::make_api_token())];
  EXPECT_GT(guesses[429], 0);
}

TEST_F(ApiTokenTest, EachChangeLeavesOneEventInTheShop) {
  const auto [secret, id] = token(R"(["order.read"])");
  world.call(Method::delete_, "/v1/api-tokens/" + id, owner_token);
  for (const std::string action : {"token.create", "token.revoke"})
    EXPECT_EQ(admin("SELECT count(*) FROM audit.event WHERE action = '" + action +
                    "' AND status = 200 AND tenant_id = " + quoted(shop.tenant)),
              "1")
        << action;
}

}  // namespace
}  // namespace cordon
