#include "app/operator.h"

#include <cstdio>

#include "app/key_commands.h"
#include "app/signals.h"
#include "base/log.h"
#include "identity/own_passes.h"

namespace cordon::app {

namespace {

/// Makes a key file, or a token's first key, only for a database that has no keys yet: a new one would open none of
/// them, and hide that the right one is missing. Without it, a shop can still be stopped.
Result<std::unique_ptr<keys::Kms>> open_kms(const Database& database, const Config& config) {
  auto fits = check_keys(database, config);
  if (fits) return keys::open_kms(config.kms, config.data);
  if (fits.error().code != Code::not_found) return std::unexpected(fits.error());
  log::error("the keys are out of reach", {{"why", fits.error().detail}});
  return keys::no_kms(fits.error().detail);
}

/// Runs `work` to its end on `reactor`, on this thread; throws what it throws.
Result<Done> run_on(net::Reactor& reactor, const std::function<net::Task<Result<Done>>()>& work) {
  Result<Done> result = fail(Code::internal, "nothing ran");
  std::exception_ptr thrown;
  auto run = [&]() -> net::Task<void> {
    try {
      result = co_await work();
    } catch (...) {
      thrown = std::current_exception();
    }
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(run()); });
  reactor.run();
  if (thrown) std::rethrow_exception(thrown);
  return result;
}

}  // namespace

int complain(const Error& error) {
  std::fprintf(stderr, "cordon: %s\n", error.detail.c_str());
  return 1;
}

Result<Done> run_alone(std::function<net::Task<Result<Done>>()> work) {
  net::Reactor reactor;
  return run_on(reactor, work);
}

Result<Done> check_keys(const Database& database, const Config& config) {
  const auto kms = keys::open_kms(config.kms, config.data, false);
  if (kms) return Done{};
  if (kms.error().code != Code::not_found) return std::unexpected(kms.error());
  const auto wrapped = has_wrapped_keys(database.conninfo("cordon_identity"));
  if (!wrapped) return std::unexpected(wrapped.error());
  if (!*wrapped) return Done{};
  return fail(Code::not_found, kms.error().detail + ", and this database's keys were wrapped by another one (--kms)");
}

Result<Done> operate(const Database& database, const Config& config,
                     std::function<net::Task<Result<Done>>(identity::Backend&)> work) {
  keys::guard_memory(1);
  auto signer = identity::Signer::open(config.data / "identity");
  if (!signer) return std::unexpected(signer.error());
  auto kms = open_kms(database, config);
  if (!kms) return std::unexpected(kms.error());
  net::Reactor reactor;
  keys::Keyring keyring(std::move(*kms), config.keys, audit::record_kms_ask);
  keyring.settle();
  db::Pool api(database.conninfo("cordon_api"), {2}), visitor(database.conninfo("cordon_visitor"), {2}),
      worker(database.conninfo("cordon_worker"), {4}), identities(database.conninfo("cordon_identity"), {2}),
      audits(database.conninfo("cordon_audit"), {1});
  identity::Identity identity(identities, *signer);
  audit::GroupCommit commits;
  audit::Recorder recorder(audits, commits);
  recorder.settle();
  Limiter limiter(1e9);
  identity::ApiTokens api_tokens(identities, identity, limiter);
  identity::OwnPasses passes(identity, api_tokens);
  identity::Backend backend{api, visitor, worker, passes, identity, recorder, limiter, limiter, identities};
  return run_on(reactor, [&]() -> net::Task<Result<Done>> {
    auto told = co_await keyring.kms().tell();
    if (!told) co_return told;
    auto done = co_await work(backend);
    co_await recorder.told();
    co_return done;
  });
}

int operate_on(const Config& config, std::function<net::Task<Result<Done>>(identity::Backend&)> work) {
  block_signals({SIGINT, SIGTERM});
  auto database = Database::attach(config);
  if (!database) return complain(database.error());
  auto done = operate(*database, config, std::move(work));
  return done ? 0 : complain(done.error());
}

int operate_on_shop(const Config& config, const std::optional<std::string>& shop,
                    std::function<net::Task<Result<Done>>(identity::Backend&, std::optional<TenantId>)> work) {
  return operate_on(config, [=](identity::Backend& backend) -> net::Task<Result<Done>> {
    std::optional<TenantId> tenant;
    if (shop) {
      auto found = co_await backend.identity.find_shop(*shop);
      if (!found) co_return std::unexpected(found.error());
      if (!*found) co_return fail(Code::not_found, "there is no shop `" + *shop + "`");
      tenant = **found;
    }
    co_return co_await work(backend, tenant);
  });
}

}  // namespace cordon::app
