#include "app/audit_commands.h"

#include <boost/json/object.hpp>
#include <cstdio>

#include "app/signals.h"
#include "audit/export.h"
#include "audit/export_format.h"
#include "audit/log_key.h"
#include "audit/memory.h"
#include "audit/tail.h"
#include "audit/tile_sources.h"
#include "base/file.h"
#include "net/url.h"

namespace cordon::app {

namespace {

/// A checkpoint from before. Who signed it is not asked: it is this machine's own note of what it has verified.
Result<audit::Checkpoint> read_seen(const std::string& file) {
  const auto text = read_whole(file);
  auto note = text ? audit::Note::parse(*text) : std::unexpected(text.error());
  auto read = note ? audit::Checkpoint::parse(note->text) : std::unexpected(note.error());
  if (!read) return fail(Code::invalid, file + " has no checkpoint");
  return read;
}

/// Whom to believe, and what was seen before. Without a key it is the policy's log; with neither, the key's name is
/// empty.
Result<audit::Trust> read_trust(const VerifyLog& in) {
  audit::Trust out;
  for (const std::string& file : in.seen) {
    auto seen = read_seen(file);
    if (!seen) return std::unexpected(seen.error());
    out.seen.push_back(*seen);
  }
  if (!in.policy.empty()) {
    auto policy = audit::Policy::read(in.policy);
    if (!policy) return std::unexpected(policy.error());
    if (policy->logs().size() == 1) out.key = policy->logs().front();
    out.policy = std::move(*policy);
  }
  if (!in.key.empty()) {
    auto key = audit::VerifierKey::parse(in.key);
    if (!key) return std::unexpected(key.error());
    out.key = *key;
  }
  if (out.key.name.empty() && !(in.url.empty() && in.folder.empty() && in.exported.empty()))
    return fail(Code::invalid, "say whom to believe: --key KEY, or --policy FILE with one `log` line");
  return out;
}

Result<Done> tell(const audit::Report& report) {
  for (const audit::Finding& finding : report.findings)
    std::printf("%s: %s\n", std::string(to_string(finding.wrong)).c_str(), finding.what.c_str());
  if (!report.sound())
    return fail(Code::conflict,
                "the log is not what it should be: " + std::to_string(report.findings.size()) + " findings");
  std::printf("verified: %s, entries=%llu, waiting=%llu, let_go=%llu\n", report.checkpoint.origin.c_str(),
              static_cast<unsigned long long>(report.entries), static_cast<unsigned long long>(report.waiting),
              static_cast<unsigned long long>(report.let_go));
  if (report.unopened > 0)
    std::printf("not checked: whether %llu events, whose keys have ended or are out of reach, are found by address\n",
                static_cast<unsigned long long>(report.unopened));
  for (const audit::Cosigner& cosigner : report.cosigners)
    std::printf("cosigned: %s, time=%lld\n", cosigner.name.c_str(), static_cast<long long>(cosigner.at));
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
  auto trust = read_trust(in);
  if (!trust) co_return std::unexpected(trust.error());
  if (!in.exported.empty()) {
    auto report = audit::verify_export(in.exported, trust->key);
    if (!report) co_return std::unexpected(report.error());
    co_return tell(*report);
  }
  if (!in.url.empty()) {
    auto url = net::Url::parse(in.url);
    if (!url) co_return std::unexpected(url.error());
    net::ClientOptions server;
    server.host = url->host;
    server.port = url->port;
    server.trust = in.trust;
    audit::PublishedLog log(server, url->path);
    auto note = co_await log.checkpoint();
    if (!note) co_return std::unexpected(note.error());
    co_return co_await verify_copy(log, std::move(*note), std::move(*trust), std::move(in.copy));
  }
  if (!in.folder.empty()) {
    audit::LogFolder log(in.folder);
    auto note = log.checkpoint();
    if (!note) co_return std::unexpected(note.error());
    co_return co_await verify_copy(log, std::move(*note), std::move(*trust), std::move(in.copy));
  }
  auto store = backend->recorder.log();
  if (trust->key.name.empty()) {
    auto log = co_await store.log();
    if (!log) co_return std::unexpected(log.error());
    trust->key = log->key;
    std::printf("by the database's own word (--key says whom to believe): %s\n", log->key.text().c_str());
  }
  audit::EventSource events{audit::through(backend->identities), audit::Opener(backend->recorder.keys())};
  auto report = co_await audit::verify(store, std::move(events), *trust);
  if (!report) co_return std::unexpected(report.error());
  co_return tell(*report);
}

net::Task<Result<Done>> compare_rows(identity::Backend& backend, std::chrono::seconds settle) {
  auto counts = co_await audit::compare_rows(backend.identities, settle);
  if (!counts) co_return std::unexpected(counts.error());
  for (const audit::RowCount& one : counts->excessive) {
    if (one.variants > 1)
      std::printf("%s: %lld different statements have this name\n", one.statement.c_str(),
                  static_cast<long long>(one.variants));
    if (one.seen > one.recorded)
      std::printf("%s: PostgreSQL gave %lld rows, events tell of %lld\n", one.statement.c_str(),
                  static_cast<long long>(one.seen), static_cast<long long>(one.recorded));
  }
  if (!counts->excessive.empty())
    co_return fail(Code::conflict, "More was read than is on record since " + to_string(counts->since) +
                                       ": somebody uses a login of Cordon's beside it, or events are missing.");
  std::printf("%lld statements since %s: no row more than events tell of\n", static_cast<long long>(counts->statements),
              to_string(counts->since).c_str());
  co_return Done{};
}

net::Task<Result<Done>> begin_new_log(identity::Backend& backend, const Config& config, std::string why) {
  auto store = backend.recorder.log();
  auto ended = co_await store.log();
  if (!ended) co_return std::unexpected(ended.error());
  auto begun = co_await audit::begin_new_log(backend.identities, *ended, identity::kPlatform, config.log_origin, why);
  if (!begun) co_return std::unexpected(begun.error());
  std::printf("ended: %s, entries=%llu\n%s\n", ended->key.text().c_str(), static_cast<unsigned long long>(ended->size),
              ended->checkpoint.c_str());
  std::printf("begun: %s, renumbered=%lld\n", begun->key.text().c_str(), static_cast<long long>(begun->renumbered));
  const auto file = audit::memory_file(config.data);
  auto kept = audit::write_memory(file, begun->note);
  if (!kept) co_return fail(Code::internal, "the new log stands; remove " + file.string() + " before it can grow");
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
