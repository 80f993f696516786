#include "app/operator.h"

#include "identity/own_passes.h"
#include "keys/keyring.h"

namespace cordon::app {

Result<Done> operate(const Database& database, const Config& config,
                     std::function<net::Task<Result<Done>>(identity::Backend&)> work) {
  auto signer = identity::Signer::open(config.data / "identity");
  if (!signer) return std::unexpected(signer.error());
  auto kms = keys::open_kms(config.kms, config.data);
  if (!kms) return std::unexpected(kms.error());
  Result<Done> result = fail(Code::internal, "nothing ran");
  net::Reactor reactor;
  keys::Keyring keyring(std::move(*kms), config.keys);
  keyring.settle();
  db::Pool api(database.conninfo("cordon_api"), {2}), visitor(database.conninfo("cordon_visitor"), {2}),
      worker(database.conninfo("cordon_worker"), {4}), identities(database.conninfo("cordon_identity"), {2}),
      audits(database.conninfo("cordon_audit"), {1});
  identity::Identity identity(identities, *signer);
  audit::Recorder recorder(audits);
  Limiter limiter(1e9);
  identity::ApiTokens api_tokens(identities, identity, limiter);
  identity::OwnPasses passes(identity, api_tokens);
  identity::Backend backend{api, visitor, worker, passes, identity, recorder, limiter, identities};
  std::exception_ptr thrown;
  auto run = [&]() -> net::Task<void> {
    try {
      result = co_await work(backend);
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

}  // namespace cordon::app
