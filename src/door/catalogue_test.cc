// What PostgreSQL's own catalogue says of the database that the migrations make: every table guarded, no login with a
// right too many, no function that runs as somebody else for whoever likes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/world.h"

namespace cordon {
namespace {

using testing::SqlSession;
using testing::World;
using Names = std::vector<std::string>;

const std::map<std::string, std::string> kPlatformTables{
    {"audit.event", "append only, also for requests that never proved a tenant; its own policies, tested in audit/"},
    {"audit.log", "one row: the log's name, key and end, for whoever grows or publishes it"},
    {"audit.ended_log", "logs that were before this one; no login reads it"},
    {"audit.tile", "hashes of the log's tree, which are published"},
    {"audit.action", "of which kind an event is, the same for every tenant; no login reads it"},
    {"audit.export", "keys of exports, closed, by the identity login only"},
    {"audit.hold", "whose events are not let go, by the identity login only"},
    {"audit.kind", "how long events stay, the same for every tenant"},
    {"audit.let_go", "which leaves of the log have no event any more"},
    {"audit.let_go_reach", "how far work has come, of no tenant"},
    {"audit.let_go_statement", "what was let go, which is published"},
    {"audit.bundle", "commitments, which are published, and the ids of the events that they are of"},
    {"cordon_meta.migration", "which migrations ran; no login reads it"},
    {"door.permission", "RBAC as data, the same for every tenant; the identity login reads it"},
    {"door.role", "RBAC as data, the same for every tenant; the identity login reads it"},
    {"door.role_permission", "RBAC as data, the same for every tenant; the identity login reads it"},
    {"door.seal", "the door itself: whoever holds a seal sees its one row"},
    {"door.session", "the door itself; only its functions read it"},
    {"door.stop", "the door itself; only its functions read it"},
    {"door.tenant_state", "the door itself; only its functions read it"},
    {"identity.api_token", "digests, read before there is a seal, by the identity login only"},
    {"identity.refresh", "digests, read before there is a seal, by the identity login only"},
    {"identity.session", "where people are signed in; lists of it are made by the identity login only"},
    {"identity.signing_key", "public keys, of no tenant"},
    {"identity.member", "read before there is a seal, by the identity login only"},
    {"identity.one_use", "digests, read before there is a seal, by the identity login only"},
    {"identity.support_grant", "staff have no tenant's seal when they ask for one; the identity login only"},
    {"identity.shop", "finds the tenant of a shop's name before there is a seal, by the identity login only"},
    {"shopify.person", "which member one of Shopify's people is, before there is a seal, by the identity login only"},
    {"shopify.proxy_ticket", "digests, read before there is a seal, by the identity login only"},
    {"shopify.session_token", "digests, read before there is a seal, by the identity login only"},
    {"shopify.shop",
     "finds the tenant of a shop that Shopify names, before there is a seal, by the identity login only"},
    {"keys.destruction", "what was asked to end and did, by the identity login only"},
    {"keys.kms_version", "names of versions, of no tenant"},
    {"keys.reclosing", "how far work has come, by the identity login only"},
    {"keys.turn", "whose turn it is, of no tenant"},
    {"identity.staff", "people who belong to no tenant, by the identity login only"},
    {"identity.staff_passkey", "public keys of people who belong to no tenant, by the identity login only"},
    {"identity.staff_recovery", "digests, read before there is a seal, by the identity login only"},
    {"identity.staff_secret", "digests, read before there is a seal, by the identity login only"},
    {"identity.staff_session", "sessions towards no tenant, by the identity login only"},
    {"identity.staff_throttle", "digests, read before there is a seal, by the identity login only"},
    {"identity.staff_totp", "encrypted, of people who belong to no tenant, by the identity login only"},
};

const char* const kOwnSchemas = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'";
const char* const kLogins =
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'cordon\\_%' AND rolcanlogin AND rolname <> 'cordon_admin'";

class Catalogue : public ::testing::Test {
 protected:
  SqlSession admin = World::shared().sql();

  Names names(const std::string& sql) {
    Names out;
    EXPECT_EQ(admin.run(sql), "00000") << sql;
    for (const auto& row : admin.rows()) out.push_back(row[0]);
    return out;
  }
  Names guarded() {
    Names out;
    for (const auto& name :
         names("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
               "WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND " +
               std::string(kOwnSchemas)))
      if (!kPlatformTables.contains(name)) out.push_back(name);
    return out;
  }
};

/// A policy's expressions with the permission's name taken out, as PostgreSQL prints them.
std::string shape(const std::string& own) {
  const std::string holds =
      "((tenant_id, true) = ( SELECT t.tenant_id,\n    t.holds\n   FROM door.tenant('?'::text) t(tenant_id, holds)))";
  return own.empty() || own == "public"
             ? holds
             : "(" + holds + " AND (" + own + " = ( SELECT s.s\n   FROM door.subject() s(s))))";
}

TEST_F(Catalogue, EveryTableIsGuardedOrStandsOnTheListWithItsReason) {
  const Names tables = guarded();
  EXPECT_THAT(tables,
              ::testing::IsSupersetOf({"commerce.merchant", "commerce.message", "commerce.shop_order", "work.job"}));
  for (const std::string& table : tables) {
    EXPECT_EQ(admin.value("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = '" + table +
                          "'::regclass"),
              "t")
        << table;
    EXPECT_EQ(admin.value("SELECT attnotnull AND atttypid = 'uuid'::regtype FROM pg_attribute WHERE attrelid = '" +
                          table + "'::regclass AND attname = 'tenant_id'"),
              "t")
        << table;
  }
  for (const auto& [table, reason] : kPlatformTables)
    EXPECT_EQ(admin.value("SELECT to_regclass('" + table + "') IS NOT NULL"), "t")
        << table << " is gone: take it off the list";
}

TEST_F(Catalogue, EveryPermissivePolicyOfAGuardedTableHasTheOneShape) {
  for (const std::string& table : guarded()) {
    EXPECT_EQ(admin.run("SELECT polname, polcmd, regexp_replace(coalesce(pg_get_expr(polqual, polrelid), ''), "
                        "'tenant\\(''[a-z.]+''', "
                        "'tenant(''?'''), regexp_replace(coalesce(pg_get_expr(polwithcheck, polrelid), ''), "
                        "'tenant\\(''[a-z.]+''', "
                        "'tenant(''?'''), (SELECT string_agg(r.rolname, ',' ORDER BY r.rolname) FROM pg_roles r WHERE "
                        "r.oid = ANY (polroles)) "
                        "FROM pg_policy WHERE polpermissive AND polrelid = '" +
                        table + "'::regclass ORDER BY polname"),
              "00000");
    std::map<std::string, std::vector<std::string>> policies;
    for (const auto& row : admin.rows()) policies[row[0]] = row;
    for (const std::string name : {"read", "add", "change", "remove"})
      EXPECT_TRUE(policies.contains(name)) << table << " " << name;
    for (const auto& [name, p] : policies) {
      if (table == "work.job" && name == "claim") {
        EXPECT_EQ(p[4],
                  "cordon_owner");  // work.claim() hands jobs out together with a seal; cordon_owner cannot log in
        continue;
      }
      if (table.starts_with("keys.") && name == "kept") {
        EXPECT_EQ(p[4], table == "keys.tenant_key"
                            ? "cordon_identity,cordon_owner"
                            : "cordon_identity");  // wrapped keys, which no tenant's data can be read from
        continue;
      }
      if (table.starts_with("keys.") && name == "events") {
        EXPECT_EQ(p[4], "cordon_audit");  // what closes events, and no other data key
        continue;
      }
      const bool own = name.starts_with("own_");
      EXPECT_EQ(p[4], own ? "cordon_visitor" : "cordon_api,cordon_worker") << table << " " << name;
      const bool everyone = own && (table == "commerce.merchant" || table == "commerce.product" ||
                                    table == "commerce.policy" || table == "keys.tenant_key");
      const std::string subject = table == "keys.data_key" ? "subject_id" : "visitor_id";
      const std::string wanted = shape(!own ? "" : everyone ? "public" : subject);
      const bool adds = p[1] == "a";
      EXPECT_EQ(p[2], adds ? "" : wanted) << table << " " << name;
      EXPECT_EQ(p[3], p[1] == "r" || p[1] == "d" ? "" : wanted) << table << " " << name;
    }
  }
}

TEST_F(Catalogue, EveryKeyOfATenantTableStartsWithTheTenant) {
  const Names tables = guarded();
  for (const std::string& table : tables) {
    const auto bad = names(
        "SELECT conname FROM pg_constraint k WHERE k.conrelid = '" + table +
        "'::regclass AND k.contype IN ('p', 'u', 'f', 'x') "
        "AND (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]) <> 'tenant_id'");
    EXPECT_EQ(bad, Names{}) << table;
    EXPECT_EQ(names("SELECT conname FROM pg_constraint k WHERE k.conrelid = '" + table +
                    "'::regclass AND k.contype = 'f' "
                    "AND (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1]) <> "
                    "'tenant_id'"),
              Names{})
        << table;
    EXPECT_EQ(names("SELECT indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = '" + table +
                    "'::regclass AND i.indisunique "
                    "AND (SELECT attname FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0]) IS "
                    "DISTINCT FROM 'tenant_id'"),
              Names{})
        << table;
    EXPECT_EQ(
        admin.value("SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = '" + table + "'::regclass"),
        "1")
        << table;
  }
}

// The planner's row estimates would tell of other tenants' values.
TEST_F(Catalogue, NothingIsGatheredAboutTheValuesOfATenantTable) {
  Names tables = guarded();
  tables.push_back("audit.event");
  for (const auto& partition :
       names("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.event'::regclass"))
    tables.push_back(partition);
  for (const std::string& table : tables) {
    // Its columns, and what its indexes make of them.
    EXPECT_EQ(names("SELECT a.attrelid::regclass::text || '.' || a.attname FROM pg_attribute a LEFT JOIN pg_index i "
                    "ON i.indexrelid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped "
                    "AND a.attstattarget IS DISTINCT FROM 0 AND (a.attrelid = '" +
                    table + "'::regclass OR (i.indrelid = '" + table + "'::regclass AND i.indkey[a.attnum - 1] = 0))"),
              Names{})
        << table;
    EXPECT_EQ(names("SELECT stxname FROM pg_statistic_ext WHERE stxrelid = '" + table + "'::regclass"), Names{})
        << table;
  }
}

TEST_F(Catalogue, NoLoginIsMoreThanALogin) {
  EXPECT_THAT(names(kLogins), ::testing::UnorderedElementsAre("cordon_api", "cordon_visitor", "cordon_worker",
                                                              "cordon_identity", "cordon_audit", "cordon_monitor"));
  EXPECT_EQ(
      names("SELECT rolname FROM pg_roles WHERE (rolname = 'cordon_owner' OR rolname IN (" + std::string(kLogins) +
            ")) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit)"),
      Names{});
  EXPECT_EQ(names("SELECT rolname FROM pg_roles WHERE rolname = 'cordon_owner' AND rolcanlogin"), Names{});
  // Nor does any become one: no login is a member of anything.
  EXPECT_EQ(names("SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname IN (" +
                  std::string(kLogins) + ")"),
            Names{});
}

TEST_F(Catalogue, NoLoginMayCreateAnythingAnywhere) {
  const std::string logins = "(" + std::string(kLogins) + ") l (login)";
  EXPECT_EQ(
      names("SELECT login || ' ' || datname FROM pg_database, " + logins +
            " WHERE datname IN ('cordon', 'postgres', 'template1') "
            "AND (has_database_privilege(login, datname, 'CREATE') OR has_database_privilege(login, datname, 'TEMP'))"),
      Names{});
  EXPECT_EQ(names("SELECT login || ' ' || datname FROM pg_database, " + logins +
                  " WHERE datname IN ('postgres', 'template1') "
                  "AND has_database_privilege(login, datname, 'CONNECT')"),
            Names{});
  EXPECT_EQ(names("SELECT login || ' ' || nspname FROM pg_namespace, " + logins +
                  " WHERE has_schema_privilege(login, oid, 'CREATE')"),
            Names{});
  EXPECT_EQ(names("SELECT login || ' ' || lanname FROM pg_language, " + logins +
                  " WHERE lanname NOT IN ('internal', 'c', 'sql') "
                  "AND has_language_privilege(login, oid, 'USAGE')"),
            Names{});
  EXPECT_EQ(
      names("SELECT login || ' ' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, " + logins +
            " WHERE c.relkind IN ('r', 'p') AND " + kOwnSchemas +
            " AND (has_table_privilege(login, c.oid, 'TRUNCATE') OR has_table_privilege(login, c.oid, 'REFERENCES') "
            "OR has_table_privilege(login, c.oid, 'TRIGGER'))"),
      Names{});
  // And what the catalogue promises, tried.
  for (const std::string login :
       {"cordon_api", "cordon_visitor", "cordon_worker", "cordon_identity", "cordon_audit", "cordon_monitor"}) {
    auto session = World::shared().sql(login);
    for (const std::string sql :
         {"CREATE TABLE public.t (i int)", "CREATE TEMP TABLE t (i int)", "CREATE SCHEMA s", "CREATE DATABASE d",
          "CREATE ROLE r", "CREATE FUNCTION door.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DO $$ BEGIN END $$",
          "CREATE EXTENSION pgcrypto"})
      EXPECT_EQ(session.run(sql), "42501") << login << ": " << sql;
  }
}

TEST_F(Catalogue, EveryLoginStartsWithTheSettingsThatTheDoorCountsOn) {
  for (const std::string& login : names(kLogins)) {
    auto session = World::shared().sql(login);
    const std::map<std::string, std::string> settings{{"search_path", "pg_catalog"},
                                                      {"statement_timeout", "10s"},
                                                      {"lock_timeout", "5s"},
                                                      {"idle_in_transaction_session_timeout", "5s"},
                                                      {"timezone", "UTC"},
                                                      {"default_transaction_isolation", "read committed"},
                                                      {"plan_cache_mode", "force_generic_plan"}};
    for (const auto& [name, value] : settings) EXPECT_EQ(session.value("SHOW " + name), value) << login;
  }
}

TEST_F(Catalogue, FunctionsThatRunAsTheirOwnerHaveAPathAndRunForWhomTheyShould) {
  EXPECT_EQ(
      admin.run("SELECT p.oid::regproc::text, coalesce(array_to_string(p.proconfig, ','), ''), "
                "(SELECT string_agg(r.rolname, ',' ORDER BY r.rolname) FROM pg_roles r WHERE r.rolcanlogin AND NOT "
                "r.rolsuper "
                "AND r.rolname LIKE 'cordon\\_%' AND has_function_privilege(r.oid, p.oid, 'EXECUTE')), p.prosecdef "
                "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE " +
                std::string(kOwnSchemas)),
      "00000");
  std::map<std::string, std::string> callers;
  for (const auto& row : admin.rows()) {
    if (row[3] == "t") {
      EXPECT_EQ(row[1], "search_path=pg_catalog") << row[0];
    }
    callers[row[0]] = row[2];
  }
  std::map<std::string, std::string> wanted{{"door.guard", ""}, {"work.claim", "cordon_identity"}};
  for (const char* name : {"forget", "end_kms_version", "decide"})
    wanted["keys." + std::string(name)] = "cordon_identity";
  for (const char* name :
       {"rotate", "end_session", "end_sessions", "let_go", "change_role", "staff_try", "remove_passkey", "set_password",
        "enrol", "end_other_sessions", "changed_one", "replace_tokens", "refresh_state"})
    wanted["identity." + std::string(name)] = "cordon_identity";
  for (const char* name : {"find", "rows_seen", "rows_recorded", "begin_log", "renumber", "release", "close_log_key"})
    wanted["audit." + std::string(name)] = "cordon_identity";
  for (const char* name : {"", "_info", "_reset"}) wanted["statements.pg_stat_statements" + std::string(name)] = "";
  for (const char* name : {"take_turn", "counts_on", "unsealed", "seal", "index_of", "prepare_partitions",
                           "index_past_day", "cosign", "forget_cosigned", "due", "let_go", "drop_empty_partition", "held_up"})
    wanted["audit." + std::string(name)] = "cordon_audit";
  for (const char* name : {"search", "days"}) wanted["audit." + std::string(name)] = "cordon_api,cordon_worker";
  for (const char* name :
       {"first_id", "holds_turn", "search_indexes", "past_days", "frontier", "places_of", "standing", "let_go_of"})
    wanted["audit." + std::string(name)] = "";
  for (const char* name :
       {"audit.no_statistics", "audit.add_partition", "audit.commitment", "door.permissions", "identity.end_tokens",
        "identity.end_grants", "keys.wrapped_by_the_active", "keys.count_wrap"})
    wanted[name] = "";
  for (const char* name : {"refuse", "tenant", "subject", "enter", "knock"})
    wanted["door." + std::string(name)] = "cordon_api,cordon_visitor,cordon_worker";
  for (const char* name : {"open_session", "narrow", "mint", "session_of", "revoke", "unseal", "suspend", "resume",
                           "halt", "unhalt", "sweep", "add_tenant"})
    wanted["door." + std::string(name)] = "cordon_identity";
  EXPECT_EQ(callers, wanted);
  EXPECT_EQ(names("SELECT p.oid::regproc::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, "
                  "aclexplode(p.proacl) a "
                  "WHERE a.grantee = 0 AND " +
                  std::string(kOwnSchemas)),
            Names{});
}

TEST_F(Catalogue, NothingIsGrantedToEverybody) {
  EXPECT_EQ(names("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, "
                  "aclexplode(c.relacl) a "
                  "WHERE a.grantee = 0 AND " +
                  std::string(kOwnSchemas)),
            Names{});
  EXPECT_EQ(names("SELECT n.nspname FROM pg_namespace n, aclexplode(n.nspacl) a WHERE a.grantee = 0 AND " +
                  std::string(kOwnSchemas)),
            Names{});
  EXPECT_EQ(names("SELECT n.nspname FROM pg_namespace n WHERE " + std::string(kOwnSchemas)),
            names("SELECT n.nspname FROM pg_namespace n WHERE n.nspname IN ('public', 'door', 'audit', 'commerce', "
                  "'work', 'identity', 'shopify', 'keys', 'statements', 'cordon_meta')"));
}

}  // namespace
}  // namespace cordon
