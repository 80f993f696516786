// Sign-in links, tickets, cookies, visits: each secret does one thing, once or until it ends.
#include "identity/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "commerce/merchant_store.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::Shop;
using testing::World;

class IdentityTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  identity::From from{"link", "Mozilla/5.0", "127.0.0.1"};

  void with(std::function<net::Task<void>(identity::Identity&)> work) {
    world.run([&](identity::Backend& backend) -> net::Task<void> { co_await work(backend.identity); });
  }
  net::Task<Result<std::string>> link(identity::Identity& identity, int seconds = 60) {
    return identity.sign_in_link(shop.tenant, shop.owner, seconds);
  }
  void end_now(const std::string& table, const std::string& secret) {
    world.sql().value("UPDATE identity." + table + " SET expires_at = now() WHERE digest = sha256('" + secret + "')");
  }
};

TEST_F(IdentityTest, ASignInLinkWorksOnceAndInTime) {
  with([this](identity::Identity& identity) -> net::Task<void> {
    const auto one = must(co_await link(identity));
    const auto in = must(co_await identity.sign_in(one, from));
    EXPECT_EQ(in.pass->tenant, shop.tenant);
    EXPECT_EQ(in.pass->role, "owner");
    EXPECT_EQ((co_await identity.sign_in(one, from)).error().code, Code::unauthenticated);
    const auto old = must(co_await link(identity));
    end_now("one_use", old);
    EXPECT_EQ((co_await identity.sign_in(old, from)).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.sign_in(random_secret(), from)).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.redeem(must(co_await link(identity)), "inbox")).error().code, Code::unauthenticated);
  });
}

TEST_F(IdentityTest, AShopIsAddedThoughTheVersionThatWrappedItsKeyEndedMeanwhile) {
  auto admin = world.sql();
  // What keys.count_wrap() says then, the first time: a sequence goes on though its transaction was rolled back.
  admin.value(
      "CREATE SEQUENCE public.tries; CREATE FUNCTION public.ends_once() RETURNS trigger LANGUAGE plpgsql SECURITY "
      "DEFINER AS $$ BEGIN IF nextval('public.tries') = 1 THEN RAISE EXCEPTION 'ended' USING ERRCODE = '40001'; END "
      "IF; "
      "RETURN NEW; END $$; CREATE TRIGGER ends_once BEFORE INSERT ON keys.tenant_key FOR EACH ROW EXECUTE FUNCTION "
      "public.ends_once()");
  const std::string name = "late-" + std::to_string(now().micros);
  Result<TenantId> added = fail(Code::internal, {});
  with([&](identity::Identity& identity) -> net::Task<void> {
    std::vector<std::string> origins;
    added = co_await identity.add_shop(name, std::move(origins));
  });
  EXPECT_EQ(admin.value("SELECT last_value FROM public.tries"), "2");
  admin.value("DROP FUNCTION public.ends_once() CASCADE; DROP SEQUENCE public.tries");
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.shop JOIN keys.tenant_key USING (tenant_id) WHERE shop = '" +
                        name + "'"),
            "1");
  EXPECT_EQ(
      admin.value("SELECT count(*) FROM audit.event WHERE action = 'tenant.add' AND detail LIKE '%" + name + "%'"), "1")
      << "the first try has left nothing";
}

TEST_F(IdentityTest, KeepsDigestsOnly) {
  with([this](identity::Identity& identity) -> net::Task<void> {
    const auto secret = must(co_await link(identity));
    auto admin = world.sql();
    EXPECT_EQ(admin.value("SELECT count(*) FROM identity.one_use o WHERE o::text LIKE '%" + secret + "%'"), "0");
    EXPECT_EQ(admin.value("SELECT count(*) FROM identity.one_use WHERE digest = sha256('" + secret + "')"), "1");
    const auto in = must(co_await identity.sign_in(secret, from));
    EXPECT_EQ(admin.value("SELECT count(*) FROM identity.refresh WHERE digest = sha256('" + in.refresh + "')"), "1");
  });
}

TEST_F(IdentityTest, ATicketOpensOneSocketOfItsKindInTime) {
  const auto pass = world.sign_in(shop, "agent");
  with([&](identity::Identity& identity) -> net::Task<void> {
    const auto ticket = must(co_await identity.ticket(*pass, "inbox")).ticket;
    EXPECT_EQ((co_await identity.redeem(ticket, "widget")).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.redeem(ticket, "sign-in")).error().code, Code::unauthenticated);
    const auto redeemed = must(co_await identity.redeem(ticket, "inbox"));
    EXPECT_EQ(redeemed->session, pass->session);
    EXPECT_EQ((co_await identity.redeem(ticket, "inbox")).error().code, Code::unauthenticated);
    const auto old = must(co_await identity.ticket(*pass, "inbox")).ticket;
    end_now("one_use", old);
    EXPECT_EQ((co_await identity.redeem(old, "inbox")).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.sign_in(must(co_await identity.ticket(*pass, "inbox")).ticket, from)).error().code,
              Code::unauthenticated);
  });
}

TEST_F(IdentityTest, LetsOneOfManyWinWhoUseTheSameSecretAtOnce) {
  const auto pass = world.sign_in(shop, "agent");
  with([&](identity::Identity& identity) -> net::Task<void> {
    for (int round = 0; round < 10; ++round) {
      const auto ticket = must(co_await identity.ticket(*pass, "inbox")).ticket;
      int won = 0, left = 4;
      net::Signal ended;
      auto redeem = [&]() -> net::Task<void> {
        auto redeemed = co_await identity.redeem(ticket, "inbox");
        if (redeemed) ++won;
        --left;
        ended.notify();
      };
      for (int i = 0; i < 4; ++i) net::Reactor::current().spawn(redeem());
      while (left > 0) co_await ended.wait(std::chrono::seconds(5));
      EXPECT_EQ(won, 1);
    }
  });
}

TEST_F(IdentityTest, RefreshesByCookieUntilItEndsOrTheSessionDoes) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto in = must(co_await identity.sign_in(must(co_await link(identity)), from));
    const auto again = must(co_await identity.refresh(in.refresh, from));
    EXPECT_EQ(again.pass->session, in.pass->session);
    EXPECT_NE(again.pass->seal.hex(), in.pass->seal.hex());
    EXPECT_EQ((co_await identity.refresh(random_secret(), from)).error().code, Code::unauthenticated);
    const auto ticket = must(co_await identity.ticket(*in.pass, "inbox")).ticket;
    must(co_await identity.sign_out(*in.pass));
    // Dead at once: the cookie, both seals, and a ticket that was made before.
    EXPECT_EQ((co_await identity.refresh(in.refresh, from)).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.redeem(ticket, "inbox")).error().code, Code::revoked);
    for (const auto& pass : {in.pass, again.pass}) {
      door::Scope scope(pass, backend.api);
      EXPECT_EQ((co_await commerce::find_merchant(scope)).error().code, Code::revoked);
    }
    const auto other = must(co_await identity.sign_in(must(co_await link(identity)), from));
    end_now("refresh", other.refresh);
    EXPECT_EQ((co_await identity.refresh(other.refresh, from)).error().code, Code::unauthenticated);
  });
}

TEST_F(IdentityTest, ASignInEndsTheSessionWhoseCookieItReplaces) {
  const auto come_in = [&](const std::string& cookie, const std::string& keep) {
    std::string secret;
    with([&](identity::Identity& identity) -> net::Task<void> { secret = must(co_await link(identity)); });
    const auto in = testing::ask(world.port(), "POST", "/v1/sign-in", {{"Cookie", cookie}},
                                 R"({"link":")" + secret + R"(","keep":")" + keep + "\"}");
    EXPECT_EQ(in.status, 200) << in.body;
    return in;
  };
  const auto me = [&](const net::Reply& in) {
    return world.call(net::Method::get, "/v1/me", testing::field(testing::json_of(in), "access_token")).status;
  };
  const auto first = come_in("other=1", "cookie");
  const std::string set(first.header("set-cookie")), held = set.substr(0, set.find(';'));
  const auto program = come_in(held, "token");
  EXPECT_EQ(me(first), 200) << "a program keeps a session of its own";
  const auto second = come_in(held, "cookie");
  EXPECT_EQ(me(first), 401);
  EXPECT_EQ(me(second), 200);
  EXPECT_EQ(me(program), 200);
  const auto again = testing::ask(world.port(), "POST", "/v1/token", {{"Cookie", held}, {"X-Cordon-Csrf", "1"}}, "{}");
  EXPECT_EQ(again.status, 401) << again.body;
  EXPECT_EQ(me(second), 200) << "the old cookie does nothing to the new session";
}

constexpr const char* kOwn = "https://cordon.example";

TEST_F(IdentityTest, AVisitComesFromAPageThatTheShopKnows) {
  world.sql().value("UPDATE identity.shop SET origins = '{https://shop.example}' WHERE shop = '" + shop.name + "'");
  with([this](identity::Identity& identity) -> net::Task<void> {
    EXPECT_TRUE(co_await identity.visit(shop.name, "https://shop.example", kOwn, {}));
    EXPECT_TRUE(co_await identity.visit(shop.name, kOwn, kOwn, {}));
    for (const char* foreign : {"https://evil.example", "http://shop.example", "https://shop.example:8443",
                                "https://shop.example.evil.example", "null", ""})
      EXPECT_EQ((co_await identity.visit(shop.name, foreign, kOwn, {})).error().code, Code::forbidden) << foreign;
    EXPECT_EQ((co_await identity.visit("no-such-shop", kOwn, kOwn, {})).error().code, Code::not_found);
  });
}

TEST_F(IdentityTest, AVisitorIsKnownByItsSecretInItsOwnShopOnly) {
  const auto other = world.add_shop();
  with([&](identity::Identity& identity) -> net::Task<void> {
    const auto first = must(co_await identity.visit(shop.name, kOwn, kOwn, {}));
    EXPECT_EQ(first.pass->role, "visitor");
    const auto again = must(co_await identity.visit(shop.name, kOwn, kOwn, first.visitor_secret));
    EXPECT_EQ(again.pass->subject, first.pass->subject);
    EXPECT_NE(again.visitor_secret, first.visitor_secret);  // used up; its answer may get lost
    EXPECT_EQ(must(co_await identity.visit(shop.name, kOwn, kOwn, first.visitor_secret)).visitor_secret,
              again.visitor_secret);
    const auto in = must(co_await identity.sign_in(must(co_await link(identity)), from));
    for (const auto& [name, secret] :
         {std::pair(shop.name, random_secret()), {other.name, first.visitor_secret}, {shop.name, in.refresh}}) {
      const auto stranger = must(co_await identity.visit(name, kOwn, kOwn, secret));
      EXPECT_NE(stranger.pass->subject, first.pass->subject);
      EXPECT_NE(stranger.visitor_secret, secret);
      EXPECT_EQ(stranger.pass->role, "visitor");
    }
    // A visitor's secret is no cookie of a member.
    EXPECT_EQ((co_await identity.refresh(first.visitor_secret, from)).error().code, Code::unauthenticated);
    must(co_await identity.sign_out(*first.pass));
    const auto anew = must(co_await identity.visit(shop.name, kOwn, kOwn, first.visitor_secret));
    EXPECT_NE(anew.pass->subject, first.pass->subject);
  });
}

TEST_F(IdentityTest, NobodyEntersASuspendedShopAndItsAssistantGoesOnAfterwards) {
  with([this](identity::Identity& identity) -> net::Task<void> {
    const auto visit = must(co_await identity.visit(shop.name, kOwn, kOwn, {}));
    const auto before = must(co_await identity.service(shop.tenant, "assistant"));
    must(co_await identity.suspend(shop.tenant, "test"));
    EXPECT_EQ((co_await identity.visit(shop.name, kOwn, kOwn, {})).error().code, Code::suspended);
    EXPECT_EQ((co_await identity.visit(shop.name, kOwn, kOwn, visit.visitor_secret)).error().code, Code::suspended);
    EXPECT_EQ((co_await identity.sign_in(must(co_await link(identity)), from)).error().code, Code::suspended);
    must(co_await identity.resume(shop.tenant));
    EXPECT_EQ(must(co_await identity.visit(shop.name, kOwn, kOwn, visit.visitor_secret)).pass->subject,
              visit.pass->subject);
    EXPECT_EQ(must(co_await identity.service(shop.tenant, "assistant")), before);
    identity.forget_service(shop.tenant, "assistant");
    EXPECT_NE(must(co_await identity.service(shop.tenant, "assistant"))->seal.hex(), before->seal.hex());
  });
}

TEST_F(IdentityTest, TheSessionCookieIsForThisHostAndItsOwnPagesOnly) {
  std::string secret;
  with([&](identity::Identity& identity) -> net::Task<void> { secret = must(co_await link(identity)); });
  const auto in = world.call(net::Method::post, "/v1/sign-in", {}, R"({"link":")" + secret + "\"}");
  ASSERT_EQ(in.status, 200) << in.body;
  const std::string cookie(in.header("set-cookie"));
  EXPECT_THAT(cookie, ::testing::StartsWith("__Host-cordon_session="));
  for (const char* part : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"})
    EXPECT_THAT(cookie, ::testing::HasSubstr(part));
  EXPECT_THAT(in.body, ::testing::Not(::testing::HasSubstr(cookie.substr(22, 43))));
  const std::string sent = cookie.substr(0, cookie.find(';'));
  world.run([&](identity::Backend&) -> net::Task<void> {
    net::Client client(world.client());
    const std::vector<net::Header> alone{{"Cookie", sent}}, both{{"Cookie", sent}, {"X-Cordon-Csrf", "1"}};
    EXPECT_EQ(must(co_await client.request(net::Method::post, "/v1/token", alone)).status, 403);
    const auto fresh = must(co_await client.request(net::Method::post, "/v1/token", both));
    EXPECT_EQ(fresh.status, 200);
    EXPECT_EQ(fresh.header("cache-control"), "no-store");
    const std::string token =
        fresh.body.substr(fresh.body.find(":\"") + 2, fresh.body.find("\",") - fresh.body.find(":\"") - 2);
    const std::vector<net::Header> bearer{{"Authorization", "Bearer " + token}};
    EXPECT_EQ(must(co_await client.request(net::Method::post, "/v1/sign-out", bearer)).status, 200);
    EXPECT_EQ(must(co_await client.request(net::Method::get, "/v1/me", bearer)).status, 401);
    EXPECT_EQ(must(co_await client.request(net::Method::post, "/v1/token", both)).status, 401);
  });
}

}  // namespace
}  // namespace cordon
