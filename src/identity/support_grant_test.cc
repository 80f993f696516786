// Support grants: no way into a shop without a reason and an end, and the shop sees and ends it.
#include "identity/support_grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/chat.h"
#include "support/served.h"

namespace cordon {
namespace {

namespace bj = boost::json;
using net::Method;
using testing::field;
using testing::json_of;
using testing::Shop;
using testing::World;

constexpr const char* kReason = "The merchant asked why order 1001 is not attributed.";

class SupportGrantTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::string owner = world.token(*world.sign_in(shop, "owner"));
  std::string support = staff("support");

  std::string staff(const std::string& role) { return world.token(*world.sign_in_staff(role)); }
  net::Reply ask(const std::string& reason, const std::string& ticket, int minutes, const std::string& as = {}) {
    return world.call(Method::post, "/v1/staff/grants", as.empty() ? support : as,
                      R"({"shop":")" + shop.name + R"(","reason":")" + reason + R"(","ticket":")" + ticket +
                          R"(","minutes":)" + std::to_string(minutes) + "}");
  }
  std::string open() { return field(json_of(ask(kReason, "T-1", 60)), "grant_id"); }
  net::Reply enter(const std::string& id, const std::string& as = {}) {
    return world.call(Method::post, "/v1/staff/grants/" + id + "/enter", as.empty() ? support : as);
  }
  /// An access token for the shop.
  std::string inside(const std::string& id) {
    const auto reply = enter(id);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return field(json_of(reply), "access_token");
  }
  net::Reply get(const std::string& path, const std::string& token) { return world.call(Method::get, path, token); }
  net::Reply decide(const std::string& id, const std::string& what, const std::string& as) {
    return world.call(Method::post, "/v1/support-grants/" + id + "/" + what, as);
  }
  std::string state(const std::string& id) {
    const auto page = json_of(get("/v1/support-grants", owner));
    for (const auto& grant : page.at("items").get_array())
      if (field(grant, "grant_id") == id) return field(grant, "state");
    return "none";
  }
  void want_consent() {
    EXPECT_EQ(world.call(Method::patch, "/v1/support-access", owner, R"({"needs_consent":true})").status, 200);
  }
  std::string admin(const std::string& sql) { return world.sql().value(sql); }
  /// How many events of the shop's say that one of these actions was done.
  std::string succeeded(const std::string& actions) {
    return admin("SELECT count(*) FROM audit.event WHERE status = 200 AND tenant_id = '" + to_string(shop.tenant) +
                 "' AND action IN (" + actions + ")");
  }
  /// Somebody of support's who has signed in: their session is listed, and ends with all that hangs on it.
  std::shared_ptr<const door::Pass> signed_in() {
    const identity::Who who{identity::kPlatform, SubjectId::fresh(), "support"};
    world.add_staff(who.subject, who.role);
    std::shared_ptr<const door::Pass> pass;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      const identity::From from{"test", "Mozilla/5.0", "127.0.0.1"};
      pass = testing::must(co_await backend.identity.open(who, from)).pass;
    });
    world.enrol(*pass);
    return pass;
  }
};

TEST_F(SupportGrantTest, NeedsAReasonATicketAndAnEndWithinFourHours) {
  EXPECT_EQ(field(json_of(ask("too short", "T-1", 60)), "field"), "reason");
  EXPECT_EQ(field(json_of(ask(std::string(30, ' '), "T-1", 60)), "field"), "reason");
  EXPECT_EQ(field(json_of(ask(std::string(501, 'x'), "T-1", 60)), "field"), "reason");
  EXPECT_EQ(field(json_of(ask(kReason, "", 60)), "field"), "ticket");
  EXPECT_EQ(field(json_of(ask(kReason, "T-1", 241)), "field"), "minutes");
  EXPECT_EQ(field(json_of(ask(kReason, "T-1", 0)), "field"), "minutes");
  EXPECT_EQ(json_of(get("/v1/support-grants", owner)).at("items").get_array().size(), 0u);
  EXPECT_EQ(ask(kReason, "T-1", 240).status, 200);
  // Not even code of ours that forgot to look: the table says it too.
  EXPECT_EQ(world.sql().run("UPDATE identity.support_grant SET expires_at = opened_at + interval '241 minutes'"),
            "23514");
}

TEST_F(SupportGrantTest, TakesASecondFactorOfTheLastFiveMinutes) {
  const auto pass = world.sign_in_staff("support");
  admin("UPDATE identity.staff_session SET mfa_at = now() - interval '301 seconds' WHERE session_id = '" +
        to_string(pass->session) + "'");
  const auto reply = ask(kReason, "T-1", 60, world.token(*pass));
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(field(json_of(reply), "code"), "step_up_required");
  EXPECT_EQ(json_of(get("/v1/support-grants", owner)).at("items").get_array().size(), 0u);
}

TEST_F(SupportGrantTest, ReadsInsideTheShopAndCannotWrite) {
  const auto token = inside(open());
  const auto merchant = get("/v1/merchant", token);
  EXPECT_EQ(merchant.status, 200);
  EXPECT_EQ(field(json_of(merchant), "tenant_id"), to_string(shop.tenant));
  for (const std::string path : {"/v1/conversations", "/v1/products", "/v1/orders"})
    EXPECT_EQ(get(path, token).status, 200) << path;
  for (const std::string path : {"/v1/customers", "/v1/api-tokens", "/v1/support-grants", "/v1/staff/grants"})
    EXPECT_EQ(get(path, token).status, 403) << path;
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant", token, R"({"greeting":"x"})").status, 403);
  EXPECT_EQ(ask(kReason, "T-2", 60, token).status, 403) << "no further shop is opened from inside one";
}

TEST_F(SupportGrantTest, IsHeldToReadingByPostgresItself) {
  const std::string id = open();
  const std::string seal = world.sql("cordon_identity")
                               .value(
                                   "SELECT m.seal FROM identity.support_grant g, door.mint(g.session_id, 60) m WHERE "
                                   "g.grant_id = '" +
                                   id + "'");
  auto api = world.sql("cordon_api");
  const auto ends = [&](const std::string& sql) { return api.run("SELECT door.enter('" + seal + "'); " + sql); };
  EXPECT_EQ(ends("SELECT FROM commerce.merchant"), "00000");
  EXPECT_EQ(ends("UPDATE commerce.merchant SET greeting = 'x'"), "CD403");
  EXPECT_EQ(ends("DELETE FROM commerce.merchant"), "CD403");
  EXPECT_EQ(ends("SELECT FROM commerce.customer"), "CD403");
}

TEST_F(SupportGrantTest, StaffSeeNoShopWithoutOne) {
  auto api = world.sql("cordon_api");
  for (const std::string role : {"support", "security", "auditor"}) {
    const auto pass = world.sign_in_staff(role);
    for (const std::string table : {"commerce.merchant", "commerce.product", "commerce.conversation",
                                    "commerce.message", "commerce.shop_order", "commerce.customer"}) {
      const auto ended = api.run("SELECT door.enter('" + pass->seal.hex() + "'); SELECT FROM " + table);
      EXPECT_TRUE(ended == "CD403" || api.rows().empty()) << role << " sees " << table;
    }
  }
  EXPECT_EQ(json_of(get("/v1/conversations", support)).at("items").get_array().size(), 0u);
  EXPECT_EQ(get("/v1/merchant", support).status, 404);
}

TEST_F(SupportGrantTest, EndsByItself) {
  const std::string id = open();
  const auto token = inside(id);
  ASSERT_EQ(get("/v1/orders", token).status, 200);
  admin(
      "UPDATE identity.support_grant SET opened_at = opened_at - interval '1 hour', expires_at = now() WHERE grant_id "
      "= '" +
      id + "'");
  EXPECT_EQ(enter(id).status, 409);
  EXPECT_EQ(state(id), "ended");
}

TEST_F(SupportGrantTest, NoTokenAndNoSealOutlivesIt) {
  const auto reply = ask(kReason, "T-1", 1);
  const std::string id = field(json_of(reply), "grant_id");
  EXPECT_LE(std::stoi(field(json_of(enter(id)), "expires_in")), 60);
  EXPECT_EQ(admin("SELECT bool_and(s.expires_at <= g.expires_at + interval '1 second') FROM identity.support_grant g "
                  "JOIN door.seal s USING (session_id) WHERE g.grant_id = '" +
                  id + "'"),
            "t");
}

TEST_F(SupportGrantTest, IsOverInTheNextStatementOnceTheOwnerRevokesIt) {
  const std::string id = open();
  const auto token = inside(id);
  ASSERT_EQ(get("/v1/orders", token).status, 200);
  EXPECT_EQ(decide(id, "revoke", world.token(*world.sign_in(shop, "manager"))).status, 403);
  EXPECT_EQ(decide(id, "revoke", owner).status, 200);
  EXPECT_EQ(field(json_of(get("/v1/orders", token)), "code"), "revoked");
  EXPECT_EQ(enter(id).status, 409);
  EXPECT_EQ(state(id), "ended");
}

TEST_F(SupportGrantTest, ItsSocketClosesOnceItIsRevoked) {
  const std::string id = open();
  const auto token = inside(id);
  const auto ticket = field(json_of(world.call(Method::post, "/v1/inbox/ticket", token)), "ticket");
  testing::WireSocket socket(world.port(), "/v1/inbox/socket?ticket=" + ticket);
  ASSERT_EQ(socket.status(), 101);
  EXPECT_EQ(decide(id, "revoke", owner).status, 200);
  EXPECT_GT(socket.await_close_at_once(), 0);
}

TEST_F(SupportGrantTest, IsNamedInTheEventsOfItsSockets) {
  auto shopper = testing::visit(world.port(), shop.name);
  const auto chat = testing::open_chat(shopper);
  chat->send(testing::say(testing::fresh_id(), "Hello"));
  chat->await("ack");
  const std::string id = open();
  const auto inbox = testing::open_inbox(world.port(), inside(id));
  inbox->await("conversation");
  const std::string its_events =
      " FROM audit.event JOIN identity.support_grant USING (tenant_id, session_id) WHERE grant_id = '" + id + "'";
  EXPECT_EQ(admin("SELECT string_agg(DISTINCT action, ' ' ORDER BY action)" + its_events),
            "conversation.list inbox.socket inbox.ticket service.token");
  EXPECT_EQ(admin("SELECT string_agg(DISTINCT coalesce(purpose, ''), ';')" + its_events),
            "support grant " + id + ", ticket T-1");
}

TEST_F(SupportGrantTest, IsNamedByAPassThatWasRenewed) {
  identity::Verifier verifier(testing::must(identity::Signer::open(world.config().data / "identity")));
  const auto held = testing::must(verifier.verify(inside(open())));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto renewed = testing::must(co_await backend.passes.renew(held));
    EXPECT_NE(renewed->purpose, "");
    EXPECT_EQ(renewed->purpose, held->purpose);
  });
}

TEST_F(SupportGrantTest, IsGivenBackByWhoOpenedItAndUsedByNobodyElse) {
  const std::string id = open(), colleague = staff("support");
  EXPECT_EQ(enter(id, colleague).status, 404);
  EXPECT_EQ(world.call(Method::delete_, "/v1/staff/grants/" + id, colleague).status, 404);
  EXPECT_EQ(json_of(get("/v1/staff/grants", colleague)).at("items").get_array().size(), 0u);
  const auto token = inside(id);
  EXPECT_EQ(world.call(Method::delete_, "/v1/staff/grants/" + id, support).status, 200);
  EXPECT_EQ(get("/v1/orders", token).status, 401);
}

TEST_F(SupportGrantTest, EndsWhenItsOpenerSignsOut) {
  support = world.token(*signed_in());
  const std::string id = open(), token = inside(id);
  ASSERT_EQ(get("/v1/orders", token).status, 200);
  EXPECT_EQ(world.call(Method::post, "/v1/sign-out", support).status, 200);
  EXPECT_EQ(get("/v1/orders", token).status, 401);
  EXPECT_EQ(state(id), "ended");
}

TEST_F(SupportGrantTest, EndsWithItsSocketWhenAnAdministratorEndsItsOpenersSession) {
  const auto pass = signed_in();
  support = world.token(*pass);
  const auto token = inside(open());
  const auto ticket = field(json_of(world.call(Method::post, "/v1/inbox/ticket", token)), "ticket");
  testing::WireSocket socket(world.port(), "/v1/inbox/socket?ticket=" + ticket);
  ASSERT_EQ(socket.status(), 101);
  const std::string session = "/v1/staff/" + to_string(pass->subject) + "/sessions/" + to_string(pass->session);
  EXPECT_EQ(world.call(Method::delete_, session, staff("administrator")).status, 200);
  EXPECT_EQ(get("/v1/orders", token).status, 401);
  EXPECT_GT(socket.await_close_at_once(), 0);
}

TEST_F(SupportGrantTest, IsNobodysInAnotherShop) {
  want_consent();
  const std::string id = open();
  const auto other = world.token(*world.sign_in(world.add_shop(), "owner"));
  EXPECT_EQ(decide(id, "revoke", other).status, 404);
  EXPECT_EQ(decide(id, "approve", other).status, 404);
  EXPECT_EQ(json_of(get("/v1/support-grants", other)).at("items").get_array().size(), 0u);
  EXPECT_EQ(state(id), "waiting");
}

TEST_F(SupportGrantTest, WaitsForTheOwnersYesWhereTheShopWantsThat) {
  want_consent();
  const std::string id = open();
  EXPECT_EQ(state(id), "waiting");
  EXPECT_EQ(enter(id).status, 409);
  EXPECT_EQ(
      admin("SELECT count(*) FROM door.session JOIN identity.support_grant USING (session_id) WHERE grant_id = '" + id +
            "'"),
      "0")
      << "there is no session that a seal could be made of";
  EXPECT_EQ(decide(id, "approve", world.token(*world.sign_in(shop, "manager"))).status, 403);
  EXPECT_EQ(decide(id, "approve", support).status, 403);
  EXPECT_EQ(decide(id, "approve", owner).status, 200);
  EXPECT_EQ(state(id), "active");
  EXPECT_EQ(get("/v1/orders", inside(id)).status, 200);
  EXPECT_EQ(decide(id, "approve", owner).status, 409);
}

TEST_F(SupportGrantTest, ARefusedOrLapsedRequestIsNotApproved) {
  want_consent();
  const std::string refused = open(), lapsed = open();
  EXPECT_EQ(decide(refused, "revoke", owner).status, 200);
  admin("UPDATE identity.support_grant SET expires_at = now() WHERE grant_id = '" + lapsed + "'");
  for (const std::string& id : {refused, lapsed}) {
    EXPECT_EQ(decide(id, "approve", owner).status, 409);
    EXPECT_EQ(enter(id).status, 409);
  }
}

TEST_F(SupportGrantTest, WhatIsOverIsNotEndedAgain) {
  const std::string id = open();
  EXPECT_EQ(decide(id, "revoke", owner).status, 200);
  EXPECT_EQ(decide(id, "revoke", owner).status, 409);
  EXPECT_EQ(world.call(Method::delete_, "/v1/staff/grants/" + id, support).status, 409);
  EXPECT_EQ(succeeded("'grant.revoke', 'grant.withdraw'"), "1");
}

TEST_F(SupportGrantTest, WhoComesTooLateLeavesNoEventOfSuccess) {
  want_consent();
  const std::string waits =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%support_grant.%'";
  const auto late = [&](const std::string& id, const std::function<net::Reply()>& step) {
    auto first = world.sql();
    first.value("BEGIN");
    first.value("UPDATE identity.support_grant SET ended_at = now(), ended_by = opened_by WHERE grant_id = '" + id +
                "'");
    int status = 0;
    std::jthread second([&] { status = step().status; });
    // It has seen the grant as it was, and waits for what becomes of it.
    EXPECT_TRUE(testing::eventually([&] { return admin(waits) != "0"; }));
    first.value("COMMIT");
    second.join();
    return status;
  };
  const std::string approved = open(), revoked = open(), withdrawn = open();
  EXPECT_EQ(late(approved, [&] { return decide(approved, "approve", owner); }), 409);
  EXPECT_EQ(late(revoked, [&] { return decide(revoked, "revoke", owner); }), 409);
  EXPECT_EQ(late(withdrawn, [&] { return world.call(Method::delete_, "/v1/staff/grants/" + withdrawn, support); }),
            409);
  EXPECT_EQ(succeeded("'grant.approve', 'grant.revoke', 'grant.withdraw'"), "0");
}

TEST_F(SupportGrantTest, TheMerchantSeesEveryStepInItsAuditLog) {
  want_consent();
  const std::string id = open();
  decide(id, "approve", owner);
  inside(id);
  decide(id, "revoke", owner);
  const std::string second = open();
  world.call(Method::delete_, "/v1/staff/grants/" + second, support);
  auto api = world.sql("cordon_api");
  const auto pass = world.sign_in(shop, "owner");
  ASSERT_EQ(api.run("SELECT door.enter('" + pass->seal.hex() +
                    "'); SELECT action FROM audit.event WHERE action LIKE 'grant.%' "
                    "AND status = 200 AND method <> 'GET' ORDER BY event_id"),
            "00000");
  std::vector<std::string> actions;
  for (const auto& row : api.rows()) actions.push_back(row[0]);
  EXPECT_THAT(actions, ::testing::ElementsAre("grant.settings", "grant.open", "grant.approve", "grant.enter",
                                              "grant.revoke", "grant.open", "grant.withdraw"));
}

}  // namespace
}  // namespace cordon
