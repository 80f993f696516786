// Refresh tokens rotate: a lost answer costs nothing, a stolen token ends the session.
#include <gtest/gtest.h>

#include "audit/event.h"
#include "base/log.h"
#include "base/random.h"
#include "commerce/merchant_store.h"
#include "identity/place.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::Shop;
using testing::World;

class RefreshTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  testing::SqlSession admin = world.sql();
  identity::From from{"link", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", "192.0.2.7"};

  void with(std::function<net::Task<void>(identity::Backend&)> work) { world.run(work); }
  net::Task<identity::SignedIn> sign_in(identity::Identity& identity) {
    const identity::Who who{shop.tenant, shop.owner, "owner"};
    co_return must(co_await identity.open(who, from));
  }
  /// As if a used token had been used so long ago.
  void age(const std::string& secret, int seconds) {
    admin.value("UPDATE identity.refresh SET replaced_at = replaced_at - make_interval(secs => " +
                std::to_string(seconds) + ") WHERE digest = sha256('" + secret + "')");
  }
  std::string events(SessionId session) {
    return admin.value("SELECT count(*) FROM audit.event WHERE action = 'session.reuse' AND session_id = '" +
                       to_string(session) + "'");
  }
};

TEST_F(RefreshTest, EachUseReplacesTheToken) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    auto held = co_await sign_in(identity);
    for (int i = 0; i < 5; ++i) {
      auto next = must(co_await identity.refresh(held.refresh, from));
      EXPECT_NE(next.refresh, held.refresh);
      EXPECT_EQ(next.pass->session, held.pass->session);
      held = std::move(next);
    }
  });
}

TEST_F(RefreshTest, WhoLostTheAnswerGetsTheSameOneForAMoment) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto in = co_await sign_in(identity);
    const auto lost = must(co_await identity.refresh(in.refresh, from));
    const auto again = must(co_await identity.refresh(in.refresh, from));
    EXPECT_EQ(again.refresh, lost.refresh);
    EXPECT_TRUE(co_await identity.refresh(again.refresh, from));
  });
}

TEST_F(RefreshTest, AnOldTokenEndsTheWholeFamilyAndLeavesAnEvent) {
  for (const bool late : {true, false}) {
    with([&](identity::Backend& backend) -> net::Task<void> {
      auto& identity = backend.identity;
      const auto in = co_await sign_in(identity);
      const auto thief = must(co_await identity.refresh(in.refresh, from));
      // Too late to be a lost answer; or its successor is in use already, so that its answer was not lost.
      auto newest = thief;
      if (late) age(in.refresh, identity::kGrace + 1);
      else newest = must(co_await identity.refresh(thief.refresh, from));
      EXPECT_EQ((co_await identity.refresh(in.refresh, from)).error().code, Code::revoked);
      for (const auto& secret : {in.refresh, thief.refresh, newest.refresh})
        EXPECT_EQ((co_await identity.refresh(secret, from)).error().code, Code::unauthenticated);
      for (const auto& pass : {in.pass, newest.pass}) {
        door::Scope scope(pass, backend.api);
        EXPECT_EQ((co_await commerce::find_merchant(scope)).error().code, Code::revoked);
      }
      EXPECT_EQ(events(in.pass->session), "1");
      EXPECT_TRUE(must(co_await identity.sessions(*in.pass, shop.owner)).items.empty()) << "it is in no list any more";
    });
  }
}

TEST_F(RefreshTest, AnOldTokenRaisesAnAlertThatTheLogAndTheShopHave) {
  SessionId session;
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto in = co_await sign_in(identity);
    session = in.pass->session;
    const auto next = must(co_await identity.refresh(in.refresh, from));
    must(co_await identity.refresh(next.refresh, from));
    log::set_level("warn");
    ::testing::internal::CaptureStderr();
    const auto refused = co_await identity.refresh(in.refresh, from);
    const std::string logged = ::testing::internal::GetCapturedStderr();
    log::set_level("error");
    EXPECT_EQ(refused.error().code, Code::revoked);
    const std::string line =
        R"("level":"warn","what":"a used refresh token came again: its session is ended","session":")" +
        to_string(session) + R"(","address":"192.0.2.7")";
    EXPECT_NE(logged.find(line), std::string::npos) << logged;
  });
  const auto owner = world.token(*world.sign_in(shop, "owner"));
  const auto reply = world.call(net::Method::get, "/v1/audit-events?action=session.reuse", owner);
  const auto events = testing::json_of(reply).at("items").get_array();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(testing::field(events[0], "session_id"), to_string(session));
}

TEST_F(RefreshTest, TheShopSeesWhereAnOldTokenCameFromAndInWhichRequest) {
  std::string link;
  with([&](identity::Backend& backend) -> net::Task<void> {
    link = must(co_await backend.identity.sign_in_link(shop.tenant, shop.owner, 60));
  });
  const auto post = [&](const std::string& path, const std::string& body) {
    return testing::ask(world.port(), "POST", path, {{"User-Agent", "thief/1"}}, body);
  };
  const auto renew = [&](const boost::json::value& held) {
    return post("/v1/token", R"({"refresh_token":")" + testing::field(held, "refresh_token") + "\"}");
  };
  const auto in = testing::json_of(post("/v1/sign-in", R"({"keep":"token","link":")" + link + "\"}"));
  const auto next = testing::json_of(renew(in));
  ASSERT_EQ(renew(next).status, 200);
  ASSERT_EQ(renew(in).status, 401);
  const auto owner = world.token(*world.sign_in(shop, "owner"));
  const auto seen = [&](const std::string& query) {
    return testing::json_of(world.call(net::Method::get, "/v1/audit-events?" + query, owner)).at("items").get_array();
  };
  const auto reused = seen("action=session.reuse"), refused = seen("action=session.refresh&status=401");
  ASSERT_EQ(reused.size(), 1u);
  ASSERT_EQ(refused.size(), 1u);
  for (const auto& event : {reused[0], refused[0]}) {
    EXPECT_EQ(testing::field(event, "subject_id"), to_string(shop.owner));
    EXPECT_EQ(testing::field(event, "address"), "127.0.0.1");
    EXPECT_EQ(testing::field(event, "agent"), "thief/1");
    EXPECT_EQ(testing::field(event, "resource"), "/v1/token");
    for (const char* same : {"request_id", "session_id"})
      EXPECT_EQ(testing::field(event, same), testing::field(reused[0], same));
  }
}

TEST_F(RefreshTest, WhoWasAwayForTooLongSignsInAgain) {
  const auto staff = SubjectId::fresh();
  world.add_staff(staff, "auditor");
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    /// As if the token had been given out so long ago.
    const auto lie = [&](const std::string& secret, int seconds) {
      admin.value("UPDATE identity.refresh SET given_at = given_at - make_interval(secs => " + std::to_string(seconds) +
                  ") WHERE digest = sha256('" + secret + "')");
    };
    const identity::IdleLimits limits;
    const std::vector<std::pair<identity::Who, int>> cases{{{shop.tenant, shop.owner, "owner"}, limits.members},
                                                           {{identity::kPlatform, staff, "auditor"}, limits.staff}};
    for (const auto& [who, limit] : cases) {
      auto held = must(co_await identity.open(who, from));
      // Each use begins the time anew, however long the session has been open.
      for (int i = 0; i < 3; ++i) {
        lie(held.refresh, limit - 60);
        held = must(co_await identity.refresh(held.refresh, from));
      }
      lie(held.refresh, limit);
      const auto refused = co_await identity.refresh(held.refresh, from);
      EXPECT_EQ(refused.error().code, Code::unauthenticated);
      EXPECT_EQ((co_await identity.mint(*held.pass)).error().code, Code::revoked) << "it has ended altogether";
      EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE action = 'session.idle' AND session_id = '" +
                            to_string(held.pass->session) + "'"),
                "1");
    }
  });
}

TEST_F(RefreshTest, ASessionThatNobodyUsesEndsThoughNobodyAsksForIt) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto left = co_await sign_in(identity), used = co_await sign_in(identity);
    const auto away = [&](const identity::SignedIn& who, int seconds) {
      admin.value("UPDATE identity.refresh SET given_at = now() - make_interval(secs => " + std::to_string(seconds) +
                  ") WHERE session_id = '" + to_string(who.pass->session) + "'");
    };
    const int limit = identity::IdleLimits().members;
    away(left, limit);
    away(used, limit - 60);
    for (int i = 0; i < 2; ++i) must(co_await identity.sweep());
    EXPECT_EQ((co_await identity.mint(*left.pass)).error().code, Code::revoked);
    EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE action = 'session.idle' AND session_id = '" +
                          to_string(left.pass->session) + "'"),
              "1");
    EXPECT_TRUE(co_await identity.refresh(used.refresh, from));
  });
}

TEST_F(RefreshTest, AShopperMayBeAwayForDays) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const std::string own = "https://own.example";
    const auto first = must(co_await identity.visit(shop.name, own, own, std::nullopt));
    admin.value("UPDATE identity.refresh SET given_at = now() - interval '20 days' WHERE session_id = '" +
                to_string(first.pass->session) + "'");
    const std::optional<std::string> secret = first.visitor_secret;
    const auto second = must(co_await identity.visit(shop.name, own, own, secret));
    EXPECT_EQ(second.pass->subject, first.pass->subject);
  });
}

TEST_F(RefreshTest, ASuspensionUsesNothingUp) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto in = co_await sign_in(identity);
    must(co_await identity.suspend(shop.tenant, "test"));
    EXPECT_EQ((co_await identity.refresh(in.refresh, from)).error().code, Code::suspended);
    must(co_await identity.resume(shop.tenant));
    EXPECT_TRUE(co_await identity.refresh(in.refresh, from));
    EXPECT_EQ(events(in.pass->session), "0");
  });
}

TEST_F(RefreshTest, ManyTabsAtOnceLoseNothing) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    auto held = co_await sign_in(identity);
    for (int round = 0; round < 5; ++round) {
      std::set<std::string> got;
      int left = 8, refused = 0;
      net::Signal ended;
      auto tab = [&]() -> net::Task<void> {
        auto in = co_await identity.refresh(held.refresh, from);
        if (in) got.insert(in->refresh);
        else ++refused;
        --left;
        ended.notify();
      };
      for (int i = 0; i < 8; ++i) net::Reactor::current().spawn(tab());
      while (left > 0) co_await ended.wait(std::chrono::seconds(5));
      EXPECT_EQ(refused, 0);
      EXPECT_EQ(got.size(), 1u);
      if (!got.empty()) held.refresh = *got.begin();
    }
  });
}

TEST_F(RefreshTest, TheDatabaseKeepsNothingThatRefreshes) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto in = co_await sign_in(identity);
    const auto next = must(co_await identity.refresh(in.refresh, from));
    const auto rows = admin.value("SELECT string_agg(r::text, ' ') FROM identity.refresh r WHERE session_id = '" +
                                  to_string(in.pass->session) + "'");
    EXPECT_EQ(rows.find(in.refresh), std::string::npos);
    EXPECT_EQ(rows.find(next.refresh), std::string::npos);
    // Once the successor is used, what led to it is forgotten: an old token and a dump together make no new one.
    must(co_await identity.refresh(next.refresh, from));
    EXPECT_EQ(admin.value("SELECT salt IS NULL FROM identity.refresh WHERE digest = sha256('" + in.refresh + "')"),
              "t");
  });
}

TEST_F(RefreshTest, TokensOfBrowsersProgramsAndShoppersAreNotMixedUp) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto browser = co_await sign_in(identity);
    identity::From program = from, bound = from;
    program.keep = bound.keep = identity::Keep::token;
    bound.key = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    const identity::Who who{shop.tenant, shop.owner, "owner"};
    const auto tool = must(co_await identity.open(who, program)), held = must(co_await identity.open(who, bound));
    EXPECT_EQ((co_await identity.refresh(browser.refresh, program)).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.refresh(tool.refresh, from)).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.refresh(tool.refresh, bound)).error().code, Code::unauthenticated);
    EXPECT_EQ((co_await identity.refresh(held.refresh, program)).error().code, Code::unauthenticated);
    // Asked for wrongly, none of them is used up.
    EXPECT_TRUE(co_await identity.refresh(tool.refresh, program));
    EXPECT_EQ(must(co_await identity.refresh(held.refresh, bound)).pass->key, bound.key);
  });
}

TEST_F(RefreshTest, NewTokensTakeThePlaceOfAllThatASessionHadAndOfNothingElse) {
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    identity::From bound = from, unbound = from;
    bound.keep = unbound.keep = identity::Keep::token;
    bound.key = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    const identity::Who who{shop.tenant, shop.owner, "owner"};
    const auto in = must(co_await identity.open(who, bound)), next = must(co_await identity.refresh(in.refresh, bound));
    const auto other = must(co_await identity.open(who, bound));
    const auto ticket = must(co_await identity.ticket(*next.pass, "inbox")).ticket;
    const std::string family = " FROM identity.refresh WHERE session_id = '" + to_string(in.pass->session) + "'";
    admin.value("UPDATE identity.refresh SET expires_at = now() + interval '1 hour'" +
                family.substr(family.find(" WHERE")));
    const auto ends = admin.value("SELECT max(expires_at)" + family);
    auto event = audit::event_of("staff.step-up", "TEST");
    event.by(*next.pass);
    std::vector<db::Query> nothing;
    const auto fresh = must(co_await identity.replace_tokens(*next.pass, event, nothing));
    for (const auto& held : {in, next}) {
      EXPECT_EQ((co_await identity.refresh(held.refresh, bound)).error().code, Code::unauthenticated);
      door::Scope scope(held.pass, backend.api);
      EXPECT_EQ((co_await commerce::find_merchant(scope)).error().code, Code::unauthenticated);
    }
    EXPECT_EQ((co_await identity.redeem(ticket, "inbox")).error().code, Code::unauthenticated);
    // The session is the same one: its end, its key, how its tokens are kept.
    EXPECT_EQ(fresh.pass->session, in.pass->session);
    EXPECT_EQ(fresh.pass->key, bound.key);
    EXPECT_EQ(fresh.keep, identity::Keep::token);
    EXPECT_EQ(admin.value("SELECT string_agg(expires_at::text, ' ')" + family), ends);
    EXPECT_EQ((co_await identity.refresh(fresh.refresh, unbound)).error().code, Code::unauthenticated);
    door::Scope scope(fresh.pass, backend.api);
    EXPECT_TRUE(co_await commerce::find_merchant(scope));
    EXPECT_TRUE(co_await identity.refresh(fresh.refresh, bound));
    EXPECT_TRUE(co_await identity.refresh(other.refresh, bound)) << "another session's";
    must(co_await identity.sign_out(*in.pass));
    EXPECT_EQ((co_await identity.replace_tokens(*fresh.pass, event, nothing)).error().code, Code::revoked);
  });
}

TEST_F(RefreshTest, AnAddressHasACountryAndADeviceAName) {
  EXPECT_EQ(identity::country_of("8.8.8.8"), "United States");
  EXPECT_EQ(identity::country_of("2001:4860:4860::8888"), "United States");
  for (const char* nowhere : {"127.0.0.1", "10.0.0.1", "::1", "", "nonsense", "8.8.8.8.8", ":"})
    EXPECT_EQ(identity::country_of(nowhere), "") << nowhere;
  EXPECT_EQ(identity::device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
                                "like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"),
            "Safari on iPhone");
  EXPECT_EQ(identity::device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                                "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"),
            "Edge on Windows");
  EXPECT_EQ(identity::device_of("curl/8.5.0"), "curl");
  EXPECT_EQ(identity::device_of(""), "unknown");
}

TEST_F(RefreshTest, SessionsAreListedAndEndedOneByOneOrAll) {
  const auto stranger = world.sign_in(world.add_shop(), "owner");
  with([&](identity::Backend& backend) -> net::Task<void> {
    auto& identity = backend.identity;
    const auto one = co_await sign_in(identity), two = co_await sign_in(identity);
    const auto ann = must(co_await identity.add_member(shop.tenant, "Ann", "agent"));
    const identity::Who other{shop.tenant, ann, "agent"};
    const auto agent = must(co_await identity.open(other, from));
    const auto own = must(co_await identity.sessions(*one.pass, shop.owner)).items;
    EXPECT_EQ(own.size(), 2u);
    EXPECT_EQ(own[0].device, "Firefox on Windows");
    EXPECT_EQ(own[0].address, "192.0.2.7");
    EXPECT_EQ(own[0].country, "");  // an address of documentation (RFC 5737)
    EXPECT_EQ(std::count_if(own.begin(), own.end(), [](const auto& s) { return s.current; }), 1);
    EXPECT_EQ(must(co_await identity.sessions(*one.pass, std::nullopt)).items.size(), 3u);
    const auto event = [] { return audit::event_of("session.revoke", "TEST"); };
    // Another's session is not there for whoever may end their own only, nor is one of another shop for anybody.
    EXPECT_EQ(
        (co_await identity.end_sessions(*agent.pass, agent.pass->subject, one.pass->session, event())).error().code,
        Code::not_found);
    EXPECT_EQ((co_await identity.end_sessions(*stranger, std::nullopt, one.pass->session, event())).error().code,
              Code::not_found);
    EXPECT_EQ(must(co_await identity.end_sessions(*one.pass, std::nullopt, agent.pass->session, event())), 1);
    EXPECT_EQ(must(co_await identity.end_sessions(*one.pass, shop.owner, std::nullopt, event())), 2);
    for (const auto& in : {one, two, agent}) {
      EXPECT_EQ((co_await identity.refresh(in.refresh, from)).error().code, Code::unauthenticated);
      door::Scope scope(in.pass, backend.api);
      EXPECT_EQ((co_await commerce::find_merchant(scope)).error().code, Code::revoked);
    }
  });
}

}  // namespace
}  // namespace cordon
