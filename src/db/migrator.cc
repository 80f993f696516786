#include "db/migrator.h"

#include <libpq-fe.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "base/random.h"
#include "db/plain.h"
#include "db/reset.h"

namespace cordon::db {

namespace fs = std::filesystem;

namespace {

constexpr const char* kBookkeeping = R"(
  CREATE SCHEMA IF NOT EXISTS cordon_meta;
  CREATE TABLE IF NOT EXISTS cordon_meta.migration (
    number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()))";
constexpr const char* kLock = "SELECT pg_advisory_lock(7305804402566917)";

Result<Plan> compare(Plain& connection, std::vector<Migration> files) {
  Plan plan;
  auto known = connection.rows("SELECT to_regclass('cordon_meta.migration') IS NOT NULL");
  if (!known) return std::unexpected(known.error());
  std::map<int, std::string> applied;
  if (known->at(0).at(0) == "t") {
    auto rows = connection.rows("SELECT number, checksum FROM cordon_meta.migration ORDER BY number");
    if (!rows) return std::unexpected(rows.error());
    for (const auto& row : *rows) applied[std::stoi(row[0])] = row[1];
  }
  if (!applied.empty() && applied.rbegin()->first > static_cast<int>(files.size()))
    return fail(Code::conflict, "the database is at migration " + std::to_string(applied.rbegin()->first) +
                                    ", this binary knows " + std::to_string(files.size()) + ": run a newer cordon");
  for (Migration& file : files) {
    const auto found = applied.find(file.number);
    if (found == applied.end()) {
      plan.pending.push_back(std::move(file));
      continue;
    }
    if (!plan.pending.empty())
      return fail(Code::conflict, "migration " + plan.pending.front().name + " was never applied, but a later one was");
    if (found->second != file.checksum)
      return fail(Code::conflict, file.name + " has changed since it was applied (" + found->second.substr(0, 12) +
                                      " then, " + file.checksum.substr(0, 12) +
                                      " now): put it back and add a new migration instead");
    plan.applied.push_back(std::move(file));
  }
  return plan;
}

Result<Plain> open_server(const std::string& admin) {
  auto connection = Plain::open(admin);
  if (connection && connection->server_version() < 150000)
    return fail(Code::conflict,
                "PostgreSQL 15 or later is needed, this is " + std::to_string(connection->server_version() / 10000));
  return connection;
}

}  // namespace

Result<std::vector<Migration>> read_migrations(std::span<const embedded::File> files) {
  std::vector<Migration> out;
  for (const auto& file : files) {
    const std::string name = file.name;
    const bool named =
        name.size() > 9 && name[4] == '_' && name.ends_with(".sql") && name.find_first_not_of("0123456789") == 4;
    if (!named) return fail(Code::invalid, name + " is not named NNNN_what.sql");
    if (std::stoi(name) != static_cast<int>(out.size()) + 1)
      return fail(Code::invalid, name + ": number " + std::to_string(out.size() + 1) + " was expected here");
    out.push_back({std::stoi(name), name, std::string(file.text()), to_hex(sha256(file.text()))});
  }
  return out;
}

Result<Plan> plan(const std::string& admin, std::span<const embedded::File> files) {
  auto migrations = read_migrations(files);
  if (!migrations) return std::unexpected(migrations.error());
  auto connection = open_server(admin);
  if (!connection) return std::unexpected(connection.error());
  return compare(*connection, std::move(*migrations));
}

Result<Plan> migrate(const std::string& admin, std::span<const embedded::File> files,
                     std::function<void(const Migration&)> progress) {
  auto migrations = read_migrations(files);
  if (!migrations) return std::unexpected(migrations.error());
  auto connection = open_server(admin);
  if (!connection) return std::unexpected(connection.error());
  // Released with the connection, whatever happens.
  if (auto locked = connection->script(kLock); !locked) return std::unexpected(locked.error());
  auto plan = compare(*connection, std::move(*migrations));
  if (!plan || plan->pending.empty()) return plan;
  if (auto made = connection->script(kBookkeeping); !made) return std::unexpected(made.error());
  for (const Migration& m : plan->pending) {
    if (progress) progress(m);
    Result<Done> done = connection->script("BEGIN");
    if (done) done = connection->script(m.sql);
    if (done) done = connection->script("RESET ROLE");
    if (done) {
      auto recorded =
          connection->rows("INSERT INTO cordon_meta.migration (number, name, checksum) VALUES ($1::integer, $2, $3)",
                           {param(m.number), m.name, m.checksum});
      if (!recorded) done = std::unexpected(recorded.error());
    }
    if (done) done = connection->script("COMMIT");
    if (!done) return fail(Code::internal, m.name + ": " + done.error().detail);
  }
  return plan;
}

static constexpr std::array kLogins{"cordon_identity", "cordon_api",   "cordon_visitor",
                                    "cordon_worker",   "cordon_audit", "cordon_monitor"};

static Result<std::string> password(const fs::path& folder, const std::string& login, bool make) {
  const fs::path path = folder / (login + ".password");
  std::string text;
  if (std::ifstream in(path); in && std::getline(in, text) && !text.empty()) return text;
  if (!make) return std::string();
  fs::create_directories(folder);
  const mode_t before = ::umask(0077);
  std::ofstream out(path);
  ::umask(before);
  text = random_secret();
  if (!(out << text << '\n') || !out.flush()) return fail(Code::internal, "cannot write " + path.string());
  return text;
}

Result<Done> set_login_passwords(const std::string& admin, const fs::path& folder) {
  auto connection = Plain::open(admin);
  if (!connection) return std::unexpected(connection.error());
  for (const std::string login : kLogins) {
    auto secret = password(folder, login, true);
    if (!secret) return std::unexpected(secret.error());
    auto verifier = connection->scram_verifier(login, *secret);
    if (!verifier) return std::unexpected(verifier.error());
    // A verifier is base64 and punctuation of its own: it holds no quote.
    if (auto set = connection->script("ALTER ROLE " + login + " PASSWORD '" + *verifier + "'"); !set) return set;
  }
  return Done{};
}

std::string login_conninfo(const std::string& base, std::string_view login, const fs::path& folder) {
  // Later keywords win in a conninfo string; a URL is taken apart by libpq itself.
  std::string out;
  char* problem = nullptr;
  std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(base.c_str(), &problem),
                                                                         PQconninfoFree);
  PQfreemem(problem);
  const auto add = [&](std::string_view key, std::string_view value) {
    out += std::string(key) + "='";
    for (char c : value) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    out += "' ";
  };
  for (auto* o = options.get(); o && o->keyword; ++o)
    if (o->val && std::string_view(o->keyword) != "user" && std::string_view(o->keyword) != "password")
      add(o->keyword, o->val);
  add("user", login);
  add("options", start_options());
  const auto secret = password(folder, std::string(login), false);
  if (secret && !secret->empty()) add("password", *secret);
  return out;
}

}  // namespace cordon::db
