// The matrix role x permission, read from its tables, against what each role's seal can do on each guarded table.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/world.h"

namespace cordon {
namespace {

using testing::Shop;
using testing::SqlSession;
using testing::World;

struct Guarded {
  std::string table, read, write;
};

/// Each guarded table with the permissions that its policies ask for.
std::vector<Guarded> guarded_tables(SqlSession& admin) {
  EXPECT_EQ(
      admin.run(
          "SELECT p.polrelid::regclass::text, substring(pg_get_expr(p.polqual, p.polrelid) FROM "
          "'tenant\\(''([a-z.]+)'), "
          "substring(pg_get_expr(w.polqual, w.polrelid) FROM 'tenant\\(''([a-z.]+)') FROM pg_policy p JOIN pg_policy w "
          "ON w.polrelid = p.polrelid AND w.polname = 'remove' WHERE p.polname = 'read'"),
      "00000");
  std::vector<Guarded> out;
  for (const auto& row : admin.rows()) out.push_back({row[0], row[1], row[2]});
  return out;
}

/// One row of some tenant in the tables that may be empty: of an empty table PostgreSQL says so before it asks a policy
/// anything.
void fill_tables(SqlSession& admin, const Shop& shop) {
  const std::string tenant = "'" + to_string(shop.tenant) + "'", id = "'" + to_string(new_uuid()) + "'";
  admin.value("INSERT INTO commerce.visitor (tenant_id, visitor_id) VALUES (" + tenant + ", " + id + ")");
  admin.value("INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id) VALUES (" + tenant + ", " +
              id + ", " + id + ")");
  admin.value("INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (" +
              tenant + ", " + id + ", '1', '1', 'Ann')");
  admin.value(
      "INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq, not_before) VALUES (" +
      tenant + ", " + id + ", " + id + ", 'assistant', " + id + ", 1, 'infinity')");
  admin.value(
      "INSERT INTO shopify.install (tenant_id, domain, scopes, access_token, access_expires_at, refresh_token, "
      "refresh_expires_at) VALUES (" +
      tenant + ", 'a.myshopify.com', '{}', '', 'infinity', '', 'infinity')");
}

std::set<std::string> permissions_of(SqlSession& admin, const std::string& role) {
  EXPECT_EQ(admin.run("SELECT permission FROM door.role_permission WHERE role = '" + role + "'"), "00000");
  std::set<std::string> out;
  for (const auto& row : admin.rows()) out.insert(row[0]);
  return out;
}

TEST(Rbac, EachRoleCanDoOnEachTableWhatTheMatrixSays) {
  World& world = World::shared();
  auto admin = world.sql();
  const Shop shop = world.add_shop();
  fill_tables(admin, world.add_shop());
  const auto tables = guarded_tables(admin);
  ASSERT_GE(tables.size(), 9u);
  EXPECT_EQ(admin.run("SELECT name, kind FROM door.role"), "00000");
  const auto roles = admin.rows();
  ASSERT_GE(roles.size(), 10u);
  int allowed = 0, refused = 0;
  for (const auto& role : roles) {
    const auto pass = world.sign_in(shop, role[0]);
    const auto has = permissions_of(admin, role[0]);
    EXPECT_EQ(std::set<std::string>(pass->permissions.begin(), pass->permissions.end()), has) << role[0];
    auto session = world.sql(role[1] == "service" ? "cordon_worker" : "cordon_api");
    for (const Guarded& t : tables) {
      const auto ends = [&](const std::string& sql) {
        const std::string state = session.run("SELECT door.enter('" + pass->seal.hex() + "'); " + sql);
        ++(state == "00000" ? allowed : refused);
        return state;
      };
      const auto wanted = [&](bool may) { return std::string(may ? "00000" : "CD403"); };
      const bool reads = has.contains(t.read), writes = has.contains(t.write);
      EXPECT_EQ(ends("SELECT FROM " + t.table + " LIMIT 1"), wanted(reads)) << role[0] << " reads " << t.table;
      // Keys are added and never changed: no login of a seal's has the right.
      const std::string changes = t.table.starts_with("keys.") ? "42501" : wanted(writes && reads);
      EXPECT_EQ(ends("UPDATE " + t.table + " SET tenant_id = tenant_id"), changes) << role[0] << " changes " << t.table;
      EXPECT_EQ(ends("DELETE FROM " + t.table + " WHERE tenant_id IS NULL"), changes)
          << role[0] << " deletes from " << t.table;
    }
  }
  EXPECT_GT(allowed, 50);
  EXPECT_GT(refused, 50);
}

TEST(Rbac, EveryPermissionThatAPolicyOrRoleNamesIsDeclared) {
  auto admin = World::shared().sql();
  EXPECT_EQ(admin.value("SELECT count(*) FROM (SELECT (regexp_matches(coalesce(pg_get_expr(polqual, polrelid), '') || "
                        "coalesce(pg_get_expr(polwithcheck, polrelid), ''), 'door\\.tenant\\(''([^'']+)''', 'g'))[1] "
                        "AS name FROM pg_policy) p "
                        "WHERE name NOT IN (SELECT name FROM door.permission)"),
            "0");
}

}  // namespace
}  // namespace cordon
