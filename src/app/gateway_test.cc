// The gateway: which HTTP answer each state of a seal leads to, at once, on every route.
#include <gtest/gtest.h>

#include "app/service_gateway.h"
#include "commerce/customer_store.h"
#include "support/sample.h"
#include "support/spoilt.h"
#include "support/world.h"

namespace cordon {
namespace {

using net::Method;
using testing::must;
using testing::Shop;
using testing::World;

class GatewayTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> owner = world.sign_in(shop, "owner");
  std::string token = world.token(*owner);

  net::Reply get(const std::string& path) { return world.call(Method::get, path, token); }
  static bool says(const net::Reply& reply, int status, const std::string& code) {
    return reply.status == status && reply.body.find("\"code\":\"" + code + "\"") != std::string::npos;
  }
  void identity(const std::string& sql) { world.sql("cordon_identity").value("SELECT " + sql); }
  std::string tenant() const { return "'" + to_string(shop.tenant) + "'"; }
};

TEST_F(GatewayTest, AnswersTheStatesOfASealWithTheirOwnCodesAtOnce) {
  EXPECT_TRUE(says(world.call(Method::get, "/v1/orders"), 401, "unauthenticated"));
  EXPECT_EQ(get("/v1/orders").status, 200);
  identity("door.suspend(" + tenant() + ", 'test')");
  EXPECT_TRUE(says(get("/v1/orders"), 423, "suspended"));
  identity("door.resume(" + tenant() + ")");
  EXPECT_TRUE(says(get("/v1/orders"), 401, "unauthenticated"));
  token = world.token(*world.sign_in(shop, "owner"));
  identity("door.halt('test')");
  EXPECT_TRUE(says(get("/v1/orders"), 503, "stopped"));
  identity("door.unhalt()");
  token = world.token(*world.sign_in(shop, "analyst"));
  EXPECT_TRUE(says(get("/v1/conversations"), 403, "forbidden"));
  const auto agent = world.sign_in(shop, "agent");
  token = world.token(*agent);
  identity("door.revoke('" + to_string(agent->session) + "')");
  EXPECT_TRUE(says(get("/v1/orders"), 401, "revoked"));
}

TEST_F(GatewayTest, RefusesAnExpiredSealWhoseTokenWouldStillHold) {
  world.sql().value("UPDATE door.seal SET expires_at = now() WHERE session_id = '" + to_string(owner->session) + "'");
  EXPECT_TRUE(says(get("/v1/orders"), 401, "unauthenticated"));
}

TEST_F(GatewayTest, EveryRouteAsksTheDoorAndRefusesARevokedSession) {
  const auto visitor = world.sign_in(shop, "visitor"), support = world.sign_in_staff("support"),
             administrator = world.sign_in_staff("administrator");
  int asked = 0;
  const door::Routes routes = app::declare_routes();
  const auto document = routes.openapi();
  for (const auto& pass : {owner, visitor, support, administrator})
    identity("door.revoke('" + to_string(pass->session) + "')");
  for (const door::Route& route : routes.all()) {
    if (route.info.permission.name == door::kAnyone.name) continue;
    const auto [path, body] = testing::sample(route, document);
    const std::string_view needs = route.info.permission.name;
    const bool of_staff = needs.starts_with("staff.") || needs.starts_with("key.") || needs == "audit.read-all";
    const auto& whose = needs.starts_with("visit.") ? visitor
                        : needs == "grant.open"     ? support
                        : of_staff                  ? administrator
                                                    : owner;
    const auto reply = world.call(route.info.method, path, world.token(*whose), body);
    EXPECT_TRUE(says(reply, 401, "revoked")) << route.info.name << ": " << reply.status << " " << reply.body;
    ++asked;
  }
  EXPECT_GT(asked, 15);
}

TEST_F(GatewayTest, GivesNoTicketForASealThatIsGoneOrNotOnesOwn) {
  EXPECT_EQ(world.call(Method::post, "/v1/inbox/ticket", token).status, 200);
  // A forged token, signed with a stolen key: the right names, but a seal of another session.
  auto forged = std::make_shared<door::Pass>(*world.sign_in(world.add_shop(), "owner"));
  forged->tenant = shop.tenant;
  forged->subject = shop.owner;
  forged->session = owner->session;
  for (const std::string path : {"/v1/inbox/ticket", "/v1/sign-out"})
    EXPECT_TRUE(says(world.call(Method::post, path, world.token(*forged)), 401, "unauthenticated")) << path;
  EXPECT_TRUE(says(world.call(Method::get, "/v1/me", world.token(*forged)), 401, "unauthenticated"));
  EXPECT_EQ(get("/v1/me").status, 200);  // and the real owner was not signed out by it
}

TEST_F(GatewayTest, SaysWhoSomebodyIs) {
  const auto reply = get("/v1/me");
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find("\"name\":\"Owner\""), std::string::npos);
  EXPECT_NE(reply.body.find(to_string(shop.tenant)), std::string::npos);
}

TEST_F(GatewayTest, DoesNotSendAnAnswerThatPostgresWasNeverAskedAbout) {
  door::Routes routes;
  routes.add<Nothing, Done>({Method::get, "/careless", door::Permission("order.read"), door::AuditAction("health.read"),
                             door::Rate::read, "careless", "forgets the door"},
                            [](door::Call&, Nothing) -> net::Task<Result<Done>> { co_return Done{}; });
  routes.add<Nothing, Done>({Method::get, "/careful", door::Permission("order.read"), door::AuditAction("health.read"),
                             door::Rate::read, "careful", "asks first", 200, door::Asks::first},
                            [](door::Call&, Nothing) -> net::Task<Result<Done>> { co_return Done{}; });
  auto signer = must(identity::Signer::open(world.config().data / "identity"));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    identity::Proofs proofs;
    db::Pool identities(world.database().conninfo("cordon_identity"), {1});
    identity::ApiTokens tokens(identities, backend.identity, backend.limiter);
    identity::SupportGrants grants(identities, backend.identity);
    app::Station station{backend, identity::Verifier(signer), proofs, tokens, grants};
    app::Gateway gateway(routes, door::all_services(), [&]() -> app::Station& { return station; });
    net::Request request;
    request.headers = {{"Authorization", "Bearer " + token}};
    request.path = "/careless";
    EXPECT_EQ((co_await gateway.handle(request)).status, 500);
    request.path = "/careful";
    EXPECT_EQ((co_await gateway.handle(request)).status, 200);
  });
}

TEST_F(GatewayTest, PutsOnRecordWhatFailsOverAnAlteredRow) {
  std::vector<commerce::NewCustomer> ann(1);
  ann[0].external_id = "1";
  ann[0].name = "Ann Lee";
  std::string customer;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(shop.tenant, "importer")), backend.worker);
    customer = to_string(must(co_await commerce::put_customers(scope, ann)).at(0));
  });
  const std::string path = "/v1/customers/" + customer;
  EXPECT_EQ(get(path).status, 200);
  const testing::Spoilt name(world, "commerce.customer", "name", "customer_id = '" + customer + "'");
  EXPECT_TRUE(says(get(path), 500, "internal"));
  EXPECT_EQ(world.sql().value("SELECT string_agg(concat_ws(' ', action, status, nullif(code, ''), split_part(queries, "
                              "':', 1)), ', ' ORDER BY event_id) FROM audit.event WHERE resource = '" +
                              path + "' AND subject_id = '" + to_string(owner->subject) + "'"),
            "customer.read 200 customer.find, customer.read 500 internal customer.find");
}

TEST_F(GatewayTest, PutsOnRecordACallBetweenServicesThatFails) {
  door::Routes routes;
  routes.of(door::Service::identity);
  routes.add<Nothing, Done>({Method::post, "/internal/careless", identity::kCertificate,
                             door::AuditAction("service.token"), door::Rate::relay, "careless_service", "fails"},
                            [](door::Call&, Nothing) -> net::Task<Result<Done>> {
                              throw std::runtime_error("a test");
                              co_return Done{};
                            });
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    app::ServiceGateway gateway(routes, door::all_services(), std::make_shared<identity::KeySet>(),
                                [&]() -> audit::Recorder& { return backend.recorder; });
    net::Request request;
    request.method = Method::post;
    request.path = "/internal/careless";
    request.services = {"chat"};
    EXPECT_EQ((co_await gateway.handle(request)).status, 500);
    EXPECT_EQ(
        world.sql().value("SELECT concat_ws(' ', action, role, status, code) FROM audit.event WHERE request_id = '" +
                          to_string(request.id) + "'"),
        "service.token chat 500 internal");
  });
}

}  // namespace
}  // namespace cordon
