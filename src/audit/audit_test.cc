// Audit events: one for each request, with a change in its transaction, durable before the answer, never changed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/recorder.h"
#include "base/random.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using net::Method;
using ::testing::HasSubstr;
using testing::must;
using ::testing::Not;
using testing::Shop;
using testing::SqlSession;
using testing::World;

/// A login can append no event as long as this lives.
class Unrecorded {
 public:
  explicit Unrecorded(const std::string& login) {
    World::shared().sql().value("CREATE POLICY unrecorded ON audit.event AS RESTRICTIVE FOR INSERT TO " + login +
                                " WITH CHECK (false)");
  }
  ~Unrecorded() { World::shared().sql().value("DROP POLICY unrecorded ON audit.event"); }
  Unrecorded(const Unrecorded&) = delete;
};

class AuditTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::string token = world.token(*world.sign_in(shop, "owner"));
  SqlSession admin = world.sql();

  /// What the log has of one address: "action status code rows", one line an event.
  std::string events(const std::string& resource) {
    return admin.value(
        "SELECT coalesce(string_agg(concat_ws(' ', action, status, nullif(code, ''), rows_out), E'\\n' ORDER BY at), "
        "'') FROM audit.event "
        "WHERE resource = '" +
        resource + "' AND (tenant_id IS NULL AND resource <> '/v1/merchant' OR tenant_id = '" + to_string(shop.tenant) +
        "')");
  }
  std::string name() {
    return admin.value("SELECT name FROM commerce.merchant WHERE tenant_id = '" + to_string(shop.tenant) + "'");
  }
};

TEST_F(AuditTest, EachRequestLeavesOneEventHoweverItEnds) {
  const auto call = [&](Method method, const std::string& path, const std::string& with, const std::string& body = {}) {
    return world.call(method, path, with, body).status;
  };
  EXPECT_EQ(call(Method::get, "/v1/merchant", token), 200);
  EXPECT_EQ(events("/v1/merchant"), "merchant.read 200 1");
  EXPECT_EQ(call(Method::patch, "/v1/merchant", token, R"({"name":"New"})"), 200);
  EXPECT_EQ(events("/v1/merchant"), "merchant.read 200 1\nmerchant.change 200 0");
  EXPECT_EQ(call(Method::patch, "/v1/merchant", token, R"({"name":""})"), 422);
  EXPECT_EQ(call(Method::patch, "/v1/merchant", token, "{"), 400);
  EXPECT_THAT(events("/v1/merchant"), HasSubstr("merchant.change 422 invalid 0\nmerchant.change 400 malformed 0"));
  const std::string unknown = "/v1/conversations/" + to_string(new_uuid()),
                    nowhere = "/nowhere/" + to_string(new_uuid());
  EXPECT_EQ(call(Method::get, unknown, token), 404);
  EXPECT_EQ(call(Method::get, unknown, "no token"), 401);
  EXPECT_EQ(call(Method::get, unknown, world.token(*world.sign_in(shop, "analyst"))), 403);
  EXPECT_EQ(
      events(unknown),
      "conversation.read 404 not_found 0\nconversation.read 401 unauthenticated 0\nconversation.read 403 forbidden 0");
  EXPECT_EQ(call(Method::get, nowhere, token), 404);
  EXPECT_EQ(events(nowhere), "request.unknown 404 not_found 0");
}

TEST_F(AuditTest, AnEventSaysHowMuchLeft) {
  const auto ask = [&](const char* method) {
    return testing::ask(world.port(), method, "/v1/merchant", {{"Authorization", "Bearer " + token}});
  };
  const size_t size = ask("GET").body.size();
  EXPECT_EQ(ask("HEAD").status, 200);
  EXPECT_EQ(admin.value("SELECT string_agg(concat_ws(' ', method, rows_out, bytes_out), ', ' ORDER BY event_id) FROM "
                        "audit.event WHERE resource = '/v1/merchant' AND tenant_id = '" +
                        to_string(shop.tenant) + "'"),
            "GET 1 " + std::to_string(size) + ", HEAD 0 0");
}

TEST_F(AuditTest, AnEventNamesWhoAskedAndKeepsNoSecretAndNoContent) {
  const auto pass = world.sign_in(shop, "owner");
  const std::string own = world.token(*pass);
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant?x=1", own).status, 422);
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant", own, R"({"greeting":"a very private greeting"})").status, 200);
  admin.run("SELECT e.subject_id, e.session_id, e.role, e::text FROM audit.event e WHERE session_id = '" +
            to_string(pass->session) + "'");
  ASSERT_EQ(admin.rows().size(), 2u);
  for (const auto& row : admin.rows()) {
    EXPECT_EQ(row[0], to_string(shop.owner));
    EXPECT_EQ(row[2], "owner");
    for (const std::string& secret : {pass->seal.hex(), own, std::string("private greeting"), std::string("x=1")})
      EXPECT_THAT(row[3], Not(HasSubstr(secret)));
  }
}

TEST_F(AuditTest, AChangeWhoseEventCannotBeWrittenIsNotMade) {
  {
    const Unrecorded unrecorded("cordon_api");
    EXPECT_EQ(world.call(Method::patch, "/v1/merchant", token, R"({"name":"Unseen"})").status, 503);
    EXPECT_EQ(name(), "The " + shop.name);
    EXPECT_EQ(events("/v1/merchant"), "merchant.change 503 unavailable 0");
  }
  {
    const Unrecorded unrecorded("cordon_identity");
    EXPECT_EQ(
        world
            .call(Method::post, "/v1/members", token, R"({"name":"Ann Lee","email":"ann@shop.example","role":"agent"})")
            .status,
        503);
    EXPECT_EQ(admin.value("SELECT count(*) FROM identity.member WHERE tenant_id = '" + to_string(shop.tenant) + "'"),
              "1");
  }
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant", token, R"({"name":"Seen"})").status, 200);
  EXPECT_EQ(name(), "Seen");
}

TEST_F(AuditTest, NothingLeavesWhereItsEventCannotBeWritten) {
  {
    const Unrecorded unrecorded("cordon_audit");
    const auto reply = world.call(Method::get, "/v1/merchant", token);
    EXPECT_EQ(reply.status, 503);
    EXPECT_THAT(reply.body, Not(HasSubstr(shop.name)));
    EXPECT_THAT(reply.body, HasSubstr("\"code\":\"unavailable\""));
    EXPECT_NE(reply.header("retry-after"), "");
  }
  EXPECT_EQ(world.call(Method::get, "/v1/merchant", token).status, 200);
}

TEST_F(AuditTest, EventsThatComeTogetherShareACommit) {
  const auto session = SessionId::fresh();
  int left = 100;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    net::Signal ended;
    auto one = [&]() -> net::Task<void> {
      audit::Event event;
      event.action = "health.read";
      event.session = session;
      event.request = RequestId::fresh();
      EXPECT_TRUE(co_await backend.recorder.record(std::move(event)));
      --left;
      ended.notify();
    };
    for (int i = 0; i < 100; ++i) net::Reactor::current().spawn(one());
    while (left > 0) co_await ended.wait(std::chrono::seconds(5));
  });
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE session_id = '" + to_string(session) + "'"), "100");
  EXPECT_EQ(admin.value("SELECT count(DISTINCT xmin::text) <= 3 FROM audit.event WHERE session_id = '" +
                        to_string(session) + "'"),
            "t");
}

TEST_F(AuditTest, AGroupOfAnySizeIsStoredAsItIs) {
  const auto columns = [](const audit::ClosedEvent& closed) {
    const audit::Event& e = closed.event();
    const auto id = [](const auto& maybe) { return maybe ? to_string(*maybe) : std::string("none"); };
    const std::string& index = closed.address_index().value;
    return fmt::format(
        "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", to_string(e.id), id(e.tenant), id(e.subject),
        id(e.session), e.role, e.action.name, e.resource, e.method, e.status, e.code, e.rows,
        std::min<int64_t>(e.bytes, INT32_MAX), to_string(e.request), e.address, e.agent, e.purpose, e.trace,
        closed.queries(), e.detail,
        index.empty() ? "none" : to_hex(std::span(reinterpret_cast<const uint8_t*>(index.data()), index.size())));
  };
  static constexpr db::Statement kRan{"audit_test.ran", ""};
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto connection = must(co_await db::Connection::open(world.database().conninfo("cordon_audit")));
    for (const size_t size : {1, 2, 16, 17, 63, 300}) {
      std::vector<audit::ClosedEvent> group;
      std::string wanted;
      const auto request = RequestId::fresh();
      for (size_t i = 0; i < size; ++i) {
        audit::Event event = audit::event_of("merchant.change", "PATCH");
        event.request = request;
        event.status = 200 + static_cast<int>(i);
        if (i % 2 == 0) {
          event.tenant = shop.tenant, event.subject = shop.owner, event.session = SessionId::fresh();
          event.role = "owner", event.code = "odd \"\\{},'", event.purpose = "\u00e9\u4e2d", event.trace = "0af7";
          event.resource = "/v1/merchant", event.address = "192.0.2.1", event.agent = "zebra";
          event.rows = 7, event.bytes = 5'000'000'000, event.detail = "{}";
          event.queries.push_back({&kRan, {}, 3});
        }
        auto closed = must(co_await audit::close(backend.recorder.keys(), std::move(event)));
        wanted += columns(closed) + "\n";
        group.push_back(std::move(closed));
      }
      const auto queries = audit::append_all(group);
      EXPECT_TRUE(co_await connection->transact(queries));
      EXPECT_EQ(
          admin.value("SELECT string_agg(concat_ws('|', event_id, coalesce(tenant_id::text, 'none'), "
                      "coalesce(subject_id::text, 'none'), coalesce(session_id::text, 'none'), role, action, resource, "
                      "method, status, code, rows_out, bytes_out, request_id, address, agent, purpose, trace, queries, "
                      "detail, coalesce(encode(address_index, 'hex'), 'none')) || E'\\n', '' ORDER BY event_id) FROM "
                      "audit.event WHERE request_id = '" +
                      to_string(request) + "'"),
          wanted)
          << size;
    }
  });
}

TEST_F(AuditTest, OddBytesOfOneCallerAreWrittenDownAsQuestionMarks) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    audit::Event odd;
    odd.action = "request.unknown";
    odd.agent = "curl\xff\xfe \xe4\xb8";
    odd.resource = std::string("/a\0b\xc3(", 6);
    odd.session = SessionId::fresh();
    odd.request = RequestId::fresh();
    const auto session = *odd.session;
    EXPECT_TRUE(co_await backend.recorder.record(std::move(odd)));
    EXPECT_EQ(
        World::shared().sql().value("SELECT resource FROM audit.event WHERE session_id = '" + to_string(session) + "'"),
        "/a?b?(");
    EXPECT_EQ(World::shared().events("session_id = '" + to_string(session) + "'").at(0).agent, "curl?? ??");
    net::Client client(world.client());
    const std::vector<net::Header> headers{{"User-Agent", std::string(199, 'a') + "\xe4\xb8\xad"},
                                           {"Authorization", "Bearer " + token}};
    EXPECT_EQ(must(co_await client.request(Method::get, "/v1/merchant", headers)).status, 200);
  });
}

TEST_F(AuditTest, NoLoginChangesOrDeletesAnEvent) {
  for (const char* login :
       {"cordon_api", "cordon_visitor", "cordon_worker", "cordon_identity", "cordon_audit", "cordon_monitor"}) {
    auto session = world.sql(login);
    for (const char* sql :
         {"UPDATE audit.event SET action = 'nothing'", "DELETE FROM audit.event", "TRUNCATE audit.event",
          "DROP TABLE audit.event", "ALTER TABLE audit.event DISABLE ROW LEVEL SECURITY",
          "INSERT INTO audit.event (event_id) VALUES (gen_random_uuid()) ON CONFLICT (tenant_id, event_id) "
          "DO UPDATE SET action = 'nothing'"})
      EXPECT_EQ(session.run(sql), "42501") << login << ": " << sql;
  }
  EXPECT_EQ(world.sql("cordon_audit").run("SELECT FROM audit.event"), "42501");
}

TEST_F(AuditTest, AnEventIsWrittenForOnesOwnTenantAndReadByWhoMay) {
  const auto owner = world.sign_in(shop, "owner"), agent = world.sign_in(shop, "agent");
  const auto other = world.add_shop();
  auto api = world.sql("cordon_api");
  const auto enter = [](const auto& pass) { return "SELECT door.enter('" + pass->seal.hex() + "'); "; };
  const auto insert = [](TenantId tenant) {
    return "INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (gen_random_uuid(), '" +
           to_string(tenant) + "', 'test', 200, gen_random_uuid())";
  };
  EXPECT_EQ(api.run(enter(agent) + insert(shop.tenant)), "00000");
  EXPECT_EQ(api.run(enter(agent) + insert(other.tenant)), "42501");
  EXPECT_EQ(api.run(enter(agent) + "SELECT FROM audit.event"), "CD403");
  EXPECT_EQ(api.value(enter(owner) + "SELECT count(*) > 0 AND bool_and(tenant_id = '" + to_string(shop.tenant) +
                      "') FROM audit.event"),
            "t");
}

}  // namespace
}  // namespace cordon
