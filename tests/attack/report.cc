#include "attack/report.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

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

std::vector<Attempt> chosen(std::vector<Attempt> attempts, const std::string& only) {
  if (!only.empty()) std::erase_if(attempts, [&](const Attempt& a) { return a.name.find(only) == std::string::npos; });
  return attempts;
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

/// Takes one guard after the other away and runs the attempts that it stops: each has to leak.
int run_weakened(Ground& ground, const Options& options) {
  struct Weakening {
    const char *what, *sql, *noticed_by;
  };
  static constexpr Weakening kWeakenings[] = {
      {"a policy that lets every row through", "ALTER POLICY read ON commerce.message USING (true)", "read-everything"},
      {"sessions readable", "GRANT SELECT ON door.session TO cordon_api", "seal-other-tables"},
      {"an audit key without the tenant", "CREATE UNIQUE INDEX ON audit.event (event_id)", "oracle-audit-event"},
      {"a refusal that waits for a row",
       "ALTER POLICY read ON commerce.customer USING (tenant_id = (SELECT t.tenant_id FROM "
       "door.tenant('customer.read') AS t))",
       "oracle-refusal"},
      {"statistics of amounts",
       "ALTER TABLE commerce.shop_order ALTER COLUMN total_minor SET STATISTICS 100; ANALYZE commerce.shop_order",
       "stats-explain.sql"},
      {"an index on seals' tenants", "CREATE INDEX ON door.seal (tenant_id)", "stats-explain-seals"},
  };
  int unnoticed = 0;
  for (const Weakening& w : kWeakenings) {
    ground.weaken(w.sql);
    const auto attempts = chosen(read_sql(kFolder / "sql"), w.noticed_by);
    const bool noticed = leaking(run_sql(attempts, ground, options)) == attempts.size() && !attempts.empty();
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
  if (options.weakened) return run_weakened(ground, options);
  auto verdicts = run_sql(sql, ground, options);
  std::vector<Attempt> http;
  if (options.baseline) {
    std::printf("HTTP attempts are left out: the common design has no server of its own here.\n");
  } else {
    HttpJudge judge(world);
    http = read_http(kFolder / "http");
    for (Attempt& route : judge.every_route()) http.push_back(std::move(route));
    http = chosen(std::move(http), options.only);
    for (const Attempt& attempt : http) {
      verdicts.push_back(judge.judge(attempt));
      tell(verdicts.back(), options);
    }
  }
  summary(verdicts);
  if (options.table) {
    const std::string table = table_of(verdicts);
    std::printf("%s", table.c_str());
    if (options.only.empty()) write_table(table);
  }
  const size_t leaks = leaking(verdicts);
  if (options.baseline)
    for (const Verdict& v : verdicts)
      if (!v.leaks.empty()) std::printf("leaks: %s (%s)\n", v.attempt->name.c_str(), v.leaks.front().rule.c_str());
  const bool whole = table_is_whole(verdicts);
  std::printf("attempts=%zu leaks=%zu\n", verdicts.size(), leaks);
  return options.baseline ? leaks == 0 : leaks != 0 || !whole;
}

}  // namespace cordon::attack
