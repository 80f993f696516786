#include "app/process.h"

#include <boost/json/serialize.hpp>

#include <future>

#include "app/pages.h"
#include "base/log.h"
#include "chat/chat_routes.h"
#include "commerce/routes.h"
#include "identity/access_routes.h"
#include "identity/identity_routes.h"
#include "identity/member_routes.h"
#include "shopify/shopify_routes.h"
#include "staff/staff_routes.h"

namespace cordon::app {

using namespace std::chrono_literals;
using door::AuditAction;
using door::Call;
using door::Rate;
using net::Method;

/// One reactor's thread with everything that it alone uses.
struct Process::Worker {
  Worker(const Config& config, const Conninfo& conninfo, std::shared_ptr<identity::Signer> signer,
         identity::Proofs& proofs, staff::Shared& shared_by_staff)
      : api(conninfo("cordon_api"), shared(options(config, 1))),
        visitor(conninfo("cordon_visitor"), options(config, 1)),
        worker(conninfo("cordon_worker"), options(config, 2)),
        identities(conninfo("cordon_identity"), options(config, 2)),
        audits(conninfo("cordon_audit"), options(config, 6)),
        identity(identities, signer, config.seal_seconds, config.idle),
        staff(identity, shared_by_staff),
        recorder(audits),
        limiter(config.rate_scale),
        api_tokens(identities, identity, limiter),
        grants(identities, identity),
        station{{api, visitor, worker, identity, recorder, limiter, identities},
                identity::Verifier(signer),
                proofs,
                api_tokens,
                grants,
                &staff} {}

  static db::PoolOptions options(const Config& config, int share) {
    db::PoolOptions made;
    made.connections = std::max(1, config.connections / share);
    return made;
  }

  /// A shop's people may read side by side on one connection; its shoppers, who are strangers to each other, may not.
  static db::PoolOptions shared(db::PoolOptions made) {
    made.depth = 8;
    return made;
  }

  net::Reactor reactor;
  db::Pool api, visitor, worker, identities, audits;
  identity::Identity identity;
  staff::Staff staff;
  audit::Recorder recorder;
  Limiter limiter;
  identity::ApiTokens api_tokens;
  identity::SupportGrants grants;
  Station station;
  std::unique_ptr<chat::Answering> answering;
  std::thread thread;
};

namespace {

/// Whether the database answers: an audit event is the one thing that every request needs.
net::Task<Result<Done>> check(Station& station) { return station.backend.identity.answers(); }

struct Health {
  std::string status = "ok";
  std::string version = CORDON_VERSION;
};
CORDON_TYPE(Health, status, version)

thread_local Station* current_station = nullptr;

net::Task<void> watch(std::vector<db::Pool*> pools, std::atomic<bool>& stopping) {
  while (!stopping) {
    for (int tick = 0; tick < 4 && !stopping; ++tick) co_await net::sleep(250ms);
    for (db::Pool* pool : pools) pool->watch();
  }
}

/// What one reactor does for the whole process.
net::Task<void> keep_house(identity::Identity& identity, staff::Staff& staff, identity::Signer& signer,
                           db::Pool& identities, std::atomic<bool>& stopping) {
  std::string trouble;
  for (int second = 0; !stopping; ++second) {
    const auto kept = co_await signer.keep(identities);
    const std::string why = kept ? std::string() : kept.error().detail;
    // Once a change, not once a second.
    if (why != trouble) {
      if (kept) log::info("signing keys are kept again");
      else log::error("signing keys cannot be kept: the next may not be announced in time", {{"why", why}});
    }
    trouble = why;
    for (int tick = 0; tick < 4 && !stopping; ++tick) co_await net::sleep(250ms);
    // First a second after the start, since nobody has swept while the server was away; then once a minute.
    if (second % 60 != 0 || stopping) continue;
    co_await identity.sweep();
    co_await staff.sweep();
  }
}

}  // namespace

door::Routes declare_routes(const Wiring& wiring) {
  door::Routes routes;
  const auto here = wiring.here;
  chat::Live* live = wiring.live;
  identity::add_identity_routes(
      routes, [here]() -> identity::Identity& { return here().backend.identity; }, wiring.signer, wiring.proofs);
  identity::add_api_token_routes(routes, [here]() -> identity::ApiTokens& { return here().api_tokens; });
  identity::add_support_grant_routes(
      routes, [here]() -> identity::SupportGrants& { return here().grants; }, wiring.signer,
      [here](const door::Pass& pass) { return here().staff->fresh(pass); });
  staff::add_staff_routes(routes, [here]() -> staff::Staff& { return *here().staff; });
  commerce::add_routes(routes,
                       [live](TenantId tenant, ConversationId conversation) { live->changed(tenant, conversation); });
  const auto backend = [here]() -> identity::Backend& { return here().backend; };
  identity::add_member_routes(routes, backend);
  chat::add_chat_routes(routes, backend, *live);
  shopify::add_routes(routes, {backend, wiring.shopify, wiring.box});
  routes.add<Nothing, Health>({Method::get, "/healthz", door::kAnyone, AuditAction("health.read"), Rate::read,
                               "healthz", "Whether the process lives"},
                              [](Call&, Nothing) -> net::Task<Result<Health>> { co_return Health{}; });
  routes.add<Nothing, Health>({Method::get, "/readyz", door::kAnyone, AuditAction("health.read"), Rate::read, "readyz",
                               "Whether the process can answer: its database does"},
                              [here](Call&, Nothing) -> net::Task<Result<Health>> {
                                auto able = co_await check(here());
                                if (!able) co_return std::unexpected(able.error());
                                co_return Health{};
                              });
  auto document = std::make_shared<std::string>();
  routes.add_raw<Nothing>(
      {Method::get, "/v1/openapi.json", door::kAnyone, AuditAction("api.read"), Rate::read, "openapi", "This document"},
      [document](Call&, Nothing) -> net::Task<Result<net::Response>> {
        net::Response response;
        response.fixed = *document;
        co_return response;
      });
  *document = boost::json::serialize(routes.openapi());
  return routes;
}

std::unique_ptr<staff::Shared> share_staff(const Config& config, std::function<uint16_t()> port) {
  auto vault = staff::Vault::open(config.staff_key.empty() ? config.data / "identity" / "staff-key" : config.staff_key);
  if (!vault) throw std::runtime_error(vault.error().detail);
  auto shared = std::make_unique<staff::Shared>();
  shared->vault = *vault;
  shared->mail = {config.smtp_url, config.smtp_user, config.smtp_password_file, config.smtp_from};
  shared->origin = [url = config.public_url, port = std::move(port)] {
    return url.empty() ? "https://localhost:" + std::to_string(port()) : url;
  };
  return shared;
}

Process::Process(const Config& config, Conninfo conninfo) : config_(config) {
  auto signer = identity::Signer::open(config.data / "identity");
  if (!signer) throw std::runtime_error(signer.error().detail);
  signer_ = *signer;
  staff_ = share_staff(config, [this] { return port_.load(); });
  const int threads =
      config.threads > 0 ? config.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<net::Reactor*> reactors;
  for (int i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(config, conninfo, signer_, proofs_, *staff_));
    reactors.push_back(&workers_.back()->reactor);
  }
  hub_ = std::make_unique<chat::Hub>(reactors);
  bus_ = std::make_unique<chat::Bus>(*hub_, *reactors[0], conninfo("cordon_monitor"));
  live_ = std::make_unique<chat::Live>(chat::Live{*hub_, {}});
  live_->answer = [this](TenantId tenant, JobId job, ConversationId conversation, int64_t after_seq) {
    here().answering->add({tenant, job, conversation, after_seq});
  };
  auto app = shopify::open_app(config.shopify);
  if (!app) throw std::runtime_error(app.error().detail);
  routes_ = declare_routes({[]() -> Station& { return *current_station; }, live_.get(), signer_, &proofs_, *app,
                            std::make_shared<shopify::PlainTokenBox>()});
  gateway_ = std::make_unique<Gateway>(routes_, []() -> Station& { return *current_station; });

  net::ServerOptions options;
  options.address = config.address;
  options.port = static_cast<uint16_t>(config.port);
  if (config.certificate.empty()) {
    auto made = net::self_signed(config.data);
    if (!made) throw std::runtime_error(made.error().detail);
    options.tls = *made;
  } else {
    options.tls = {config.certificate, config.key};
  }
  for (auto& worker : workers_) {
    worker->answering = std::make_unique<chat::Answering>(worker->station.backend, *live_);
    worker->thread = std::thread([w = worker.get()] {
      current_station = &w->station;
      w->reactor.run();
    });
    run(*worker, worker == workers_.front());
  }
  bus_->start();
  server_ = std::make_unique<net::Server>(options, reactors, [this](net::Request& request) { return handle(request); });
  port_ = server_->port();
}

void Process::run(Worker& worker, bool first) {
  worker.reactor.post([this, w = &worker, first] {
    const std::vector<db::Pool*> pools{&w->api, &w->visitor, &w->worker, &w->identities, &w->audits};
    w->reactor.spawn(watch(pools, stopping_));
    if (!first) return;
    w->reactor.spawn(keep_house(w->identity, w->staff, *signer_, w->identities, stopping_));
    w->reactor.spawn(w->answering->sweep());
  });
}

Process::~Process() { drain(10s); }

void Process::drain(std::chrono::milliseconds limit) {
  if (stopping_.exchange(true)) return;
  const auto until = std::chrono::steady_clock::now() + limit;
  if (server_) server_->drain(limit);
  bus_->stop();
  for (auto& worker : workers_) worker->reactor.post([w = worker.get()] { w->answering->stop(); });
  for (auto& worker : workers_) {
    // A reactor counts its own coroutines; ask it until none is left.
    for (std::atomic<int> left{1}; left > 0 && std::chrono::steady_clock::now() < until;) {
      std::atomic<bool> answered{false};
      worker->reactor.post([&, w = worker.get()] {
        left = w->reactor.running();
        answered = true;
      });
      while (!answered) std::this_thread::sleep_for(1ms);
      if (left > 0) std::this_thread::sleep_for(5ms);
    }
    worker->reactor.stop();
    worker->thread.join();
  }
}

uint16_t Process::port() const { return server_->port(); }

Process::Worker& Process::here() {
  for (auto& worker : workers_)
    if (&worker->station == current_station) return *worker;
  std::abort();
}

net::Task<net::Response> Process::handle(net::Request& request) {
  if (auto found = page(request, config_.demo)) co_return std::move(*found);
  co_return co_await gateway_->handle(request);
}

Result<Done> Process::ready(std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    std::promise<Result<Done>> asked;
    Worker& first = *workers_.front();
    first.reactor.post([&] {
      first.reactor.spawn([](Worker& w, std::promise<Result<Done>>& p) -> net::Task<void> {
        p.set_value(co_await check(w.station));
      }(first, asked));
    });
    auto answer = asked.get_future().get();
    if (answer || std::chrono::steady_clock::now() > until) return answer;
    std::this_thread::sleep_for(200ms);
  }
}

}  // namespace cordon::app
