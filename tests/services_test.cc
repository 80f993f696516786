// A server that is split into its services: each in a process object of its own, speaking mutual TLS with the others.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <regex>
#include <sstream>

#include "app/edge.h"
#include "base/json.h"
#include "identity/jws.h"
#include "support/chat.h"
#include "support/served.h"
#include "support/world.h"

namespace cordon {
namespace {

using door::Service;
using testing::field;
using testing::must;
using testing::World;

std::map<Service, identity::Address> at(std::map<Service, uint16_t> ports) {
  std::map<Service, identity::Address> made;
  for (const auto& [service, port] : ports) made[service] = {"127.0.0.1", port};
  return made;
}

/// The four services on the world's database.
struct Split {
  World& world = World::shared();
  std::unique_ptr<app::Process> identity = start({Service::identity}, {});
  std::unique_ptr<app::Process> worker = start_worker();
  std::unique_ptr<app::Process> chat = start(
      {Service::chat}, {{Service::identity, identity->service_port()}, {Service::worker, worker->service_port()}});
  std::unique_ptr<app::Process> api = start({Service::api}, {{Service::identity, identity->service_port()}});

  using Settings = std::function<void(app::Config&)>;
  std::unique_ptr<app::Process> start(door::Services services, std::map<Service, uint16_t> others, int port = 0,
                                      const Settings& more = {}) {
    return world.replica([&](app::Config& config) {
      config.services = std::move(services);
      config.others = at(std::move(others));
      config.service_port = port;
      config.threads = 1;
      if (more) more(config);
    });
  }
  std::unique_ptr<app::Process> start_worker(int port = 0, const Settings& more = {}) {
    return start({Service::worker}, {{Service::identity, identity->service_port()}}, port, more);
  }
};

struct Services : ::testing::Test {
  static Split& split() {
    static Split shared;
    return shared;
  }
  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  testing::Shop other = world.add_shop();

  /// What a process says which shows the certificate of `service`, or of an authority in another folder.
  net::Reply ask_as(std::string_view service, uint16_t port, std::string_view of, std::string method,
                    std::string target, std::vector<net::Header> headers, std::string body,
                    std::optional<std::filesystem::path> folder = {}) {
    const auto trusted = must(net::service_credentials(world.config().data, {"test"}));
    net::ClientOptions options;
    options.port = port;
    options.trust = trusted.authority;
    options.service = of;
    if (!service.empty())
      options.own = must(net::service_credentials(folder.value_or(world.config().data), {std::string(service)})).own;
    net::Reply reply;
    world.run([&](identity::Backend&) -> net::Task<void> {
      net::Client client(options);
      auto answer =
          co_await client.request(method == "POST" ? net::Method::post : net::Method::get, target, headers, body);
      // A refused handshake is no answer at all.
      if (answer) reply = *answer;
    });
    return reply;
  }

  net::Reply exchange(std::string_view service, std::vector<net::Header> fields) {
    return ask_as(service, split().identity->service_port(), "identity", "POST", "/internal/token",
                  {{"Content-Type", "application/x-www-form-urlencoded"}}, net::write_query(fields));
  }
  net::Reply exchange(std::string_view service, std::string_view type, std::string token, std::string audience,
                      std::string scope) {
    std::vector<net::Header> fields{{"grant_type", std::string(identity::kExchangeGrant)},
                                    {"subject_token_type", std::string(type)},
                                    {"subject_token", std::move(token)},
                                    {"audience", std::move(audience)}};
    if (!scope.empty()) fields.emplace_back("scope", std::move(scope));
    return exchange(service, std::move(fields));
  }
  static std::string token_in(const net::Reply& reply) { return field(testing::json_of(reply), "access_token"); }
  /// The code of a refusal, its OAuth error before it.
  static std::string refusal(const net::Reply& reply) {
    const auto body = testing::json_of(reply);
    return std::to_string(reply.status) + " " + field(body, "error") + " " + field(body, "code");
  }

  /// SHA-256 of the certificate that a process shows to the other services.
  std::string shown_by(app::Process& process) {
    testing::WireOptions options;
    options.own = must(net::service_credentials(world.config().data, {"test"})).own.certificate;
    return testing::Wire(process.service_port(), options).certificate();
  }
  std::string visitor() { return world.token(*world.sign_in(shop, "visitor")); }
  /// A service token, as chat gets one for a shopper of the shop.
  std::string answer_token() { return token_in(exchange("chat", identity::kTokenType, visitor(), "worker", "answer")); }

  /// A job of the shop's that waits; held so long that no sweep takes it.
  std::string add_job(const testing::Shop& whose) {
    auto shopper = testing::visit(world.port(), whose.name);
    auto socket = testing::open_chat(shopper);
    const std::string conversation = field(socket->await("hello"), "conversation_id");
    // A person has it, so that nobody answers before we say so.
    world.sql().value("UPDATE commerce.conversation SET handler = 'human' WHERE conversation_id = '" + conversation +
                      "'");
    socket->send(testing::say(testing::fresh_id(), "A question"));
    socket->await("ack");
    const std::string job = to_string(JobId::fresh());
    world.sql().value(
        "INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq, not_before) SELECT '" +
        to_string(whose.tenant) + "', '" + job +
        "', visitor_id, 'assistant', conversation_id, 1, now() + interval '1 hour' "
        "FROM commerce.conversation WHERE conversation_id = '" +
        conversation + "'");
    return job;
  }
  net::Reply send_job(std::string_view service, const std::string& token, TenantId path, TenantId body,
                      const std::string& job, std::optional<std::filesystem::path> folder = {}) {
    return ask_as(service, split().worker->service_port(), "worker", "POST",
                  "/internal/tenants/" + to_string(path) + "/jobs",
                  {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
                  R"({"tenant_id":")" + to_string(body) + R"(","job_id":")" + job + "\"}", folder);
  }
  bool is_done(const std::string& job) {
    return world.sql().value("SELECT count(*) FROM work.job WHERE job_id = '" + job + "'") == "0";
  }
};

TEST_F(Services, AnswerAShopperTogether) {
  // The visit is opened at the identity service, the socket at chat, the answer comes from the worker, and the shop
  // reads it at the api.
  auto shopper = testing::visit(split().identity->port(), shop.name);
  shopper.port = split().chat->port();
  auto socket = testing::open_chat(shopper);
  const auto conversation = field(socket->await("hello"), "conversation_id");
  socket->send(testing::say(testing::fresh_id(), "Hello"));
  const auto answer =
      socket->await("message", [](const testing::Frame& f) { return field(f.at("message"), "author") == "assistant"; });
  EXPECT_EQ(field(answer.at("message"), "seq"), "2");
  const auto agent = world.token(*world.sign_in(shop, "agent"));
  const auto read = testing::ask(split().api->port(), "GET", "/v1/conversations/" + conversation + "/messages",
                                 {{"Authorization", "Bearer " + agent}});
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(testing::json_of(read).at("items").as_array().size(), 2u);
}

TEST_F(Services, OpenTheInboxWithATicketThatIdentityGave) {
  const auto agent = world.token(*world.sign_in(shop, "agent"));
  const auto ticket = testing::inbox_ticket(split().identity->port(), agent);
  testing::WireSocket socket(split().chat->port(), "/v1/inbox/socket?ticket=" + ticket);
  ASSERT_EQ(socket.status(), 101);
  socket.await("hello");
  testing::WireSocket again(split().chat->port(), "/v1/inbox/socket?ticket=" + ticket);
  EXPECT_EQ(again.status(), 401) << "a ticket opens one socket";
}

TEST_F(Services, AnswerOnlyWhatIsTheirs) {
  const auto agent = world.token(*world.sign_in(shop, "agent"));
  const std::vector<net::Header> headers{{"Authorization", "Bearer " + agent}};
  EXPECT_EQ(testing::ask(split().api->port(), "GET", "/v1/conversations", headers).status, 200);
  EXPECT_EQ(testing::ask(split().identity->port(), "GET", "/v1/me", headers).status, 200);
  EXPECT_EQ(testing::ask(split().api->port(), "GET", "/v1/me", headers).status, 421);
  EXPECT_EQ(testing::ask(split().identity->port(), "GET", "/v1/conversations", headers).status, 421);
  EXPECT_EQ(testing::ask(split().chat->port(), "GET", "/v1/conversations", headers).status, 421);
  for (const auto* process : {&split().api, &split().chat, &split().identity, &split().worker})
    EXPECT_EQ(testing::ask((*process)->port(), "GET", "/readyz").status, 200);
  EXPECT_EQ(testing::ask(split().api->port(), "POST", "/internal/token").status, 404)
      << "nobody outside reaches what the services ask each other";
}

TEST_F(Services, KnowAnApiTokenAndLetItGoWithItsSession) {
  const auto owner = world.token(*world.sign_in(shop, "owner"));
  const auto made =
      world.call(net::Method::post, "/v1/api-tokens", owner, R"({"name":"till","scopes":["order.read"],"days":1})");
  ASSERT_EQ(made.status, 200);
  const std::vector<net::Header> headers{{"Authorization", "Bearer " + field(testing::json_of(made), "secret")}};
  EXPECT_EQ(testing::ask(split().api->port(), "GET", "/v1/orders", headers).status, 200);
  EXPECT_EQ(testing::ask(split().api->port(), "GET", "/v1/customers", headers).status, 403);
  EXPECT_EQ(
      world.call(net::Method::delete_, "/v1/api-tokens/" + field(testing::json_of(made), "token_id"), owner).status,
      200);
  EXPECT_EQ(testing::ask(split().api->port(), "GET", "/v1/orders", headers).status, 401);
}

TEST_F(Services, DoALeftBehindJobWithTheTokenThatComesWithIt) {
  const auto job = add_job(shop);
  world.sql().value(
      "UPDATE commerce.conversation SET handler = 'assistant' WHERE conversation_id = (SELECT conversation_id FROM "
      "work.job WHERE job_id = '" +
      job + "')");
  // The world's own server sweeps, too; whoever takes it, it is done.
  const int port = split().worker->service_port();
  split().worker.reset();
  world.sql().value("UPDATE work.job SET not_before = now() WHERE job_id = '" + job + "'");
  const auto claimed =
      ask_as("worker", split().identity->service_port(), "identity", "POST", "/internal/jobs/claim",
             {{"Authorization", "Bearer " + token_in(exchange("worker", {{"grant_type", "client_credentials"},
                                                                         {"audience", "identity"},
                                                                         {"scope", "claim"}}))}},
             R"({"at_most":100,"hold_seconds":1})");
  EXPECT_EQ(claimed.status, 200);
  const auto jobs = testing::json_of(claimed);
  for (const auto& one : jobs.at("items").as_array()) {
    const auto pass = exchange("worker", identity::kTokenType, field(one, "token"), "cordon-api", "answer");
    EXPECT_EQ(pass.status, 200) << pass.body;
    EXPECT_EQ(
        must(identity::Verifier(must(identity::Signer::open(world.config().data / "identity"))).verify(token_in(pass)))
            ->role,
        "assistant");
  }
  split().worker = split().start_worker(port);  // where chat looks for it
  EXPECT_TRUE(testing::eventually([&] { return is_done(job); }));
}

// The confused deputy: a service that is talked into using what it holds for one tenant on another's behalf.

TEST_F(Services, RefuseATokenWithAnotherTenantsPathBodyOrJob) {
  const auto mine = add_job(shop), theirs = add_job(other);
  const auto token = answer_token();
  EXPECT_EQ(send_job("chat", token, other.tenant, other.tenant, theirs).status, 403);
  EXPECT_EQ(send_job("chat", token, other.tenant, shop.tenant, mine).status, 403) << "path";
  EXPECT_EQ(send_job("chat", token, shop.tenant, other.tenant, mine).status, 403) << "body";
  EXPECT_EQ(send_job("chat", token, shop.tenant, shop.tenant, theirs).status, 404) << "job";
  EXPECT_FALSE(is_done(theirs));
  EXPECT_FALSE(is_done(mine));
  EXPECT_EQ(send_job("chat", token, shop.tenant, shop.tenant, mine).status, 202) << "and the right one is done";
  EXPECT_TRUE(testing::eventually([&] { return is_done(mine); }));
  EXPECT_EQ(world.sql().value(
                "SELECT count(*) FROM audit.event WHERE action = 'job.accept' AND status = 403 AND tenant_id = '" +
                to_string(shop.tenant) + "' AND role = 'chat'"),
            "3");
}

TEST_F(Services, RefuseATokenThatHasExpiredOrIsForAnotherServiceOrIsNone) {
  const auto job = add_job(shop);
  const auto signer = must(identity::Signer::open(world.config().data / "identity"));
  const auto claims = must(json::parse_object(identity::split_compact(answer_token())->payload));
  const auto with = [&](std::string_view name, boost::json::value value) {
    auto changed = claims;
    changed[name] = std::move(value);
    return identity::sign_compact(*signer, "st+jwt", boost::json::serialize(changed));
  };
  const auto status = [&](const std::string& token) {
    return send_job("chat", token, shop.tenant, shop.tenant, job).status;
  };
  EXPECT_EQ(status(with("exp", now().micros / 1'000'000 - 1)), 401) << "expired";
  EXPECT_EQ(status(with("aud", "identity")), 401) << "of another service";
  EXPECT_EQ(status(with("scope", "claim")), 401) << "of other work";
  EXPECT_EQ(status(visitor()), 401) << "an access token";
  EXPECT_EQ(status(""), 401);
  EXPECT_FALSE(is_done(job));
}

TEST_F(Services, RefuseATokenWithoutTheCertificateThatItWasMadeFor) {
  const auto job = add_job(shop);
  const auto token = answer_token();
  testing::TemporaryFolder elsewhere;
  EXPECT_EQ(send_job("api", token, shop.tenant, shop.tenant, job).status, 401) << "stolen by another service";
  EXPECT_EQ(send_job("", token, shop.tenant, shop.tenant, job).status, 0) << "no certificate: no answer at all";
  EXPECT_EQ(send_job("chat", token, shop.tenant, shop.tenant, job, elsewhere.path()).status, 0) << "another authority";
  EXPECT_FALSE(is_done(job));
}

TEST_F(Services, ExchangeForEachServiceItsOwnOnly) {
  const auto me = visitor();
  const auto owner = world.token(*world.sign_in(shop, "owner"));
  EXPECT_EQ(refusal(exchange("api", identity::kTokenType, me, "worker", "answer")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("worker", identity::kTokenType, me, "worker", "answer")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("chat", identity::kTokenType, me, "identity", "claim")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("api", identity::kTokenType, me, "cordon-api", "")), "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("chat", identity::kApiTokenType, "cordon_x", "cordon-api", "")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("api", identity::kTicketType, "x", "cordon-api", "widget")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(
      refusal(exchange("chat", {{"grant_type", "client_credentials"}, {"audience", "worker"}, {"scope", "answer"}})),
      "400 unauthorized_client forbidden")
      << "for nobody, what is done for somebody";
  EXPECT_EQ(refusal(exchange("worker", identity::kTokenType, me, "identity", "claim")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("chat", identity::kTokenType, owner, "worker", "answer")),
            "400 unauthorized_client forbidden")
      << "an owner has no shopper's work done";
  EXPECT_EQ(refusal(exchange("test", identity::kTokenType, me, "worker", "answer")),
            "400 unauthorized_client forbidden");
}

TEST_F(Services, TurnAServiceTokenIntoAPassForItsAudienceOnly) {
  const auto token = answer_token();
  EXPECT_EQ(refusal(exchange("chat", identity::kTokenType, token, "cordon-api", "answer")),
            "400 unauthorized_client forbidden")
      << "whoever asked for the work may not do it";
  EXPECT_EQ(refusal(exchange("api", identity::kTokenType, token, "cordon-api", "answer")),
            "400 unauthorized_client forbidden");
  EXPECT_EQ(refusal(exchange("worker", identity::kTokenType, visitor(), "cordon-api", "answer")),
            "400 invalid_grant unauthenticated");
  const auto made = token_in(exchange("worker", identity::kTokenType, token, "cordon-api", "answer"));
  EXPECT_EQ(json::text_of(must(json::parse_object(identity::split_compact(made)->payload)), "client_id"), "worker");
  const auto pass =
      must(identity::Verifier(must(identity::Signer::open(world.config().data / "identity"))).verify(made));
  EXPECT_EQ(pass->tenant, shop.tenant);
  EXPECT_EQ(pass->role, "assistant");
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(pass, backend.worker);
    EXPECT_TRUE(co_await scope.knock("conversation.write"));
    EXPECT_FALSE(co_await scope.knock("customer.read"));
  });
}

TEST_F(Services, GiveNothingForASessionThatHasEnded) {
  const auto pass = world.sign_in(shop, "visitor");
  const auto text = world.token(*pass);
  EXPECT_EQ(exchange("chat", identity::kTokenType, text, "cordon-api", "").status, 200);
  world.sql("cordon_identity").value("SELECT door.revoke('" + to_string(pass->session) + "')");
  EXPECT_EQ(refusal(exchange("chat", identity::kTokenType, text, "cordon-api", "")), "400 invalid_grant revoked");
  EXPECT_EQ(refusal(exchange("chat", identity::kTokenType, text, "worker", "answer")), "400 invalid_grant revoked");
}

TEST_F(Services, SayWhatIsWrongWithARequestForAToken) {
  const std::vector<net::Header> good{{"grant_type", std::string(identity::kExchangeGrant)},
                                      {"audience", "worker"},
                                      {"scope", "answer"},
                                      {"subject_token", visitor()},
                                      {"subject_token_type", std::string(identity::kTokenType)}};
  EXPECT_EQ(exchange("chat", good).status, 200);
  auto twice = good;
  twice.emplace_back("audience", "identity");
  EXPECT_EQ(exchange("chat", twice).status, 422);
  auto password = good;
  password[0].second = "password";
  EXPECT_EQ(refusal(exchange("chat", password)), "400 unsupported_grant_type invalid");
  auto saml = good;
  saml[4].second = "urn:ietf:params:oauth:token-type:saml2";
  EXPECT_EQ(refusal(exchange("chat", saml)), "400 invalid_request invalid");
  EXPECT_EQ(
      ask_as("chat", split().identity->service_port(), "identity", "POST", "/internal/token", {}, R"({"a":1})").status,
      415);
}

TEST_F(Services, ClosesTheSocketOfASessionThatEndsInAnotherProcess) {
  auto shopper = testing::visit(split().identity->port(), shop.name);
  shopper.port = split().chat->port();
  auto socket = testing::open_chat(shopper);
  socket->await("hello");
  world.sql().value("SELECT door.revoke(session_id) FROM door.session WHERE subject_id = '" + shopper.visitor_id + "'");
  EXPECT_EQ(socket->await_close_at_once(), 4401);
}

TEST_F(Services, GoOnWithTheCertificatesThatCameMeanwhile) {
  const auto thumbprint = [&] {
    const auto payload = identity::split_compact(answer_token())->payload;
    return std::string(json::text_of(*json::object_of(must(json::parse_object(payload)), "cnf"), "x5t#S256"));
  };
  const auto before = thumbprint();
  // What is gone is made anew, as what is nearly over is.
  for (const char* name : {"chat.pem", "identity.pem", "worker.pem", "api.pem"})
    std::filesystem::remove(world.config().data / "services" / name);
  for (auto* process : {split().identity.get(), split().worker.get(), split().chat.get(), split().api.get()})
    process->renew_certificates();
  EXPECT_NE(thumbprint(), before);
  auto shopper = testing::visit(split().identity->port(), shop.name);
  shopper.port = split().chat->port();
  auto socket = testing::open_chat(shopper);
  socket->await("hello");
  socket->send(testing::say(testing::fresh_id(), "Hello"));
  socket->await("message", [](const testing::Frame& f) { return field(f.at("message"), "author") == "assistant"; });
}

TEST_F(Services, RenewTheirCertificatesByThemselves) {
  const auto process = split().start_worker(0, [](app::Config& config) { config.house_seconds = 1; });
  const std::string before = shown_by(*process);
  std::filesystem::remove(world.config().data / "services" / "worker.pem");
  EXPECT_TRUE(testing::eventually([&] { return shown_by(*process) != before; }));
}

/// No file of this process's can be opened as long as it lives.
struct NoFiles {
  NoFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoFiles() { ::setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before{};
};

TEST_F(Services, ReadAgainACertificateThatCouldNotBeRead) {
  // Of an authority of the operator's own, so that nothing is made anew beside it.
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "worker.pem";
  const auto issue = [&](std::vector<std::string> names) {
    const auto made = must(net::service_credentials(world.config().data, names));
    std::filesystem::copy_file(made.own.certificate, file, std::filesystem::copy_options::overwrite_existing);
    return net::Credentials{{file, file}, made.authority};
  };
  const auto given = issue({"worker"});
  const auto process = split().start_worker(0, [&](app::Config& config) { config.service_credentials = given; });
  const std::string before = shown_by(*process);
  testing::Wire open(process->port());
  ASSERT_EQ(open.ask("GET", "/healthz")->status, 200);
  issue({"worker", "spare"});
  {
    const NoFiles at_the_moment;
    process->reload_certificates();
    // One thread does both, so the answer says that the first is done.
    EXPECT_EQ(open.ask("GET", "/healthz")->status, 200);
  }
  EXPECT_EQ(shown_by(*process), before);
  process->reload_certificates();
  EXPECT_TRUE(testing::eventually([&] { return shown_by(*process) != before; }));
}

TEST(Split, KnowsWhichServicesGoTogether) {
  app::Config config;
  EXPECT_TRUE(app::check_services(config)) << "all in one process";
  config.services = {Service::api};
  EXPECT_FALSE(app::check_services(config));
  config.others = at({{Service::identity, 1}});
  EXPECT_TRUE(app::check_services(config));
  config.services = {Service::chat};
  EXPECT_FALSE(app::check_services(config));
  config.others = at({{Service::identity, 1}, {Service::worker, 1}});
  EXPECT_TRUE(app::check_services(config));
  config.services = {Service::chat, Service::identity};
  EXPECT_FALSE(app::check_services(config));
}

TEST(Split, TellsTheEdgeWhoAnswersWhichPath) {
  const auto routes = app::declare_routes();
  const std::string table = app::edge_table(routes);
  for (const auto& route : routes.all()) {
    std::string path;
    for (const auto& segment : route.segments)
      path += "/" + (segment.starts_with('{') ? to_string(new_uuid()) : segment);
    std::string named = "api";
    std::istringstream lines(table);
    for (std::string pattern, service; lines >> pattern >> service;)
      if (std::regex_match(path, std::regex(pattern))) named = service;
    EXPECT_EQ(named, route.service ? to_string(*route.service) : "api") << path;
  }
}

}  // namespace
}  // namespace cordon
