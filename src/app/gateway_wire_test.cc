// What the gateway adds to a route, as a client sees it: methods, origins, rates, and problem documents.
#include <gtest/gtest.h>

#include <map>

#include "support/wire.h"
#include "support/world.h"

namespace cordon::app {
namespace {

using testing::ask;
using testing::field;
using testing::json_of;
using testing::World;

void expect_problem(const net::Reply& reply, int status, std::string_view code) {
  EXPECT_EQ(reply.status, status) << reply.body;
  EXPECT_EQ(reply.header("content-type"), "application/problem+json");
  EXPECT_EQ(field(json_of(reply), "code"), code);
  EXPECT_TRUE(parse_uuid(field(json_of(reply), "request_id")).has_value());
}

TEST(GatewayOnTheWire, KnowsNothingAtAnUnknownAddress) {
  const uint16_t port = World::shared().port();
  expect_problem(ask(port, "GET", "/v1/nothing"), 404, "not_found");
  expect_problem(ask(port, "GET", "/v1/me/"), 404, "not_found");
  expect_problem(ask(port, "GET", "/v1//me"), 404, "not_found");
  expect_problem(ask(port, "GET", "/v1/../v1/me"), 404, "not_found");
  expect_problem(ask(port, "GET", "/v1/%6de"), 404, "not_found");
}

TEST(GatewayOnTheWire, NamesTheMethodsThatAnAddressTakes) {
  const uint16_t port = World::shared().port();
  const auto refused = ask(port, "POST", "/v1/me");
  expect_problem(refused, 405, "method_not_allowed");
  EXPECT_EQ(refused.header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask(port, "BREW", "/v1/merchant").header("allow"), "GET, HEAD, PATCH, OPTIONS");
  EXPECT_EQ(ask(port, "TRACE", "/healthz").status, 405);
  const auto page = ask(port, "DELETE", "/console/");
  expect_problem(page, 405, "method_not_allowed");
  EXPECT_EQ(page.header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask(port, "OPTIONS", "/v1/merchant").header("allow"), "GET, HEAD, PATCH, OPTIONS");
  EXPECT_EQ(ask(port, "OPTIONS", "*").status, 204);
  expect_problem(ask(port, "OPTIONS", "/v1/nothing"), 404, "not_found");
}

TEST(GatewayOnTheWire, LetsAShopsOwnPagesCallTheWidgetsRoutesOnly) {
  World& world = World::shared();
  const std::vector<std::string> origins{"https://page.example"};
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    (void)testing::must(co_await backend.identity.add_shop("shop-with-a-page", origins));
  });
  const auto allowed = [&](std::string_view method, std::string_view path, std::string origin) {
    return std::string(ask(world.port(), method, path, {{"Origin", origin}}).header("access-control-allow-origin"));
  };
  EXPECT_EQ(allowed("OPTIONS", "/v1/widget/visits", "https://page.example"), "https://page.example");
  // Whoever asks may read the answer, so that a page can say why it has no chat; what it reads is a refusal.
  EXPECT_EQ(allowed("OPTIONS", "/v1/widget/visits", "https://evil.example"), "https://evil.example");
  expect_problem(ask(world.port(), "POST", "/v1/widget/visits", {{"Origin", "https://evil.example"}},
                     R"({"shop":"shop-with-a-page"})"),
                 403, "forbidden");
  EXPECT_EQ(allowed("OPTIONS", "/v1/merchant", "https://page.example"), "")
      << "the merchants' routes are for our own console";
  EXPECT_EQ(allowed("GET", "/v1/me", "https://page.example"), "");
}

TEST(GatewayOnTheWire, TakesJsonOnly) {
  const uint16_t port = World::shared().port();
  const std::string body = R"({"link":"00000000000000000000"})";
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data; boundary=x"})
    expect_problem(ask(port, "POST", "/v1/sign-in", {{"Content-Type", type}}, body), 415, "unsupported_media");
  expect_problem(ask(port, "POST", "/v1/sign-in", {{"Content-Type", "application/json; charset=utf-8"}}, body), 401,
                 "unauthenticated");
}

TEST(GatewayOnTheWire, AsksForAToken) {
  const uint16_t port = World::shared().port();
  for (const std::string token : {"", "Bearer ", "Bearer x.y.z", "Basic dTpw", "Bearer \xff\xfe"}) {
    const auto refused =
        token.empty() ? ask(port, "GET", "/v1/me") : ask(port, "GET", "/v1/me", {{"Authorization", token}});
    expect_problem(refused, 401, "unauthenticated");
    EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
  }
}

TEST(GatewayOnTheWire, RecordsWhateverAClientCallsItself) {
  const uint16_t port = World::shared().port();
  // The audit log holds UTF-8; a request must not fail, nor spoil others in its group commit, for what it calls itself.
  std::string cut_inside_a_character(199, 'x');
  cut_inside_a_character += "\xc3\xa9";
  for (const std::string& agent : {std::string("\xff\xfe"), cut_inside_a_character, std::string(1000, 'x'),
                                   std::string("'; DROP TABLE audit.event; --")})
    EXPECT_EQ(ask(port, "GET", "/healthz", {{"User-Agent", agent}}).status, 200);
  EXPECT_EQ(ask(port, "GET", "/v1/" + std::string(3000, 'x')).status, 404);
}

TEST(GatewayOnTheWire, RecordsWhatIsAskedOfTheApiAndNothingElse) {
  World& world = World::shared();
  const std::string mark = to_string(new_uuid());
  EXPECT_EQ(ask(world.port(), "GET", "/console/" + mark).status, 200);
  EXPECT_EQ(ask(world.port(), "OPTIONS", "/v1/" + mark).status, 404);
  EXPECT_EQ(ask(world.port(), "GET", "/v1/" + mark, {{"Host", "a"}}).status, 400) << "two Hosts";
  EXPECT_EQ(ask(world.port(), "POST", "/v1/" + mark, {{"Content-Length", "99999999"}}).status, 413);
  EXPECT_EQ(ask(world.port(), "GET", "/v1/" + mark, {{"X", std::string(20'000, 'x')}}).status, 431);
  EXPECT_EQ(ask(world.port(), "PUT", "/v1/" + mark).status, 404);
  EXPECT_EQ(world.sql().value("SELECT string_agg(method, ' ') FROM audit.event WHERE resource LIKE '%" + mark + "'"),
            "PUT");
}

TEST(GatewayOnTheWire, AsksACallerThatIsTooFastToWait) {
  const auto slow = World::shared().replica([](Config& c) { c.rate_scale = 0.02; });
  int answered = 0;
  net::Reply last;
  for (int i = 0; i < 50; ++i) {
    last = ask(slow->port(), "GET", "/healthz");
    answered += last.status == 200;
    if (last.status != 200) break;
  }
  EXPECT_GE(answered, 4) << "the burst";
  expect_problem(last, 429, "rate_limited");
  EXPECT_EQ(last.header("retry-after"), "1");
}

TEST(GatewayOnTheWire, CountsACallerWithoutATokenOnceForAllItsReactors) {
  const auto server = World::shared().replica([](Config& c) { c.threads = 8, c.rate_scale = 0.0075; });
  int answered = 0;
  for (int i = 0; i < 40; ++i) answered += ask(server->port(), "GET", "/healthz").status == 200;
  EXPECT_GE(answered, 1);
  EXPECT_LE(answered, 4) << "one, and one more each three seconds";
}

TEST(GatewayOnTheWire, TellsAnAddressSoOftenWhyItIsTurnedAwayAndRecordsNoMore) {
  World& world = World::shared();
  const auto slow = world.replica([](Config& c) { c.rate_scale = 0.02; });
  const std::string path = "/v1/nothing-" + to_string(new_uuid());
  testing::Wire wire(slow->port());
  std::map<int, int> answers;
  net::Reply last;
  for (int i = 0; i < 60; ++i) {
    last = wire.ask("GET", path).value();
    ++answers[last.status];
  }
  EXPECT_GT(answers[404], 5);
  EXPECT_GT(answers[429], 5);
  EXPECT_EQ(answers[404] + answers[429], 60);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM audit.event WHERE resource = '" + path + "'"),
            std::to_string(answers[404]));
  const std::vector<net::Header> wrong{{"Authorization", "Bearer x.y.z"}};
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    last = wire.ask("GET", "/v1/me", wrong).value();
    refused += last.status == 429 && last.header("retry-after") == "1";
  }
  EXPECT_GT(refused, 0);
  const std::string token = world.token(*world.sign_in(world.add_shop(), "owner"));
  EXPECT_EQ(wire.ask("GET", "/v1/me", {{"Authorization", "Bearer " + token}})->status, 200)
      << "who has a token that holds is not held up by others of this address";
}

TEST(GatewayOnTheWire, WritesNothingForATenantWhoseKeysAreOutOfReach) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  const std::string token = world.token(*world.sign_in(shop, "owner"));
  // The same key file, by a way that can be taken away.
  const testing::TemporaryFolder folder;
  const auto way = folder.path() / "keys";
  std::filesystem::create_directory_symlink(world.config().data, way);
  const auto server = world.replica([&](Config& c) {
    c.threads = 1;
    c.kms = "file:" + (way / "kms.key").string();
    c.keys.pause = std::chrono::milliseconds(0);
  });
  const auto invite = [&] {
    return ask(server->port(), "POST", "/v1/members",
               {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
               R"({"name":"Ann Lee","email":"ann@shop.example","role":"agent"})");
  };
  const auto count = [&](const std::string& what) {
    return world.sql().value("SELECT count(*) FROM " + what + " tenant_id = '" + to_string(shop.tenant) + "'");
  };
  const std::string before = count("identity.member WHERE");
  std::filesystem::remove(way);
  const auto refused = invite();
  expect_problem(refused, 503, "unavailable");
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(count("identity.member WHERE"), before);
  EXPECT_EQ(count("audit.event WHERE action = 'member.invite' AND status = 503 AND address = '' AND agent = '' AND"),
            "1");
  std::filesystem::create_directory_symlink(world.config().data, way);
  EXPECT_EQ(invite().status, 200);
}

TEST(GatewayOnTheWire, StopsAnsweringWhileEverythingIsStopped) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  const auto token = world.token(*world.sign_in(shop, "owner"));
  const auto listed = [&](const std::string& bearer) {
    return ask(world.port(), "GET", "/v1/conversations", {{"Authorization", "Bearer " + bearer}});
  };
  EXPECT_EQ(listed(token).status, 200);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    (void)testing::must(co_await backend.identity.halt("a test"));
  });
  const auto refused = listed(token);
  world.run(
      [&](identity::Backend& backend) -> net::Task<void> { (void)testing::must(co_await backend.identity.unhalt()); });
  expect_problem(refused, 503, "stopped");
  EXPECT_EQ(refused.header("retry-after"), "30");
  EXPECT_EQ(listed(world.token(*world.sign_in(shop, "owner"))).status, 200);
}

}  // namespace
}  // namespace cordon::app
