#include "app/audit_commands.h"

#include <boost/json/object.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "audit/export_format.h"
#include "audit/log_key.h"
#include "audit/tail.h"
#include "audit/tile_sources.h"

namespace cordon::app {

namespace {

/// A checkpoint from before. Who signed it is not asked: it is this machine's own note of what it has verified.
Result<audit::Checkpoint> read_seen(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto note = in ? audit::Note::parse(text) : fail(Code::not_found, "");
  auto read = note ? audit::Checkpoint::parse(note->text) : std::unexpected(note.error());
  if (!read) return fail(Code::invalid, file + " has no checkpoint");
  return read;
}

/// "https://host:8443/audit" as where to connect and what stands before /checkpoint.
Result<std::pair<net::ClientOptions, std::string>> read_url(const std::string& url, const std::string& trust) {
  const auto bad = fail(Code::invalid, "`" + url + "` is no log's address, such as https://log.example/audit");
  if (!url.starts_with("https://")) return bad;
  const size_t slash = std::min(url.find('/', 8), url.size());
  std::string host = url.substr(8, slash - 8), path = url.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  net::ClientOptions options;
  options.port = 443;
  options.trust = trust;
  if (const size_t colon = host.rfind(':'); colon != host.npos) {
    const int port = std::atoi(host.c_str() + colon + 1);
    if (port < 1 || port > 65535) return bad;
    options.port = static_cast<uint16_t>(port);
    host.resize(colon);
  }
  if (host.empty()) return bad;
  options.host = host;
  return std::pair{options, path};
}

Result<Done> tell(const audit::Report& report) {
  for (const audit::Finding& finding : report.findings)
    std::printf("%s: %s\n", std::string(to_string(finding.wrong)).c_str(), finding.what.c_str());
  if (!report.sound())
    return fail(Code::conflict,
                "the log is not what it should be: " + std::to_string(report.findings.size()) + " findings");
  std::printf("verified: %s, entries=%llu, waiting=%llu\n", report.checkpoint.origin.c_str(),
              static_cast<unsigned long long>(report.entries), static_cast<unsigned long long>(report.waiting));
  return Done{};
}

net::Task<Result<Done>> verify_copy(audit::TileSource& source, std::string note, audit::Trust trust, std::string copy) {
  auto report = co_await audit::verify(source, note, trust);
  if (!report) co_return std::unexpected(report.error());
  auto told = tell(*report);
  if (!told || copy.empty()) co_return told;
  co_return co_await audit::copy_log(source, note, report->checkpoint.size, copy);
}

/// Looking at the log is on record before anything of it is shown.
net::Task<Result<Done>> record_look(identity::Backend& backend, std::optional<TenantId> tenant,
                                    const audit::EventQuery& query) {
  const audit::Detail detail({{"query", audit::to_object(tenant, query)}});
  auto event = audit::by_operator("audit.list", tenant.value_or(identity::kPlatform), detail);
  co_return co_await backend.recorder.record(std::move(event));
}

/// False once nobody reads any more.
bool print_each(const std::vector<audit::EventRecord>& events) {
  for (const audit::EventRecord& event : events) std::printf("%s\n", json::encode(event).c_str());
  return std::fflush(stdout) == 0;
}

/// Whether this process was asked to end, by a signal that it has blocked.
bool asked_to_end() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set, signal);
  const timespec none{};
  return sigtimedwait(&set, nullptr, &none) > 0;
}

/// Waits for a time; false if the process was asked to end meanwhile.
net::Task<bool> wait(std::chrono::milliseconds time) {
  static constexpr std::chrono::milliseconds kStep{100};
  for (; time.count() > 0; time -= kStep) {
    if (asked_to_end()) co_return false;
    co_await net::sleep(kStep);
  }
  co_return !asked_to_end();
}

}  // namespace

net::Task<Result<Done>> print_log_key(identity::Backend& backend) {
  auto store = backend.recorder.log();
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  std::printf("%s\n", log->key.text().c_str());
  co_return Done{};
}

net::Task<Result<Done>> verify_log(identity::Backend* backend, VerifyLog in) {
  audit::Trust trust;
  for (const std::string& file : in.seen) {
    auto seen = read_seen(file);
    if (!seen) co_return std::unexpected(seen.error());
    trust.seen.push_back(*seen);
  }
  if (!in.key.empty()) {
    auto key = audit::VerifierKey::parse(in.key);
    if (!key) co_return std::unexpected(key.error());
    trust.key = *key;
  }
  if (!in.exported.empty()) {
    auto report = audit::verify_export(in.exported, trust.key);
    if (!report) co_return std::unexpected(report.error());
    co_return tell(*report);
  }
  if (!in.url.empty()) {
    auto where = read_url(in.url, in.trust);
    if (!where) co_return std::unexpected(where.error());
    audit::PublishedLog log(where->first, where->second);
    auto note = co_await log.checkpoint();
    if (!note) co_return std::unexpected(note.error());
    co_return co_await verify_copy(log, std::move(*note), std::move(trust), std::move(in.copy));
  }
  if (!in.folder.empty()) {
    audit::LogFolder log(in.folder);
    auto note = log.checkpoint();
    if (!note) co_return std::unexpected(note.error());
    co_return co_await verify_copy(log, std::move(*note), std::move(trust), std::move(in.copy));
  }
  auto store = backend->recorder.log();
  if (in.key.empty()) {
    auto log = co_await store.log();
    if (!log) co_return std::unexpected(log.error());
    trust.key = log->key;
    std::printf("by the database's own word (--key says whom to believe): %s\n", log->key.text().c_str());
  }
  auto report = co_await audit::verify(store, trust);
  if (!report) co_return std::unexpected(report.error());
  co_return tell(*report);
}

net::Task<Result<Done>> compare_rows(identity::Backend& backend, std::chrono::seconds settle) {
  auto counts = co_await audit::compare_rows(backend.identities, settle);
  if (!counts) co_return std::unexpected(counts.error());
  for (const audit::RowCount& one : counts->excessive)
    std::printf("%s: PostgreSQL gave %lld rows, events tell of %lld\n", one.statement.c_str(),
                static_cast<long long>(one.seen), static_cast<long long>(one.recorded));
  if (!counts->excessive.empty())
    co_return fail(Code::conflict, "More was read than is on record since " + to_string(counts->since) +
                                       ": somebody uses a login of Cordon's beside it, or events are missing.");
  std::printf("%lld statements since %s: no row more than events tell of\n", static_cast<long long>(counts->statements),
              to_string(counts->since).c_str());
  co_return Done{};
}

net::Task<Result<Done>> print_events(identity::Backend& backend, std::optional<TenantId> tenant,
                                     audit::EventQuery query) {
  auto recorded = co_await record_look(backend, tenant, query);
  if (!recorded) co_return recorded;
  int64_t left = query.limit ? query.limit->value : 50;
  while (left > 0) {
    query.limit = Int<1, 200>{std::min<int64_t>(left, 200)};
    const audit::Opener opener(backend.recorder.keys());
    auto page = co_await audit::opened_events(backend.identities, opener, tenant, query);
    if (!page) co_return std::unexpected(page.error());
    if (!print_each(page->items)) break;
    left -= static_cast<int64_t>(page->items.size());
    if (!page->next_cursor) break;
    query.cursor = EventId::parse(*page->next_cursor);
  }
  co_return Done{};
}

net::Task<Result<Done>> export_to_folder(identity::Backend& backend, audit::Export wanted) {
  auto store = backend.recorder.log();
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  auto key = co_await audit::log_key(backend.identities, identity::kPlatform, log->key.name);
  if (!key) co_return std::unexpected(key.error());
  const std::string folder = wanted.folder.string();
  auto event = audit::by_operator("audit.export", wanted.tenant.value_or(identity::kPlatform), {});
  auto done =
      co_await audit::export_events(backend.identities, backend.recorder, *key, std::move(event), std::move(wanted));
  if (!done) co_return std::unexpected(done.error());
  std::printf("exported to %s: events=%lld, proved=%lld\n", folder.c_str(), static_cast<long long>(done->events),
              static_cast<long long>(done->proved));
  co_return Done{};
}

net::Task<Result<Done>> print_tail(identity::Backend& backend, std::optional<TenantId> tenant, audit::EventQuery query,
                                   bool follow) {
  auto recorded = co_await record_look(backend, tenant, query);
  if (!recorded) co_return recorded;
  audit::Tail tail(backend.identities, backend.recorder, tenant, std::move(query));
  auto events = co_await tail.last(20);
  while (events) {
    if (!print_each(*events) || !follow) co_return Done{};
    const bool go_on = co_await wait(std::chrono::seconds(tail.behind() ? 0 : 1));
    if (!go_on) co_return Done{};
    events = co_await tail.next();
  }
  co_return std::unexpected(events.error());
}

}  // namespace cordon::app
