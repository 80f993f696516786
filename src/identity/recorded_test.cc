// Sessions are opened, renewed and ended in one transaction with the audit event that says so, or not at all.
#include <gtest/gtest.h>

#include "support/chat.h"
#include "support/served.h"
#include "support/unwritten.h"

namespace cordon {
namespace {

using testing::ask;
using testing::field;
using testing::json_of;
using testing::must;
using testing::Shop;
using testing::Unwritten;
using testing::World;

class RecordedTest : public ::testing::Test {
 protected:
  std::string link() {
    std::string made;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      made = must(co_await backend.identity.sign_in_link(shop.tenant, shop.owner, 60));
    });
    return made;
  }
  net::Reply sign_in(const std::string& link, const std::string& keep = "token", const std::string& cookie = "a=1") {
    return ask(world.port(), "POST", "/v1/sign-in", {{"Cookie", cookie}},
               R"({"keep":")" + keep + R"(","link":")" + link + "\"}");
  }
  net::Reply post(const std::string& path, const boost::json::value& in, const std::string& body = "{}") {
    return ask(world.port(), "POST", path, {{"Authorization", "Bearer " + field(in, "access_token")}}, body);
  }
  int me(const boost::json::value& in) {
    return world.call(net::Method::get, "/v1/me", field(in, "access_token")).status;
  }
  std::string count(const std::string& of) {
    return admin.value("SELECT count(*) FROM " + of + " tenant_id = '" + to_string(shop.tenant) + "'");
  }
  /// Events that say so.
  std::string events(const std::string& action) {
    return count("audit.event WHERE status < 400 AND action = '" + action + "' AND");
  }

  World& world = World::shared();
  Shop shop = world.add_shop();
  testing::SqlSession admin = world.sql();
};

TEST_F(RecordedTest, ASignIn) {
  const std::string secret = link();
  {
    const Unwritten nothing("session.open");
    EXPECT_GE(sign_in(secret).status, 500);
    EXPECT_EQ(count("identity.session WHERE"), "0");
    EXPECT_EQ(count("door.session WHERE role = 'owner' AND"), "0");
    EXPECT_EQ(count("identity.refresh WHERE"), "0");
  }
  EXPECT_EQ(sign_in(secret).status, 200) << "the link was not used up";
  EXPECT_EQ(events("session.open"), "1");
  EXPECT_EQ(count("identity.session s JOIN audit.event e USING (tenant_id, session_id, subject_id) WHERE action = "
                  "'session.open' AND e.address <> '' AND e.role = 'owner' AND " +
                  testing::with_event("s") + " AND"),
            "1");
}

TEST_F(RecordedTest, ARenewal) {
  const auto in = json_of(sign_in(link()));
  const std::string body = R"({"refresh_token":")" + field(in, "refresh_token") + "\"}";
  const auto renew = [&] { return ask(world.port(), "POST", "/v1/token", {}, body); };
  {
    const Unwritten nothing("session.refresh");
    EXPECT_GE(renew().status, 500);
    EXPECT_EQ(count("identity.refresh WHERE replaced_at IS NULL AND"), "1");
    EXPECT_EQ(count("identity.refresh WHERE"), "1");
  }
  EXPECT_EQ(renew().status, 200);
  EXPECT_EQ(events("session.refresh"), "1");
  EXPECT_EQ(count("identity.refresh r JOIN audit.event e USING (tenant_id, session_id) WHERE action = "
                  "'session.refresh' AND r.replaced_at IS NULL AND " +
                  testing::with_event("r") + " AND"),
            "1");
}

TEST_F(RecordedTest, ASignOut) {
  const auto in = json_of(sign_in(link()));
  {
    const Unwritten nothing("session.end");
    EXPECT_GE(post("/v1/sign-out", in).status, 500);
    EXPECT_EQ(me(in), 200);
  }
  EXPECT_EQ(post("/v1/sign-out", in).status, 200);
  EXPECT_EQ(me(in), 401);
  EXPECT_EQ(events("session.end"), "1");
}

TEST_F(RecordedTest, TheEndOfTheSessionThatASignInReplaces) {
  const auto first = sign_in(link(), "cookie");
  const std::string set(first.header("set-cookie")), held = set.substr(0, set.find(';'));
  const auto before = json_of(first);
  const std::string second = link();
  {
    const Unwritten nothing("session.end");
    EXPECT_GE(sign_in(second, "cookie", held).status, 500);
    EXPECT_EQ(me(before), 200);
    EXPECT_EQ(count("identity.session WHERE"), "1");
  }
  EXPECT_EQ(sign_in(second, "cookie", held).status, 200);
  EXPECT_EQ(me(before), 401);
  EXPECT_EQ(events("session.end"), "1");
  EXPECT_EQ(count("audit.event a JOIN audit.event b USING (tenant_id, subject_id, request_id, xid) WHERE a.action = "
                  "'session.open' AND b.action = 'session.end' AND a.session_id <> b.session_id AND"),
            "1")
      << "of one request and one transaction";
}

TEST_F(RecordedTest, AVisit) {
  {
    const Unwritten nothing("visit.open");
    EXPECT_THROW(testing::visit(world.port(), shop.name), std::runtime_error);
    EXPECT_EQ(count("door.session WHERE role = 'visitor' AND"), "0");
    EXPECT_EQ(count("identity.one_use WHERE"), "0");
  }
  const auto shopper = testing::visit(world.port(), shop.name);
  EXPECT_EQ(events("visit.open"), "1");
  {
    const Unwritten nothing("visit.open");
    EXPECT_THROW(testing::visit(world.port(), shop.name, shopper.secret), std::runtime_error);
    EXPECT_EQ(count("identity.refresh WHERE replaced_at IS NOT NULL AND"), "0") << "the secret was not used up";
  }
  EXPECT_EQ(testing::visit(world.port(), shop.name, shopper.secret).visitor_id, shopper.visitor_id);
  EXPECT_EQ(events("visit.open"), "2");
}

TEST_F(RecordedTest, ATicketAndWhatItIsUsedFor) {
  const std::string agent = world.token(*world.sign_in(shop, "agent"));
  {
    const Unwritten nothing("inbox.ticket");
    EXPECT_EQ(testing::inbox_ticket(world.port(), agent), "");
    EXPECT_EQ(count("identity.one_use WHERE"), "0");
  }
  const std::string target = "/v1/inbox/socket?ticket=" + testing::inbox_ticket(world.port(), agent);
  {
    const Unwritten nothing("service.token");
    EXPECT_GE(testing::WireSocket(world.port(), target).status(), 500);
    EXPECT_EQ(count("identity.one_use WHERE"), "1");
  }
  EXPECT_EQ(testing::WireSocket(world.port(), target).status(), 101);
  EXPECT_EQ(events("inbox.ticket"), "1");
}

TEST_F(RecordedTest, ASealForASocketThatGoesOnAndForWorkThatNobodyAsksFor) {
  const auto held = world.sign_in(shop, "agent");
  const std::string seals = count("door.seal WHERE");
  const int told = std::stoi(events("service.token"));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    {
      const Unwritten nothing("service.token");
      EXPECT_FALSE(co_await backend.passes.renew(held));
      EXPECT_FALSE(co_await backend.identity.service(shop.tenant, "assistant"));
      EXPECT_EQ(count("door.seal WHERE"), seals);
      EXPECT_EQ(count("door.session WHERE role = 'assistant' AND"), "0");
    }
    EXPECT_TRUE(co_await backend.passes.renew(held));
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(co_await backend.identity.service(shop.tenant, "assistant"));
  });
  EXPECT_EQ(events("service.token"), std::to_string(told + 2)) << "one seal does the work of minutes";
  EXPECT_EQ(count("door.seal s JOIN audit.event e USING (tenant_id, subject_id, session_id) WHERE e.action = "
                  "'service.token' AND e.role = s.role AND session_id = '" +
                  to_string(held->session) + "' AND " + testing::with_event("s") + " AND"),
            "1");
}

TEST_F(RecordedTest, ASealForAProgram) {
  const auto made = json_of(world.call(net::Method::post, "/v1/api-tokens", world.token(*world.sign_in(shop, "owner")),
                                       R"({"name":"till","scopes":["order.read"],"days":1})"));
  const auto orders = [&] { return world.call(net::Method::get, "/v1/orders", field(made, "secret")).status; };
  const int told = std::stoi(events("service.token"));
  {
    const Unwritten nothing("service.token");
    EXPECT_GE(orders(), 500);
    EXPECT_EQ(count("identity.api_token WHERE last_used_at IS NULL AND"), "1");
  }
  EXPECT_EQ(orders(), 200);
  EXPECT_EQ(events("service.token"), std::to_string(told + 1));
  EXPECT_EQ(count("identity.api_token WHERE last_used_at IS NOT NULL AND"), "1");
}

TEST_F(RecordedTest, JobsThatAreTakenUpAndNoneWhereThereAreNone) {
  testing::Chat chat(world);
  chat.take();
  chat.widget->send(testing::say(testing::fresh_id(), "Hello"));
  chat.widget->await("ack");
  const std::string claims = "SELECT count(*) FROM audit.event WHERE action = 'job.claim' AND method = 'SERVICE' AND ";
  const std::string before = admin.value(claims + "rows_out > 0");
  admin.value(
      "INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq, not_before) SELECT "
      "tenant_id, gen_random_uuid(), visitor_id, 'assistant', conversation_id, 1, now() FROM commerce.conversation "
      "WHERE conversation_id = '" +
      chat.conversation + "'");
  EXPECT_TRUE(testing::eventually([&] { return admin.value(claims + "rows_out > 0") != before; }));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    EXPECT_TRUE(must(co_await backend.identity.claim_jobs("nothing", 10, 30)).empty());
  });
  EXPECT_EQ(admin.value(claims + "rows_out = 0"), "0");
}

}  // namespace
}  // namespace cordon
