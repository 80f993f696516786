#include "attack/ground.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/embedded.h"
#include "base/random.h"
#include "db/migrator.h"
#include "support/world.h"

namespace cordon::attack {

using cordon::testing::must;

namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::filesystem::path(CORDON_SOURCE_DIR) / "tests" / "attack" / name);
  std::ostringstream text;
  text << in.rdbuf();
  if (text.str().empty()) throw std::runtime_error("cannot read tests/attack/" + name);
  return text.str();
}

/// Always the same id for the same words, in the form of a UUIDv7.
std::string id_of(const std::string& words) {
  std::string hex = to_hex(sha256(words)).substr(0, 32);
  hex[12] = '7';
  hex[16] = '8';
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

// Every table that holds a tenant's rows, and whether it has a visitor.
constexpr const char* kTables = R"(
  SELECT c.oid::regclass::text, EXISTS (SELECT FROM pg_attribute v WHERE v.attrelid = c.oid AND v.attname = 'visitor_id'), n.nspname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('commerce', 'work', 'audit', 'door', 'identity', 'shopify', 'keys')
     AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) ORDER BY 1)";

constexpr const char* kSettings = R"(
  SELECT s.setrole::regrole, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
    FROM pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY u (c, n) WHERE s.setrole <> 0 ORDER BY 1, n)";
constexpr const char* kMembers = "SELECT roleid::regrole, member::regrole FROM pg_auth_members ORDER BY 1, 2";

std::string in_database(std::string conninfo, const std::string& database) {
  const std::string from = "dbname=cordon ";
  return conninfo.replace(conninfo.find(from), from.size(), "dbname=" + database + " ");
}

std::string digest(const std::string& table, const std::string& where) {
  return "(SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM " + table + " t WHERE " +
         where + ")";
}

}  // namespace

Names values_of(char who) {
  Names v;
  for (const char* key : {"tenant",
                          "visitor",
                          "visitor2",
                          "customer",
                          "conversation",
                          "conversation2",
                          "product",
                          "policy",
                          "order",
                          "job",
                          "job2",
                          "event",
                          "request",
                          "subject",
                          "session",
                          "session_owner",
                          "session_agent",
                          "session_visitor",
                          "session_assistant",
                          "api_token",
                          "grant",
                          "destruction"})
    v[std::string(":") + key] = id_of(std::string(1, who) + key);
  const bool mine = who == 'a', theirs = who == 'b';
  const std::string letter(1, who);
  v[":mark"] = mine ? kMine : theirs ? kCanary : "STANDS";
  v[":mark2"] = mine ? kNeighbour : theirs ? kCanary : "STANDS";
  // Values that the attacker knows and asks about: they must not look like canaries when an error repeats them.
  v[":email"] = "known-" + letter + "@example.test";
  v[":external_id"] = "known-customer-" + letter;
  v[":handle"] = "known-handle-" + letter;
  v[":order_number"] = "known-order-" + letter;
  v[":policy_title"] = "known-policy-" + letter;
  v[":shop"] = "known-shop-" + letter;
  v[":total"] = mine ? "1100" : theirs ? "770077007701" : "880088008801";
  v[":price"] = mine ? "1200" : theirs ? "770077007" : "880088008";
  v[":day"] = mine ? "2026-01-05T00:00:00Z" : theirs ? "2026-03-07T00:00:00Z" : "2026-06-09T00:00:00Z";
  v[":job_time"] = mine ? "2096-01-05T00:00:00Z" : theirs ? "2096-03-07T00:00:00Z" : "2096-06-09T00:00:00Z";
  v[":bulk"] = mine ? "3" : "60";
  v[":orders"] = mine ? "3" : "900";  // enough for the planner's estimates to differ from 1
  return v;
}

Ground::Ground(const app::Database& cluster, Design design) : cluster_(cluster), design_(design) {
  Wire system(cluster.admin_conninfo());
  for (const char* setting : {"fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off",
                              // Bytes as letters, in which a canary is found.
                              "bytea_output = escape"})
    system.run(std::string("ALTER SYSTEM SET ") + setting);
  if (common()) {
    system.run("CREATE ROLE common_app LOGIN; ALTER ROLE common_app SET statement_timeout = '2s'");
    std::ofstream people(system.run("SHOW ident_file")[0][0], std::ios::app);
    for (const uid_t uid : {::geteuid()})
      if (const passwd* entry = ::getpwuid(uid)) people << "cordon \"" << entry->pw_name << "\" common_app\n";
  }
  system.run("SELECT pg_reload_conf()");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the postmaster reads its files when the signal comes
  // One schema for both, so that their objects have the same ids.
  Place schema{"attack_schema", 0, {}, {}};
  system.run("CREATE DATABASE " + schema.database);
  must(db::migrate(in_database(cluster.admin_conninfo(), schema.database), embedded::migrations(), {}));
  if (common()) admin(schema).run(file("common.sql"));
  admins_.clear();
  make(there_);
  make(elsewhere_);
  settings_ = system.run(kSettings);
  members_ = system.run(kMembers);
  rebuild();
}

void Ground::restore_logins(Wire& system) {
  for (const auto& pair : system.run(kMembers))
    if (std::find(members_.begin(), members_.end(), pair) == members_.end())
      system.run("REVOKE " + pair[0] + " FROM " + pair[1]);
  for (const auto& login :
       system.run("SELECT rolname FROM pg_roles WHERE rolname ~ '^(cordon|common)_' AND rolcanlogin AND NOT rolsuper"))
    system.run("ALTER ROLE " + login[0] + " RESET ALL; ALTER ROLE " + login[0] + " PASSWORD NULL");
  for (const auto& setting : settings_)
    system.run("ALTER ROLE " + setting[0] + " SET " + setting[1] + " = '" + setting[2] + "'");
}

Actor Ground::actor(const std::string& name) const {
  if (common()) return {"app", "common_app", "owner"};
  if (name == "visitor") return {name, "cordon_visitor", "visitor"};
  if (name == "assistant") return {name, "cordon_worker", "assistant"};
  if (name == "owner" || name == "agent" || name == "analyst") return {name, "cordon_api", name};
  return {name, "cordon_" + name, ""};
}

std::string Ground::conninfo(const Place& place, const std::string& login) const {
  return in_database(cluster_.conninfo(login), place.database);
}

Wire& Ground::admin(const Place& place) {
  std::lock_guard lock(mutex_);
  auto& wire = admins_[place.database];
  if (!wire) wire = std::make_unique<Wire>(in_database(cluster_.admin_conninfo(), place.database));
  return *wire;
}

void Ground::make(Place& place) {
  const Place original{place.database + "_original", place.other, {}, {}};
  Wire(cluster_.admin_conninfo()).run("CREATE DATABASE " + original.database + " TEMPLATE attack_schema");
  Place copy = original;
  for (const char who : {'a', place.other}) {
    const Names v = values_of(who);
    admin(copy).run(
        replace("SELECT door.add_tenant(':tenant'); INSERT INTO identity.shop (tenant_id, shop, origins) VALUES "
                "(':tenant', ':shop', '{}');"
                "INSERT INTO identity.member (tenant_id, subject_id, name, role) VALUES (':tenant', ':subject', "
                "':mark-member', 'owner')",
                v));
    plant(copy, who);
  }
  for (const auto& [login, role] : std::map<std::string, std::string>{
           {"cordon_api", "owner"}, {"cordon_visitor", "visitor"}, {"cordon_worker", "assistant"}})
    place.victim_seals[login] = seal(copy, place.other, role, "session_" + role);
  place.fixed[":b_seal_digest"] = to_hex(sha256("no digest yet"));
  if (!common()) {
    const auto rows = admin(copy).run(replace(
        "SELECT encode(digest, 'hex') FROM door.seal WHERE tenant_id = ':tenant' LIMIT 1", values_of(place.other)));
    place.fixed[":b_seal_digest"] = rows[0][0];
  } else {
    place.fixed[":b_seal_digest"] = values_of('b')[":tenant"];
    place.victim_seals["common_app"] = values_of(place.other)[":tenant"];
  }
  admin(copy).run("ANALYZE");
  admins_.erase(original.database);
}

void Ground::plant(Place& place, char who) {
  for (const char* name : {"plant.sql", "plant_keys.sql"}) admin(place).run(replace(file(name), values_of(who)));
}

void Ground::rebuild() {
  Wire system(cluster_.admin_conninfo());
  restore_logins(system);
  for (Place* place : {&there_, &elsewhere_}) {
    admins_.erase(place->database);
    std::erase_if(wires_, [&](const auto& known) { return known.first.starts_with(place->database); });
    std::erase_if(names_, [&](const auto& known) { return known.first.starts_with(place->database); });
    system.run("DROP DATABASE IF EXISTS " + place->database + " WITH (FORCE)");
    system.run("CREATE DATABASE " + place->database + " TEMPLATE " + place->database + "_original");
    if (common()) system.run("ALTER DATABASE " + place->database + " OWNER TO common_app");
    // A copy has its original's tables, not its rights as a database.
    else
      system.run("REVOKE ALL ON DATABASE " + place->database + " FROM PUBLIC; GRANT CONNECT ON DATABASE " +
                 place->database +
                 " TO cordon_identity, cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_monitor");
    if (!weakening_.empty()) admin(*place).run(weakening_);
  }
}

void Ground::weaken(const std::string& sql) {
  weakening_ = sql;
  rebuild();
}

std::string Ground::seal(Place& place, char tenant, const std::string& role, const std::string& session) {
  Names v = values_of(tenant);
  v[":at"] = id_of(std::string(1, tenant) + session);
  v[":role"] = role;
  if (role == "visitor") v[":subject"] = v[":visitor"];
  return admin(place).run(replace(
      "SELECT door.open_session(':tenant', ':at', ':subject', ':role', 3600); SELECT seal FROM door.mint(':at', 3600)",
      v))[0][0];
}

std::string others_of(Wire& admin, const std::string& tenant, bool with_events) {
  std::string query = "SELECT ''";
  for (const auto& table : admin.run(kTables)) {
    std::string where = "tenant_id <> '" + tenant + "'";
    // The server's own events of refused requests carry no tenant, and of the staff's requests that of nobody.
    if (table[0] == "audit.event") where += " AND tenant_id <> '" + to_string(TenantId{}) + "'";
    if (table[0] != "audit.event" || with_events) query += " || " + digest(table[0], where);
  }
  return admin.run(query)[0][0];
}

const Names& Ground::names(Place& place, const Actor& actor) {
  Names& known = [&]() -> Names& {
    std::lock_guard lock(mutex_);
    return names_[place.database + actor.name];
  }();
  if (known.empty()) known = make_names(place, actor);
  return known;
}

Names Ground::make_names(Place& place, const Actor& actor) {
  Names out = place.fixed;
  out[":database"] = place.database;
  for (const auto& [name, value] : values_of('a')) out[":a_" + name.substr(1)] = value;
  for (const auto& [name, value] : values_of('b')) out[":b_" + name.substr(1)] = value;
  if (common()) {
    // A session variable has no seal: whoever may set it is whom it names.
    for (const char* name :
         {":a_seal_upper", ":a_seal_blank", ":a_seal_digest", ":a_seal_truncated", ":a_seal_longer", ":a_seal_flipped",
          ":a_seal_revoked", ":a_seal_expired", ":a_seal_owner", ":a_seal_narrow"})
      out[name] = out[":b_tenant"];
    out[":a_seal"] = out[":a_tenant"];
    return out;
  }
  const std::string own = "session_" + actor.name;
  out[":a_session"] = id_of("a" + own);
  out[":a_seal"] = actor.role.empty() ? to_hex(sha256("none")) : seal(place, 'a', actor.role, own);
  out[":a_seal_owner"] = seal(place, 'a', "owner", own + "_owner");
  out[":a_seal_revoked"] = seal(place, 'a', "owner", own + "_revoked");
  out[":a_seal_expired"] = seal(place, 'a', "owner", own + "_expired");
  // What an API token of the owner's stands for: it may read orders, and nothing else.
  out[":a_seal_narrow"] = admin(place).run(
      "SELECT door.narrow('" + id_of("a" + own + "_owner") + "', '" + id_of("a" + own + "_narrow") +
      "', '{order.read}', 3600); SELECT seal FROM door.mint('" + id_of("a" + own + "_narrow") + "', 3600)")[0][0];
  admin(place).run("SELECT door.revoke('" + id_of("a" + own + "_revoked") +
                   "');"
                   "UPDATE door.seal SET expires_at = now() - interval '1 second' WHERE session_id = '" +
                   id_of("a" + own + "_expired") + "'");
  const std::string& seal = out[":a_seal"];
  std::string upper = seal, flipped = seal;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  flipped[63] = flipped[63] == '0' ? '1' : '0';
  out[":a_seal_upper"] = upper;
  out[":a_seal_blank"] = seal.substr(0, 32) + " " + seal.substr(32) + "\t";
  out[":a_seal_flipped"] = flipped;
  out[":a_seal_truncated"] = seal.substr(0, 62);
  out[":a_seal_longer"] = seal + "00";
  out[":a_seal_digest"] = to_hex(sha256(seal));
  return out;
}

void Ground::restore_mine(Place& place) {
  const Names v = values_of('a');
  for (const char* table : {"work.job", "commerce.shop_order", "commerce.message", "commerce.conversation",
                            "commerce.visitor", "commerce.customer", "commerce.product", "commerce.policy",
                            "commerce.merchant", "shopify.install", "audit.event", "door.seal", "door.session",
                            "identity.api_token", "identity.support_grant", "keys.data_key", "keys.tenant_key"})
    admin(place).run(std::string("DELETE FROM ") + table + " WHERE tenant_id = '" + v.at(":tenant") + "'");
  admin(place).run(
      replace("UPDATE door.tenant_state SET suspended_at = NULL, suspended_why = NULL WHERE tenant_id = ':tenant'", v));
  plant(place, 'a');
  std::lock_guard lock(mutex_);
  std::erase_if(names_, [&](const auto& known) { return known.first.starts_with(place.database); });
}

State Ground::state(const Place& place) {
  Wire& wire = admin(place);
  std::string& query = state_queries_[place.database];
  if (query.empty()) {
    const Names v = values_of('a');
    const std::string mine = "tenant_id = '" + v.at(":tenant") + "'";
    std::string others = "''", neighbours = "''", own = "''";
    for (const auto& table : wire.run(kTables)) {
      others += " || " + digest(table[0], "tenant_id IS DISTINCT FROM '" + v.at(":tenant") + "'");
      own += " || " + digest(table[0], mine);
      // A row in the other's conversation is the other's, whoever it says it is of.
      std::string theirs = "visitor_id <> '" + v.at(":visitor") + "'";
      if (table[0] == "commerce.message" || table[0] == "work.job")
        theirs += " OR conversation_id = '" + v.at(":conversation2") + "'";
      if (table[1] == "t") neighbours += " || " + digest(table[0], mine + " AND (" + theirs + ")");
    }
    for (const char* table : {"door.permission", "door.role", "door.role_permission", "door.stop"})
      others += " || " + digest(table, "true");
    query = "SELECT " + others + ", " + neighbours + ", " + own + ", (" + file("catalogue.sql") + ")";
  }
  try {
    const auto row = wire.run(query)[0];
    return {row[0], row[1], row[2], row[3]};
  } catch (const std::runtime_error& e) {
    return {e.what(), {}, {}, "a table is gone"};
  }
}

Wire& Ground::wire(const Place& place, const std::string& login) {
  auto& wire = [&]() -> std::unique_ptr<Wire>& {
    std::lock_guard lock(mutex_);
    return wires_[place.database + login];
  }();
  if (wire && (!wire->usable() || wire->send("DISCARD ALL").front().state != "00000")) wire.reset();
  if (!wire) wire = std::make_unique<Wire>(conninfo(place, login));
  return *wire;
}

std::string Ground::victim(Wire& wire, const Place& place, const std::string& login) {
  const auto seal = place.victim_seals.find(login);
  std::string out;
  const auto add = [&](const std::string& sql) { out += Outcome{wire.send(sql), 0}.text(); };
  add("SELECT name, setting FROM pg_catalog.pg_settings WHERE name NOT LIKE 'plpgsql.%'");
  add("SELECT pg_catalog.pg_listening_channels()");
  // Cursors that attempts leave, under the names they use.
  for (const char* name : {"c", "held", "\"cordon\""}) add(std::string("FETCH ALL FROM ") + name);
  if (seal == place.victim_seals.end()) return out;
  Names v = values_of(place.other);
  v[":seal"] = seal->second;
  add("BEGIN");
  add(replace("SELECT count(*) FROM (SELECT door.enter(':seal')) e", v));
  for (const char* table :
       {"commerce.merchant", "commerce.customer", "commerce.visitor", "commerce.conversation", "commerce.message",
        "commerce.product", "commerce.policy", "commerce.shop_order", "work.job", "shopify.install"}) {
    add("SAVEPOINT s");
    add(std::string("SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)), min(t::text) FROM ") + table + " t");
    add("ROLLBACK TO s");
  }
  add(replace(
      "INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES "
      "(':tenant', ':conversation', 999, ':request', ':visitor', 'visitor', 'still mine') RETURNING seq, body",
      v));
  add("ROLLBACK");
  return out;
}

std::string Ground::in_this_design(std::string sql) const {
  if (!common()) return sql;
  const std::string from = "cordon.seal", to = "app.tenant";
  for (size_t at = 0; (at = sql.find(from, at)) != std::string::npos; at += to.size()) sql.replace(at, from.size(), to);
  return sql;
}

}  // namespace cordon::attack
