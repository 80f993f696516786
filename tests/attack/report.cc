#include "attack/report.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "attack/http_judge.h"
#include "support/world.h"

namespace cordon::attack {

namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(CORDON_SOURCE_DIR) / "tests" / "attack";

std::string joined(const std::set<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
  return out;
}

bool holds(const Attempt& attempt, const std::string& text) { return attempt.name.find(text) != std::string::npos; }

std::vector<Attempt> chosen(std::vector<Attempt> attempts, const std::vector<std::string>& only) {
  const auto wanted = [&](const Attempt& a) {
    return only.empty() || std::any_of(only.begin(), only.end(), [&](const auto& text) { return holds(a, text); });
  };
  std::erase_if(attempts, [&](const Attempt& a) { return !wanted(a); });
  return attempts;
}

/// Whether each text of `only` has named an attempt.
bool all_found(const std::vector<Verdict>& verdicts, const std::vector<std::string>& only) {
  return std::all_of(only.begin(), only.end(), [&](const std::string& text) {
    const bool found =
        std::any_of(verdicts.begin(), verdicts.end(), [&](const Verdict& v) { return holds(*v.attempt, text); });
    if (!found) std::printf("no attempt is called %s\n", text.c_str());
    return found;
  });
}

/// Prints progress and every leak as it is found.
void tell(const Verdict& verdict, const Options& options) {
  if (options.verbose)
    std::printf("%-48s %s  [%s]\n", verdict.attempt->name.c_str(), verdict.leaks.empty() ? "stopped" : "LEAKS",
                joined(verdict.stopped_by).c_str());
  for (const Leak& leak : verdict.leaks)
    if (!(options.baseline || options.weakened) || options.verbose)
      std::printf("  LEAK %s as %s: %s\n      %s\n", leak.attempt.c_str(), leak.actor.c_str(), leak.rule.c_str(),
                  leak.detail.c_str());
  std::fflush(stdout);
}

std::vector<Verdict> run_sql(const std::vector<Attempt>& attempts, Ground& ground, const Options& options) {
  SqlJudge judge(ground, options.show);
  std::vector<Verdict> verdicts;
  for (const Attempt& attempt : attempts) {
    verdicts.push_back(judge.judge(attempt));
    tell(verdicts.back(), options);
  }
  return verdicts;
}

/// The common design has no server of its own: ours, on tables that open to whoever owns them, as they do there.
constexpr const char* kOpenToAll = R"(
  DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT oid::regclass AS shops FROM pg_class WHERE relnamespace = 'commerce'::regnamespace AND relkind = 'r' LOOP
      EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', it.shops);
    END LOOP;
  END $$)";

/// Adds to `verdicts`, which point into what it returns.
std::vector<Attempt> run_http(testing::World& world, const Options& options, std::vector<Verdict>& verdicts) {
  const auto& only = options.only;
  const auto is_sql = [](const std::string& text) { return text.starts_with("sql/"); };
  if (!only.empty() && std::all_of(only.begin(), only.end(), is_sql)) return {};
  HttpJudge judge(world);
  auto attempts = read_http(kFolder / "http");
  for (Attempt& route : judge.every_route()) attempts.push_back(std::move(route));
  attempts = chosen(std::move(attempts), only);
  if (options.baseline) Wire(world.database().admin_conninfo()).run(kOpenToAll);
  for (const Attempt& attempt : attempts) {
    verdicts.push_back(judge.judge(attempt));
    tell(verdicts.back(), options);
  }
  return attempts;
}

size_t leaking(const std::vector<Verdict>& verdicts) {
  return static_cast<size_t>(
      std::count_if(verdicts.begin(), verdicts.end(), [](const Verdict& v) { return !v.leaks.empty(); }));
}

void summary(const std::vector<Verdict>& verdicts) {
  std::map<std::string, std::pair<int, int>> topics;
  for (const Verdict& v : verdicts) {
    auto& [attempts, leaks] = topics[v.attempt->name.substr(0, v.attempt->name.find('/') + 1) + v.attempt->topic];
    ++attempts;
    leaks += !v.leaks.empty();
  }
  std::printf("\n%-28s attempts  leaking\n", "topic");
  for (const auto& [topic, counts] : topics)
    std::printf("%-28s %8d  %7d\n", topic.c_str(), counts.first, counts.second);
}

/// Puts the table between its markers in docs/threat-model.md.
void write_table(const std::string& table) {
  const fs::path path = fs::path(CORDON_SOURCE_DIR) / "docs" / "threat-model.md";
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  std::string page = text.str();
  const std::string begin = "<!-- attempts: written by cordon_attack --table -->\n", end = "<!-- end of attempts -->";
  const size_t from = page.find(begin), to = page.find(end);
  if (from == std::string::npos || to == std::string::npos)
    throw std::runtime_error(path.string() + " has lost its markers");
  page.replace(from + begin.size(), to - from - begin.size(), table);
  std::ofstream(path) << page;
}

/// Whether every attempt's file has its row in the table.
bool table_is_whole(const std::vector<Verdict>& verdicts) {
  std::ifstream in(fs::path(CORDON_SOURCE_DIR) / "docs" / "threat-model.md");
  std::ostringstream text;
  text << in.rdbuf();
  bool whole = true;
  for (const Verdict& v : verdicts)
    if (text.str().find("`" + v.attempt->name + "`") == std::string::npos) {
      std::printf("docs/threat-model.md has no row for %s: run cordon_attack --table\n", v.attempt->name.c_str());
      whole = false;
    }
  return whole;
}

/// A guard that is taken away, and how that has to be noticed: by which attempt, as whom, and by what it comes to.
struct Weakening {
  const char *what, *attempt, *actor, *rule;
  const char* sql = nullptr;
  const char* unreset = "";  ///< a statement of the reset between tenants
};

constexpr Weakening kWeakenings[] = {
    {"cursors that stay", "sql/state-held-cursor.sql", "owner", "state for the next tenant", nullptr, "CLOSE ALL"},
    {"settings that stay", "sql/shadow-search-path.sql", "owner", "state for the next tenant", nullptr, "RESET ALL"},
    {"a policy that lets every row through", "sql/read-everything.sql", "owner", "a byte of B",
     "ALTER POLICY read ON commerce.message USING (true)"},
    {"a visitor's policy of the whole shop", "sql/read-everything.sql", "visitor", "a byte of another visitor",
     "ALTER POLICY own_read ON commerce.message USING (tenant_id = (SELECT t.tenant_id FROM "
     "door.tenant('visit.read') AS t))"},
    {"the same for changes", "sql/write-as-neighbour.sql", "visitor", "a write to another visitor", R"(
       ALTER POLICY own_read ON commerce.conversation
         USING (tenant_id = (SELECT t.tenant_id FROM door.tenant('visit.read') AS t));
       ALTER POLICY own_change ON commerce.conversation
         USING (tenant_id = (SELECT t.tenant_id FROM door.tenant('visit.write') AS t)) WITH CHECK (true))"},
    {"a seal of two spellings", "sql/seal-upper-case.sql", "owner", "a seal that should not open",
     "ALTER POLICY held ON door.seal USING (digest = sha256(textsend(lower(current_setting('cordon.seal', true)))))"},
    {"sessions readable", "sql/seal-other-tables.sql", "owner", "an oracle",
     "GRANT SELECT ON door.session TO cordon_api"},
    {"an audit key without the tenant", "sql/oracle-audit-event.sql", "owner", "an oracle",
     "CREATE UNIQUE INDEX ON audit.event (event_id)"},
    {"a refusal that waits for a row", "sql/oracle-refusal.sql", "owner", "an oracle",
     "ALTER POLICY read ON commerce.customer USING (tenant_id = (SELECT t.tenant_id FROM "
     "door.tenant('customer.read') AS t))"},
    {"statistics of amounts", "sql/stats-explain.sql", "owner", "an oracle",
     "ALTER TABLE commerce.shop_order ALTER COLUMN total_minor SET STATISTICS 100; ANALYZE commerce.shop_order"},
    {"an index on seals' tenants", "sql/stats-explain-seals.sql", "owner", "an oracle",
     "CREATE INDEX ON door.seal (tenant_id)"},
    // Of the server's own database, where nothing is put back.
    {"a revocation that ends nothing", "http/api-token-revoked.http", "owner", "a token that should not open",
     "CREATE OR REPLACE FUNCTION door.revoke(session uuid) RETURNS void LANGUAGE sql AS 'SELECT'"},
    {"every shop's policies to be read", "http/read-everything.http", "owner", "a byte of B",
     "ALTER POLICY read ON commerce.policy USING (true)"},
    // What was said stays closed even so: the server has no key for it, and tells that there is something.
    {"every shop's conversations to be read", "http/id-conversation.http", "owner", "an oracle",
     "ALTER POLICY read ON commerce.conversation USING (true); ALTER POLICY read ON commerce.visitor USING (true)"},
    {"and to be changed", "http/id-conversation.http", "owner", "a write to B",
     "ALTER POLICY change ON commerce.conversation USING (true) WITH CHECK (true)"},
};

Attempt named(const std::vector<Attempt>& attempts, const std::string& name) {
  const auto found = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& a) { return a.name == name; });
  if (found == attempts.end()) throw std::runtime_error("there is no attempt " + name);
  return *found;
}

/// Takes one guard after the other away: each lack has to be noticed, as what it is.
int run_weakened(testing::World& world, Ground& ground, const Options& options) {
  const auto sql = read_sql(kFolder / "sql"), http = read_http(kFolder / "http");
  HttpJudge server(world);
  int unnoticed = 0;
  for (const Weakening& w : kWeakenings) {
    const bool on_server = std::string_view(w.attempt).starts_with("http/");
    Attempt attempt = named(on_server ? http : sql, w.attempt);
    attempt.actors = {w.actor};
    if (on_server) Wire(world.database().admin_conninfo()).run(w.sql);
    else if (w.sql) ground.weaken(w.sql);
    const Verdict verdict =
        on_server ? server.judge(attempt) : SqlJudge(ground, options.show, w.unreset).judge(attempt);
    tell(verdict, options);
    const bool noticed =
        std::any_of(verdict.leaks.begin(), verdict.leaks.end(), [&](const Leak& leak) { return leak.rule == w.rule; });
    std::printf("%-40s %s\n", w.what, noticed ? "noticed" : "NOT NOTICED");
    unnoticed += !noticed;
  }
  return unnoticed != 0;
}

}  // namespace

std::string table_of(const std::vector<Verdict>& verdicts) {
  std::string out = "| attempt | what it tries | what stops it |\n| --- | --- | --- |\n";
  for (const Verdict& v : verdicts) {
    std::string stops = joined(v.stopped_by);
    if (!v.attempt->allowed.empty()) stops += "; let through, harmless: " + v.attempt->allowed;
    std::string tries = v.attempt->tries;
    for (std::string* text : {&stops, &tries})
      for (size_t at = 0; (at = text->find('|', at)) != std::string::npos; at += 2) text->insert(at, "\\");
    out += "| `" + v.attempt->name + "` | " + tries + " | " + stops + " |\n";
  }
  return out;
}

int run(const Options& options) {
  const auto sql = chosen(read_sql(kFolder / "sql"), options.only);
  auto& world = testing::World::shared();
  Ground ground(world.database(), options.baseline ? Ground::Design::common : Ground::Design::door);
  if (options.weakened) return run_weakened(world, ground, options);
  auto verdicts = run_sql(sql, ground, options);
  const auto http = run_http(world, options, verdicts);
  summary(verdicts);
  if (options.table) {
    const std::string table = table_of(verdicts);
    std::printf("%s", table.c_str());
    if (options.only.empty()) write_table(table);
  }
  const size_t leaks = leaking(verdicts);
  bool passed = all_found(verdicts, options.only);
  if (options.baseline) {
    // Most of what is tried, or each attempt that was named.
    passed = passed && (options.only.empty() ? leaks * 2 > verdicts.size() : leaks == verdicts.size());
    for (const Verdict& v : verdicts)
      std::printf("%s: %s\n", v.attempt->name.c_str(), v.leaks.empty() ? "stopped" : v.leaks.front().rule.c_str());
  } else {
    passed = table_is_whole(verdicts) && passed && leaks == 0;
  }
  std::printf("attempts=%zu leaks=%zu\n", verdicts.size(), leaks);
  return !passed;
}

}  // namespace cordon::attack
