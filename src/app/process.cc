#include "app/process.h"

#include <future>

#include "app/key_commands.h"
#include "app/pages.h"
#include "audit/log_key.h"
#include "audit/sequencer.h"
#include "base/log.h"
#include "chat/job_routes.h"

namespace cordon::app {

using namespace std::chrono_literals;
using door::Service;

namespace {

net::Task<void> watch(std::vector<db::Pool*> pools, std::atomic<bool>& stopping) {
  while (!stopping) {
    for (int tick = 0; tick < 4 && !stopping; ++tick) co_await net::sleep(250ms);
    for (db::Pool* pool : pools) pool->watch();
  }
}

/// What only one reactor of the process does, now and then.
net::Task<Result<Done>> sweep(Station& station) {
  if (!station.staff) co_return Done{};
  co_await station.backend.identity.sweep();
  co_await station.staff->sweep();
  auto keeper = custodian(station.backend);
  auto tended = co_await keeper.tend();
  // A minute's share of what takes longer: some 100,000 rows.
  auto reclosed = co_await go_on_reclosing(station.backend, 200);
  co_return tended ? reclosed : tended;
}

/// Says what is wrong once a change, not once a second.
void log_change(std::string& trouble, const Result<Done>& done, std::string_view bad, std::string_view good) {
  const std::string why = done ? std::string() : done.error().detail;
  if (why != trouble && done) log::info(good);
  if (why != trouble && !done) log::error(bad, {{"why", why}});
  trouble = why;
}

std::unique_ptr<audit::Witnesses> witnesses_of(const Config& config, audit::LogStore log) {
  if (config.witnesses.empty()) return nullptr;
  auto policy = audit::Policy::read(config.witnesses);
  if (!policy) throw std::runtime_error(policy.error().detail);
  audit::WitnessOptions options;
  options.trust = config.witness_trust;
  return std::make_unique<audit::Witnesses>(std::move(*policy), std::move(log), options);
}

/// Asks the worker service from one that is not the worker: a job that cannot be handed over is claimed later.
net::Task<void> hand_over(Station& station, identity::PassPtr pass, JobId job) {
  const TenantId tenant = pass->tenant;
  Result<Done> handed = Done{};
  if (station.answering) {
    auto token = co_await station.remote->service_token(std::move(pass), identity::kAnswer);
    if (token) station.answering->add({tenant, job, std::move(*token)});
    else handed = std::unexpected(token.error());
  } else {
    handed = co_await chat::ask_worker(*station.services, *station.remote, std::move(pass), job);
  }
  if (!handed)
    log::warn("a job was not handed over", {{"job", to_string(job)}, {"code", info(handed.error().code).name}});
}

/// Makes what days of the audit log lack. Over a connection of its own, since the one may wait and the other last.
net::Task<Result<Done>> make_days(std::string conninfo, const std::atomic<bool>& stopping) {
  auto connection = co_await db::Connection::open(std::move(conninfo));
  if (!connection) co_return std::unexpected(connection.error());
  audit::LogStore log(audit::through(**connection));
  auto prepared = co_await log.prepare_partitions();
  Result<bool> more = true;
  while (more && *more && !stopping) more = co_await log.index_past_day();
  if (!more) co_return std::unexpected(more.error());
  co_return prepared;
}

std::array<FileStamp, 3> stamps_of(const net::Credentials& files) {
  return {stamp_of(files.own.certificate), stamp_of(files.own.key), stamp_of(files.authority)};
}

}  // namespace

std::unique_ptr<staff::Shared> share_staff(const Config& config, std::function<uint16_t()> port) {
  auto shared = std::make_unique<staff::Shared>();
  shared->mail = {config.smtp_url, config.smtp_user, config.smtp_password_file, config.smtp_from};
  shared->origin = [url = config.public_url, port = std::move(port)] {
    return url.empty() ? "https://localhost:" + std::to_string(port()) : url;
  };
  return shared;
}

Result<net::Credentials> service_credentials(const Config& config) {
  if (config.service_credentials) return *config.service_credentials;
  std::vector<std::string> names;
  for (const Service service : config.services) names.emplace_back(to_string(service));
  return net::service_credentials(config.data, names);
}

Process::Process(const Config& config, Conninfo conninfo) {
  shared_.config = config;
  shared_.conninfo = std::move(conninfo);
  shared_.addresses.emplace(config.rate_scale);
  if (shared_.is(Service::identity)) {
    auto signer = identity::Signer::open(config.data / "identity");
    if (!signer) throw std::runtime_error(signer.error().detail);
    shared_.signer = *signer;
    shared_.keys = *signer;
    shared_.staff = share_staff(config, [this] { return port_.load(); });
  } else {
    shared_.keys = std::make_shared<identity::KeySet>();
  }
  if (config.services != door::all_services() || config.service_port >= 0 || config.behind_edge) {
    auto credentials = service_credentials(config);
    if (!credentials) throw std::runtime_error(credentials.error().detail);
    shared_.credentials = *credentials;
    certificates_of_ = stamps_of(*credentials);
  }
  start_threads();
  start_servers();
}

void Process::start_threads() {
  const int wanted = shared_.config.threads;
  const int threads = wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<net::Reactor*> reactors;
  for (int i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<Thread>(shared_));
    reactors.push_back(&threads_.back()->reactor);
  }
  if (shared_.is(Service::identity))
    witnesses_ = witnesses_of(shared_.config, threads_.front()->station.backend.recorder.log());
  hub_ = std::make_unique<chat::Hub>(reactors);
  hub_->keys_ended = [this] {
    for (auto& thread : threads_) thread->reactor.post([] { keys::Keyring::current().forget_all(); });
  };
  bus_ = std::make_unique<chat::Bus>(*hub_, *reactors[0], shared_.conninfo("cordon_monitor"));
  live_ = std::make_unique<chat::Live>(chat::Live{*hub_, {}});
  live_->answer = [this](const identity::PassPtr& pass, JobId job) { have_answered(pass, job); };
  for (auto& thread : threads_) {
    if (shared_.is(Service::worker))
      thread->answering = std::make_unique<chat::Answering>(thread->station.backend, *live_);
    thread->start();
    run(*thread, thread == threads_.front());
  }
  bus_->start();
}

void Process::start_servers() {
  const Config& config = shared_.config;
  auto app = shopify::open_app(config.shopify);
  if (!app) throw std::runtime_error(app.error().detail);
  const Wiring wiring{here, live_.get(), shared_.signer, &shared_.proofs, *app};
  routes_ = declare_routes(wiring);
  service_routes_ = declare_service_routes(wiring);
  gateway_ = std::make_unique<Gateway>(routes_, config.services, here);
  service_gateway_ = std::make_unique<ServiceGateway>(service_routes_, config.services, shared_.keys,
                                                      []() -> audit::Recorder& { return here().backend.recorder; });
  std::vector<net::Reactor*> reactors;
  for (auto& thread : threads_) reactors.push_back(&thread->reactor);

  net::ServerOptions options;
  options.address = config.address;
  options.port = static_cast<uint16_t>(config.port);
  options.connections_of_address = config.connections_of_address;
  if (config.behind_edge) {
    options.tls = shared_.credentials->own;
    options.clients = shared_.credentials->authority;
    options.forwarded = true;
  } else if (config.certificate.empty()) {
    auto made = net::self_signed(config.data);
    if (!made) throw std::runtime_error(made.error().detail);
    options.tls = *made;
  } else {
    options.tls = {config.certificate, config.key};
  }
  server_ = std::make_unique<net::Server>(options, reactors, [this](net::Request& request) { return handle(request); });
  port_ = server_->port();
  threads_.front()->reactor.post([this] { threads_.front()->reactor.spawn(watch_certificate()); });
  if (config.service_port < 0) return;
  net::ServerOptions service;
  service.address = config.service_address;
  service.port = static_cast<uint16_t>(config.service_port);
  service.tls = shared_.credentials->own;
  service.clients = shared_.credentials->authority;
  service_server_ = std::make_unique<net::Server>(
      service, reactors, [this](net::Request& request) { return service_gateway_->handle(request); });
}

void Process::have_answered(const identity::PassPtr& pass, JobId job) {
  Station& station = here();
  if (shared_.is(Service::identity)) return station.answering->add({pass->tenant, job, {}});
  net::Reactor::current().spawn(hand_over(station, pass, job));
}

void Process::run(Thread& thread, bool first) {
  thread.reactor.post([this, t = &thread, first] {
    t->reactor.spawn(watch(t->pools(), stopping_));
    if (!first) return;
    t->reactor.spawn(keep_house(*t));
    t->reactor.spawn(sweep_each_minute(*t));
    if (t->answering) t->reactor.spawn(t->answering->sweep());
    if (!shared_.is(Service::identity)) return;
    t->reactor.spawn(grow_log(*t));
    t->reactor.spawn(keep_days());
  });
}

net::Task<void> Process::keep_house(Thread& thread) {
  Station& station = thread.station;
  std::string trouble;
  for (int second = 0; !stopping_; ++second) {
    Result<Done> kept = Done{};
    if (shared_.signer) kept = co_await net::caught(shared_.signer->keep(station.backend.identities));
    else kept = co_await net::caught(identity::learn_keys(*station.services, *shared_.keys));
    log_change(trouble, kept, "signing keys cannot be kept", "signing keys are kept again");
    for (int tick = 0; tick < 4 && !stopping_; ++tick) co_await net::sleep(250ms);
    if (shared_.credentials && second > 0 && second % shared_.config.house_seconds == 0 && !stopping_)
      renew_certificates();
  }
}

net::Task<void> Process::sweep_each_minute(Thread& thread) {
  // First a second after the start, since nobody has swept while the server was away.
  for (int second = 0; !stopping_; ++second) {
    for (int tick = 0; tick < 4 && !stopping_; ++tick) co_await net::sleep(250ms);
    if (second % shared_.config.house_seconds != 0 || stopping_) continue;
    auto swept = co_await net::caught(sweep(thread.station));
    if (!swept) log::error("keys cannot be kept", {{"why", swept.error().detail}});
  }
}

net::Task<void> Process::keep_days() {
  std::string trouble;
  for (std::chrono::steady_clock::time_point next; !stopping_;) {
    if (std::chrono::steady_clock::now() > next) {
      auto made = co_await net::caught(make_days(shared_.conninfo("cordon_audit"), stopping_));
      log_change(trouble, made, "days of the audit log cannot be made", "days of the audit log are made again");
      next = std::chrono::steady_clock::now() + (made ? 60min : 1min);
    }
    co_await net::sleep(250ms);
  }
}

net::Task<void> Process::grow_log(Thread& thread) {
  db::Pool& identities = thread.station.backend.identities;
  audit::Memory memory(audit::memory_file(shared_.config.data));
  audit::Sequencer sequencer(
      shared_.conninfo("cordon_audit"),
      [this, &identities] { return audit::log_key(identities, identity::kPlatform, shared_.config.log_origin); },
      memory);
  if (witnesses_) {
    sequencer.on_checkpoint = [this](const std::string& note) { witnesses_->offer(note); };
    thread.reactor.spawn(witnesses_->run());
  }
  std::string trouble, forgetting, keeping;
  for (std::chrono::steady_clock::time_point next_letting_go; !stopping_;) {
    const auto now = std::chrono::steady_clock::now();
    auto sealed = co_await net::caught(sequencer.round());
    const Result<Done> grown = sealed ? Result<Done>(Done{}) : std::unexpected(sealed.error());
    log_change(trouble, grown, "the audit log does not grow", "the audit log grows again");
    auto kept = co_await net::caught(memory.keep(false));
    log_change(forgetting, kept, "the audit log's last checkpoint cannot be kept", "the last checkpoint is kept again");
    if (sealed && now > next_letting_go) {
      auto gone = co_await net::caught(sequencer.let_go());
      const Result<Done> let_go = gone ? Result<Done>(Done{}) : std::unexpected(gone.error());
      log_change(keeping, let_go, "audit events are not let go", "audit events are let go again");
      if (!gone) next_letting_go = now + 1min;
    }
    co_await net::sleep(sequencer.pause());
  }
  auto kept = co_await memory.keep(true);
  log_change(forgetting, kept, "the audit log's last checkpoint cannot be kept", "the last checkpoint is kept again");
  if (witnesses_) witnesses_->stop();
}

void Process::renew_certificates() {
  auto credentials = service_credentials(shared_.config);
  if (!credentials)
    return log::error("the services' certificates were not renewed", {{"why", credentials.error().detail}});
  const auto now = stamps_of(*credentials);
  if (now == certificates_of_) return;
  certificates_of_ = now;
  // What does not do is logged, the old ones stay in use, and the next call tries again.
  for (net::Server* server : {service_server_.get(), shared_.config.behind_edge ? server_.get() : nullptr})
    if (server && !server->reload()) certificates_of_ = {};
  for (auto& thread : threads_)
    thread->reactor.post([this, station = &thread->station, files = *credentials] {
      if (!station->services->renew(files)) threads_.front()->reactor.post([this] { certificates_of_ = {}; });
    });
}

void Process::reload_certificates() {
  threads_.front()->reactor.post([this] {
    if (shared_.credentials) renew_certificates();
    if (server_->reload()) log::info("the certificate was read again");
  });
}

net::Task<void> Process::watch_certificate() {
  while (!stopping_) {
    for (int tick = 0; tick < 4 && !stopping_; ++tick) co_await net::sleep(250ms);
    // What does not do is logged once, and the one before goes on.
    if (!stopping_) static_cast<void>(server_->refresh());
  }
}

Process::~Process() {
  drain(10s);
  shared_.staff.reset();  // before the reactors: its threads resume coroutines on them
}

void Process::drain(std::chrono::milliseconds limit) {
  if (stopping_.exchange(true)) return;
  const auto until = std::chrono::steady_clock::now() + limit;
  if (server_) server_->drain(limit);
  bus_->stop();
  for (auto& thread : threads_)
    if (thread->answering) thread->reactor.post([t = thread.get()] { t->answering->stop(); });
  // Last, for what was under way may have asked it.
  if (service_server_)
    service_server_->drain(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max<std::chrono::steady_clock::duration>(until - std::chrono::steady_clock::now(), 0ms)));
  for (auto& thread : threads_) {
    // A reactor counts its own coroutines; ask it until none is left.
    for (std::atomic<int> left{1}; left > 0 && std::chrono::steady_clock::now() < until;) {
      std::atomic<bool> answered{false};
      thread->reactor.post([&, t = thread.get()] {
        left = t->reactor.running();
        answered = true;
      });
      while (!answered) std::this_thread::sleep_for(1ms);
      if (left > 0) std::this_thread::sleep_for(5ms);
    }
    thread->reactor.stop();
    thread->thread.join();
  }
}

uint16_t Process::port() const { return server_->port(); }
uint16_t Process::service_port() const { return service_server_ ? service_server_->port() : 0; }

net::Task<net::Response> Process::handle(net::Request& request) {
  if (shared_.is(Service::api))
    if (auto found = page(request, shared_.config.demo)) co_return std::move(*found);
  co_return co_await gateway_->handle(request);
}

Result<Done> Process::ready(std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    std::promise<Result<Done>> asked;
    Thread& first = *threads_.front();
    first.reactor.post([&] {
      first.reactor.spawn([](Process& self, Station& station, std::promise<Result<Done>>& p) -> net::Task<void> {
        auto able = co_await station.backend.recorder.answers();
        if (able && !self.shared_.signer) able = co_await identity::learn_keys(*station.services, *self.shared_.keys);
        p.set_value(able);
      }(*this, first.station, asked));
    });
    auto answer = asked.get_future().get();
    if (answer || std::chrono::steady_clock::now() > until) return answer;
    std::this_thread::sleep_for(200ms);
  }
}

}  // namespace cordon::app
