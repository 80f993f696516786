#include "app/export_commands.h"

#include <cstdio>

#include "audit/log_key.h"
#include "audit/sealed_export.h"
#include "identity/transactions.h"
#include "net/workers.h"

namespace cordon::app {

namespace {

/// What signs an export: the log's key.
net::Task<Result<keys::SigningKey>> signer_of_exports(identity::Backend& backend) {
  auto store = backend.recorder.log();
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  co_return co_await audit::log_key(backend.identities, identity::kPlatform, log->key.name);
}

audit::Event export_event(const audit::Export& wanted) {
  return audit::by_operator("audit.export", wanted.tenant.value_or(identity::kPlatform), {});
}

void say_exported(const std::string& where, const audit::Exported& done) {
  std::printf("exported %s: events=%lld, proved=%lld\n", where.c_str(), static_cast<long long>(done.events),
              static_cast<long long>(done.proved));
}

}  // namespace

net::Task<Result<Done>> export_to_folder(identity::Backend& backend, audit::Export wanted) {
  auto key = co_await signer_of_exports(backend);
  if (!key) co_return std::unexpected(key.error());
  const std::string folder = wanted.folder.string();
  auto event = export_event(wanted);
  auto done =
      co_await audit::export_events(backend.identities, backend.recorder, *key, std::move(event), std::move(wanted));
  if (!done) co_return std::unexpected(done.error());
  say_exported("to " + folder, *done);
  co_return Done{};
}

net::Task<Result<Done>> export_to_store(identity::Backend& backend, audit::Export wanted, std::string url) {
  net::Workers workers(1, 1);
  auto store = keys::open_store(url, workers);
  if (!store) co_return std::unexpected(store.error());
  auto key = co_await signer_of_exports(backend);
  if (!key) co_return std::unexpected(key.error());
  auto event = export_event(wanted);
  const EventId id = event.id;
  auto done = co_await audit::seal_export(backend.identities, backend.recorder, *key, std::move(event),
                                          std::move(wanted), **store);
  if (!done) co_return std::unexpected(done.error());
  say_exported("as " + to_string(id), *done);
  co_return Done{};
}

net::Task<Result<Done>> fetch_to_folder(identity::Backend& backend, std::string url, std::string id,
                                        std::string folder) {
  const auto wanted = EventId::parse(id);
  if (!wanted) co_return fail(Code::invalid, "`" + id + "` is no export's id");
  net::Workers workers(1, 1);
  auto store = keys::open_store(url, workers);
  if (!store) co_return std::unexpected(store.error());
  const std::filesystem::path path = folder;
  auto events = co_await audit::fetch_export(backend.identities, backend.recorder, **store, *wanted, path);
  if (!events) co_return std::unexpected(events.error());
  std::printf("fetched to %s: events=%lld\n", folder.c_str(), static_cast<long long>(*events));
  co_return Done{};
}

net::Task<Result<Done>> print_exports(identity::Backend& backend) {
  auto exports = co_await audit::sealed_exports(backend.identities);
  if (!exports) co_return std::unexpected(exports.error());
  for (const audit::SealedExport& one : *exports)
    std::printf("%s  %s  %s  events=%lld\n", to_string(one.id).c_str(), to_string(one.made_at).c_str(),
                one.tenant ? to_string(*one.tenant).c_str() : "everybody's", static_cast<long long>(one.events));
  co_return Done{};
}

}  // namespace cordon::app
