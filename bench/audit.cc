// The load of the audit benchmark, on a cluster of its own that no server uses: events recorded, put into the log,
// looked for and proved. Each command prints one line of JSON; bench/audit.mjs starts them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/database.h"
#include "app/operator.h"
#include "audit/log_key.h"
#include "audit/memory.h"
#include "audit/proof.h"
#include "audit/search.h"
#include "audit/sequencer.h"
#include "audit/verifier.h"
#include "base/log.h"
#include "db/plain.h"
#include "keys/keyring.h"
#include "load.h"

namespace cordon {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

db::Plain administrator(const app::Database& database) { return must(db::Plain::open(database.admin_conninfo())); }

// Filling: days of events, as bench/audit.sql has them
// -----------------------------------------------------------------------------------------------------------------------

void fill(const app::Database& database, const std::string& script, int64_t events, int days, int shops) {
  std::ifstream in(script);
  const std::string sql{std::istreambuf_iterator<char>(in), {}};
  if (sql.empty()) throw std::runtime_error("cannot read " + script);
  auto sql_session = administrator(database);
  must(sql_session.script(sql));
  must(sql_session.script("SET synchronous_commit = off"));
  const auto start = Clock::now();
  must(sql_session.script(fmt::format("CALL bench.fill({}, {}, {})", events, days, shops)));
  const double took = seconds_since(start);
  // As a server does when a day is over.
  const auto indexing = Clock::now();
  while (must(sql_session.rows("SELECT audit.index_past_day()", {})).at(0).at(0) == "t") {}
  const double indexed = seconds_since(indexing);
  must(sql_session.script("VACUUM audit.event"));
  must(sql_session.script("CHECKPOINT"));
  std::cout << fmt::format(R"({{"seconds":{:.1f},"indexed":{:.1f}}})", took, indexed) << std::endl;
}

// Recording: as many as callers wait for, and the same rows into a plain table
// -----------------------------------------------------------------------------------------------------------------------

audit::Event sample(TenantId tenant) {
  audit::Event event;
  event.tenant = tenant;
  event.subject = SubjectId::fresh();
  event.session = SessionId::fresh();
  event.role = "owner";
  event.action = "message.list";
  event.resource = "/v1/conversations/" + to_string(new_uuid()) + "/messages";
  event.method = "GET";
  event.status = 200;
  event.rows = 20;
  event.bytes = 4000;
  event.request = RequestId::fresh();
  event.address = "203.0.113.7";
  event.agent = std::string(100, 'x');
  static constexpr db::Statement kList{"bench.messages", ""};
  event.queries.push_back({&kList, {}, 20});
  return event;
}

/// Callers of one recorder, each with the next event as soon as its last is durable.
struct Recording {
  identity::Backend& backend;
  TenantId tenant;
  Clock::time_point until;
  int64_t recorded = 0;
  int running = 0;
  std::string failed;
  net::Signal ended;

  net::Task<void> caller() {
    while (failed.empty() && Clock::now() < until) {
      audit::Event event = sample(tenant);
      auto done = co_await backend.recorder.record(std::move(event));
      if (!done) failed = done.error().detail;
      else ++recorded;
    }
    --running;
    ended.notify();
  }
};

net::Task<double> recorded_per_s(identity::Backend& backend, TenantId tenant, int callers, double seconds) {
  const auto start = Clock::now();
  Recording all{backend, tenant, start + std::chrono::milliseconds(static_cast<int>(seconds * 1000)), 0, 0, {}, {}};
  for (; all.running < callers; ++all.running) net::Reactor::current().spawn(all.caller());
  while (all.running > 0) co_await all.ended.wait(std::chrono::seconds(20));
  if (!all.failed.empty()) throw std::runtime_error(all.failed);
  co_return static_cast<double>(all.recorded) / seconds_since(start);
}

/// The recorder's own statements, on a table without salts, partitions and row security.
class PlainAppends {
 public:
  std::vector<db::Query> of(const std::vector<audit::ClosedEvent>& events) {
    auto queries = audit::append_all(events);
    for (db::Query& query : queries) {
      const auto [own, added] = made_.try_emplace(query.statement);
      if (added)
        own->second.sql.assign(query.statement->sql)
            .replace(query.statement->sql.find("audit.event"), 11, "bench.event");
      if (added) own->second.statement = {"bench.append_all", own->second.sql};
      query.statement = &own->second.statement;
    }
    return queries;
  }

 private:
  struct Plain {
    std::string sql;
    db::Statement statement;
  };
  std::map<const db::Statement*, Plain> made_;
};

/// One group after the other.
net::Task<double> plain_per_s(std::string conninfo, std::vector<audit::ClosedEvent> events, double seconds) {
  auto connection = must(co_await db::Connection::open(conninfo));
  PlainAppends appends;
  int64_t recorded = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    const auto queries = appends.of(events);
    auto done = co_await connection->transact(queries);
    if (!done) throw std::runtime_error(done.error().sqlstate);
    recorded += static_cast<int64_t>(events.size());
  }
  co_return static_cast<double>(recorded) / seconds_since(start);
}

TenantId shop_of(db::Plain& admin, int number) {
  const auto rows =
      must(admin.rows("SELECT tenant_id FROM bench.tenant WHERE number = $1::integer", {db::param(number)}));
  return *TenantId::parse(rows.at(0).at(0));
}

net::Task<Result<Done>> record(identity::Backend& backend, const app::Database& database, int callers, double seconds) {
  auto admin = administrator(database);
  const TenantId tenant = shop_of(admin, 1);
  const double recorded = co_await recorded_per_s(backend, tenant, callers, seconds);
  std::vector<audit::ClosedEvent> group;
  for (int i = 0; i < callers; ++i)
    group.push_back(must(co_await audit::close(backend.recorder.keys(), sample(tenant))));
  const double plain = co_await plain_per_s(database.admin_conninfo(), std::move(group), seconds);
  std::cout << fmt::format(R"({{"recorded_per_s":{:.0f},"plain_per_s":{:.0f}}})", recorded, plain) << std::endl;
  co_return Done{};
}

// Sealing: the whole backlog, and beside it PostgreSQL's reading and hashing, and our hashing
// -----------------------------------------------------------------------------------------------------------------------

struct Reached {
  Clock::time_point at;
  uint64_t size = 0;
};

/// Reads events as the sequencer does, and hashes as it does: microseconds an event of either.
net::Task<std::pair<double, double>> read_and_hash(audit::LogStore& store, int64_t batch) {
  audit::Edge edge;
  audit::LogPlace last;
  double reading = 0, hashing = 0;
  for (int i = 0; i < 10; ++i) {
    auto start = Clock::now();
    const auto events = must(co_await store.unsealed(last, batch));
    reading += seconds_since(start);
    if (events.empty()) break;
    start = Clock::now();
    for (const audit::Unsealed& event : events)
      edge.append(audit::leaf_hash({reinterpret_cast<const char*>(event.commitment.data()), sizeof(audit::Hash)}));
    edge.take_changes();
    hashing += seconds_since(start);
    last = events.back().place;
  }
  const double each = 1e6 / static_cast<double>(edge.size());
  co_return std::pair{reading * each, hashing * each};
}

net::Task<Result<Done>> seal(identity::Backend& backend, const app::Database& database) {
  audit::Memory memory(std::filesystem::temp_directory_path() / "cordon-bench-no-checkpoint");
  audit::Sequencer sequencer(
      database.conninfo("cordon_audit"),
      [&backend] { return audit::log_key(backend.identities, identity::kPlatform, std::string()); }, memory);
  // From the first checkpoint on: what is before it is connecting and the log's key.
  std::vector<Reached> reached;
  sequencer.on_checkpoint = [&](const std::string& note) {
    reached.push_back({Clock::now(), must(audit::Checkpoint::parse(must(audit::Note::parse(note)).text)).size});
  };
  must(co_await sequencer.round());
  if (reached.size() < 3) throw std::runtime_error("the backlog is too small: it fits into two checkpoints");
  const Reached &first = reached.front(), &last = reached.back();
  const double took = std::chrono::duration<double>(last.at - first.at).count();
  const double per_s = static_cast<double>(last.size - first.size) / took;
  const audit::SequencerOptions options;
  audit::LogStore store = backend.recorder.log();
  const auto [reading, hashing] = co_await read_and_hash(store, options.batch);
  std::cout << fmt::format(R"({{"size":{},"sealed_per_s":{:.0f},"read_us":{:.2f},"hash_us":{:.2f}}})", last.size, per_s,
                           reading, hashing)
            << std::endl;
  co_return Done{};
}

// Looking for events: what a shop's owner and an auditor ask for
// -----------------------------------------------------------------------------------------------------------------------

/// One of the shops that are searched, and somebody and something in it.
struct Searched {
  TenantId tenant;
  SessionId session;
  SubjectId person;
  std::string customer;  ///< "/v1/customers/<id>"
};

std::vector<Searched> shops_to_search(db::Plain& admin, db::Plain& identities) {
  std::vector<Searched> out;
  for (const int number : {1, 10, 100}) {
    const auto rows =
        must(admin.rows("SELECT bench.id($1::integer, 7), bench.id($1::integer, 500)", {db::param(number)}));
    out.push_back(
        {shop_of(admin, number), SessionId::fresh(), *SubjectId::parse(rows[0][0]), "/v1/customers/" + rows[0][1]});
    must(identities.rows("SELECT door.open_session($1::uuid, $2::uuid, $3::uuid, 'owner', 7200)",
                         {db::param(out.back().tenant), db::param(out.back().session), db::param(out.back().person)}));
  }
  return out;
}

struct Kind {
  std::string_view name;
  bool everywhere;  ///< of all shops as well: what belongs to a shop is looked for in that shop
  std::function<void(audit::EventQuery&, const Searched&)> ask;
};

/// One day, twelve days ago.
void that_day(audit::EventQuery& query) {
  constexpr int64_t kDay = 86'400'000'000;
  query.from = Time{now().micros - 12 * kDay};
  query.to = Time{now().micros - 11 * kDay};
}

const std::vector<Kind>& kinds() {
  using audit::EventQuery;
  static const std::vector<Kind> all{
      {"newest", true, [](EventQuery&, const Searched&) {}},
      {"day", true, [](EventQuery& q, const Searched&) { that_day(q); }},
      {"person", true, [](EventQuery& q, const Searched& s) { q.subject_id = s.person; }},
      {"resource", false, [](EventQuery& q, const Searched& s) { q.resource = {s.customer}; }},
      {"action", true, [](EventQuery& q, const Searched&) { q.action = {"customer.read"}; }},
      {"rare_action", true, [](EventQuery& q, const Searched&) { q.action = {"session.revoke"}; }},
      {"refused", true, [](EventQuery& q, const Searched&) { q.status = {403}; }},
      {"rare_code", true, [](EventQuery& q, const Searched&) { q.code = {"internal"}; }},
      {"address", false, [](EventQuery& q, const Searched&) { q.address = {"203.0.113.7"}; }},
      {"no_address", false, [](EventQuery& q, const Searched&) { q.address = {"198.51.100.1"}; }},
      {"day_resource", false, [](EventQuery& q, const Searched& s) {
         that_day(q);
         q.resource = {s.customer};
       }}};
  return all;
}

/// How long searches of one kind took, in milliseconds.
struct Asked {
  std::string name;
  std::vector<double> took;
  int failed = 0;  ///< PostgreSQL broke them off
};

std::string to_text(const std::vector<Asked>& all) {
  std::string out;
  for (const Asked& one : all)
    out += fmt::format(R"({}"{}":{{"ms":[{:.3f}],"failed":{}}})", out.empty() ? "" : ",", one.name,
                       fmt::join(one.took, ","), one.failed);
  return "{" + out + "}";
}

void took(Asked& asked, Clock::time_point start, const Result<Page<audit::EventRecord>>& page) {
  asked.took.push_back(seconds_since(start) * 1000);
  if (!page) ++asked.failed;
}

/// One person's events come from one address, as the shop's key indexes it.
net::Task<Result<Done>> give_addresses(identity::Backend& backend, db::Plain& admin, const Searched& shop) {
  std::vector<Uuid> subjects{keys::kEvents};
  auto found = co_await keys::Keyring::current().make(backend.identities, shop.tenant, std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  const auto index = found->of(keys::kEvents).index(audit::kAddress, "203.0.113.7");
  must(admin.rows(
      "UPDATE audit.event SET address_index = $1::bytea WHERE tenant_id = $2::uuid AND subject_id = $3::uuid",
      {db::param(index), db::param(shop.tenant), db::param(shop.person)}));
  co_return Done{};
}

net::Task<Result<Done>> search(identity::Backend& backend, const app::Database& database, int times) {
  auto admin = administrator(database), identities = must(db::Plain::open(database.conninfo("cordon_identity")));
  const auto shops = shops_to_search(admin, identities);
  for (const Searched& shop : shops) must(co_await give_addresses(backend, admin, shop));
  const audit::Opener opener(backend.recorder.keys());
  std::vector<Asked> all;
  for (const Kind& kind : kinds()) {
    Asked own{fmt::format("own_{}", kind.name), {}, 0}, one{fmt::format("all_shop_{}", kind.name), {}, 0},
        every{fmt::format("all_{}", kind.name), {}, 0};
    for (const Searched& shop : shops) {
      auto event = audit::event_of("service.token", "BENCH");
      std::vector<db::Query> nothing;
      auto pass = must(co_await backend.identity.mint(shop.session, std::move(event), std::move(nothing)));
      door::Scope scope(std::move(pass), backend.api);
      audit::EventQuery query;
      kind.ask(query, shop);
      for (int i = 0; i < times; ++i) {
        auto start = Clock::now();
        auto page = co_await audit::own_events(scope, opener, query);
        took(own, start, page);
        start = Clock::now();
        page = co_await audit::all_events(backend.identities, opener, shop.tenant, query);
        took(one, start, page);
        if (!kind.everywhere) continue;
        start = Clock::now();
        page = co_await audit::all_events(backend.identities, opener, std::nullopt, query);
        took(every, start, page);
      }
    }
    for (Asked* asked : {&own, &one, &every})
      if (!asked->took.empty()) all.push_back(std::move(*asked));
  }
  std::cout << to_text(all) << std::endl;
  co_return Done{};
}

// Proving, verifying, and what it all takes on the disk
// -----------------------------------------------------------------------------------------------------------------------

/// Events from all over the log.
std::vector<std::pair<TenantId, EventId>> some_events(db::Plain& admin, uint64_t size, int count) {
  const double percent = std::min(100.0, 100.0 * 20 * count / static_cast<double>(size));
  const auto rows =
      must(admin.rows("SELECT tenant_id, event_id FROM audit.event TABLESAMPLE SYSTEM ($1) WHERE tenant_id IS NOT NULL "
                      "ORDER BY random() LIMIT $2",
                      {fmt::format("{}", percent), db::param(count)}));
  std::vector<std::pair<TenantId, EventId>> out;
  for (const auto& row : rows) out.emplace_back(*TenantId::parse(row[0]), *EventId::parse(row[1]));
  return out;
}

constexpr const char* kStorage = R"(
  SELECT (SELECT sum(pg_table_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'audit.event'::regclass),
         (SELECT sum(pg_indexes_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'audit.event'::regclass),
         pg_total_relation_size('audit.tile') + pg_total_relation_size('audit.bundle'))";

net::Task<Result<Done>> prove(identity::Backend& backend, const app::Database& database) {
  auto admin = administrator(database);
  audit::LogStore store = backend.recorder.log();
  const auto log = must(co_await store.log());
  std::vector<double> took;
  size_t bytes = 0;
  for (const auto& [tenant, event] : some_events(admin, log.size, 200)) {
    const auto start = Clock::now();
    const auto index = must(co_await store.index_of(tenant, event));
    if (!index) throw std::runtime_error("an event is not in the log");
    const auto proof = must(co_await audit::prove(store, *index, log.checkpoint));
    took.push_back(seconds_since(start) * 1000);
    bytes = std::max(bytes, proof.to_text().size());
  }
  const auto start = Clock::now();
  audit::Trust trust;
  trust.key = log.key;
  audit::EventSource events{audit::through(backend.identities), {}};  // made up, addresses too
  const auto report = must(co_await audit::verify(store, std::move(events), trust));
  if (!report.sound()) throw std::runtime_error(report.findings.front().what);
  const double verified = static_cast<double>(report.entries) / seconds_since(start);
  const auto storage = must(admin.rows(kStorage));
  std::cout
      << fmt::format(
             R"({{"proof_bytes":{},"proof_ms":[{:.3f}],"verified_per_s":{:.0f},"table_bytes":{},"index_bytes":{},"tree_bytes":{}}})",
             bytes, fmt::join(took, ","), verified, storage[0][0], storage[0][1], storage[0][2])
      << std::endl;
  co_return Done{};
}

int run(int argc, char** argv) {
  CLI::App cli("The load of the audit benchmark.");
  cli.require_subcommand(1);
  app::Config config;
  std::string script;
  int64_t events = 2'000'000;
  int days = 30, shops = 200, callers = 512, times = 5;
  double seconds = 2;
  cli.add_option("--data", config.data, "a folder of its own")->required();
  auto* filling = cli.add_subcommand("fill", "events of past days");
  filling->add_option("--script", script, "bench/audit.sql")->required();
  filling->add_option("--events", events);
  filling->add_option("--days", days);
  filling->add_option("--shops", shops);
  auto* recording = cli.add_subcommand("record", "how many events become durable a second");
  recording->add_option("--callers", callers);
  recording->add_option("--seconds", seconds);
  auto* sealing = cli.add_subcommand("seal", "how many events are put into the log a second");
  auto* searching = cli.add_subcommand("search", "how long searches take");
  searching->add_option("--times", times);
  cli.add_subcommand("prove", "proofs, the verifier, and storage");
  CLI11_PARSE(cli, argc, argv);
  log::set_level("error");
  const auto database = must(app::Database::open(config));
  must(database.migrate());
  if (*filling) {
    fill(database, script, events, days, shops);
    return 0;
  }
  must(app::operate(database, config, [&](identity::Backend& backend) {
    return *recording   ? record(backend, database, callers, seconds)
           : *sealing   ? seal(backend, database)
           : *searching ? search(backend, database, times)
                        : prove(backend, database);
  }));
  return 0;
}

}  // namespace
}  // namespace cordon

int main(int argc, char** argv) { return cordon::load(cordon::run, argc, argv); }
