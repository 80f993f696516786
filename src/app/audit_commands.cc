#include "app/audit_commands.h"

#include <cstdio>
#include <fstream>
#include <iterator>

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
  std::printf("verified: %s, entries=%llu, waiting=%llu, let_go=%llu\n", report.checkpoint.origin.c_str(),
              static_cast<unsigned long long>(report.entries), static_cast<unsigned long long>(report.waiting),
              static_cast<unsigned long long>(report.let_go));
  return Done{};
}

net::Task<Result<Done>> verify_copy(audit::TileSource& source, std::string note, audit::Trust trust, std::string copy) {
  auto report = co_await audit::verify(source, note, trust);
  if (!report) co_return std::unexpected(report.error());
  auto told = tell(*report);
  if (!told || copy.empty()) co_return told;
  co_return co_await audit::copy_log(source, note, report->checkpoint.size, copy);
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

net::Task<Result<Done>> print_events(identity::Backend& backend, std::optional<TenantId> tenant,
                                     audit::EventQuery query) {
  int64_t left = query.limit ? query.limit->value : 50;
  while (left > 0) {
    query.limit = Int<1, 200>{std::min<int64_t>(left, 200)};
    auto page = co_await audit::all_events(backend.identities, tenant, query);
    if (!page) co_return std::unexpected(page.error());
    for (const audit::EventRecord& event : page->items) std::printf("%s\n", json::encode(event).c_str());
    left -= static_cast<int64_t>(page->items.size());
    if (!page->next_cursor) break;
    query.cursor = EventId::parse(*page->next_cursor);
  }
  co_return Done{};
}

}  // namespace cordon::app
