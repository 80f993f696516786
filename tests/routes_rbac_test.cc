// Every declared route as every role, and as nobody, against the matrix that the database enforces. Both are read, none
// is written down here: a new route or role is covered by itself. The few routes that need no token are listed.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/sample.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::World;

struct Role {
  std::string name, kind;
  std::set<std::string> permissions;
};

class RoutesRbac : public ::testing::Test {
 protected:
  std::vector<Role> roles() {
    auto admin = world.sql();
    std::vector<Role> out;
    EXPECT_EQ(admin.run("SELECT name, kind FROM door.role ORDER BY name"), "00000");
    for (const auto& row : admin.rows()) out.push_back({row[0], row[1], {}});
    for (Role& role : out) {
      EXPECT_EQ(admin.run("SELECT permission FROM door.role_permission WHERE role = '" + role.name + "'"), "00000");
      for (const auto& row : admin.rows()) role.permissions.insert(row[0]);
    }
    return out;
  }
  std::shared_ptr<const door::Pass> sign_in(const Role& role) {
    return role.kind == "staff" ? world.sign_in_staff(role.name) : world.sign_in(shop, role.name);
  }
  net::Reply ask(const door::Route& route, const std::string& token) {
    const auto request = testing::sample(route, document);
    std::vector<net::Header> headers;
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    return testing::ask(world.port(), to_string(route.info.method), request.target, headers, request.body);
  }

  /// Of an empty table PostgreSQL says that it is, before it asks a policy anything.
  void put_one_row_in_each_table() {
    const std::string key = "('" + to_string(shop.tenant) + "', '" + to_string(new_uuid()) + "'";
    const std::string id = key.substr(key.find(", ") + 2);
    auto admin = world.sql();
    admin.value("INSERT INTO commerce.visitor (tenant_id, visitor_id) VALUES " + key + ")");
    admin.value("INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES " +
                key + ", '1', '1', 'Ann')");
    admin.value("INSERT INTO commerce.conversation (tenant_id, conversation_id, visitor_id) VALUES " + key + ", " + id +
                ")");
    admin.value(
        "INSERT INTO commerce.message (tenant_id, conversation_id, seq, message_id, visitor_id, author, body) VALUES " +
        key + ", 1, " + id + ", " + id + ", 'visitor', 'Hello')");
    admin.value(
        "INSERT INTO commerce.product (tenant_id, product_id, handle, title, description, vendor, product_type, "
        "price_min_minor, price_max_minor, currency, available) VALUES " +
        key + ", 'h', 't', 'd', 'v', 'p', 1, 1, 'EUR', true)");
    admin.value("INSERT INTO commerce.policy (tenant_id, policy_id, kind, title, body) VALUES " + key +
                ", 'k', 't', 'b')");
    admin.value(
        "INSERT INTO commerce.shop_order (tenant_id, order_id, external_id, total_minor, currency, placed_at) VALUES " +
        key + ", '1', 1, 'EUR', now())");
  }

  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  const door::Routes routes = app::declare_routes();
  const boost::json::object document = routes.openapi();
};

TEST_F(RoutesRbac, EachRouteAnswersEachRoleAsTheMatrixSays) {
  int allowed = 0, refused = 0;
  for (const Role& role : roles()) {
    auto pass = sign_in(role);
    for (const door::Route& route : routes.all()) {
      const std::string wanted(route.info.permission.name);
      if (wanted == door::kAnyone.name) continue;
      SCOPED_TRACE(role.name + " " + std::string(to_string(route.info.method)) + " " + std::string(route.info.path));
      // What everybody signed in may do is about their own sessions, and ends some.
      const bool any_role = wanted == door::kSignedIn.name;
      const auto reply = ask(route, world.token(any_role ? *sign_in(role) : *pass));
      if (any_role || role.permissions.contains(wanted)) {
        ++allowed;
        // A challenge that nobody posed: the answer is wrong, not the role.
        if (reply.status == 401) {
          EXPECT_EQ(testing::field(testing::json_of(reply), "field"), "challenge") << reply.body;
        }
        EXPECT_NE(reply.status, 403) << reply.body;
        EXPECT_LT(reply.status, 500) << reply.body;
      } else {
        ++refused;
        EXPECT_EQ(reply.status, 403) << reply.body;
      }
    }
  }
  EXPECT_GT(allowed, 100);
  EXPECT_GT(refused, 150);
}

// What a token says saves a question; what counts is what PostgreSQL says. So the same with tokens that claim
// everything, as whoever has stolen a signing key could make them.
TEST_F(RoutesRbac, ATokenThatClaimsMoreThanItsSealOpensNothingMore) {
  put_one_row_in_each_table();
  int tried = 0;
  for (const Role& role : roles()) {
    // Shoppers have a login of their own, which lacks the tables or sees one's own rows: tests/attack tries it.
    if (role.kind == "visitor") continue;
    door::Pass forged = *sign_in(role);
    for (const door::Route& route : routes.all()) {
      const std::string wanted(route.info.permission.name);
      if (wanted == door::kAnyone.name || wanted == door::kSignedIn.name || role.permissions.contains(wanted)) continue;
      SCOPED_TRACE(role.name + " " + std::string(to_string(route.info.method)) + " " + std::string(route.info.path));
      forged.permissions = {wanted};
      const auto reply = ask(route, world.token(forged));
      EXPECT_EQ(reply.status, 403) << reply.body;
      ++tried;
    }
  }
  EXPECT_GT(tried, 150);
}

/// The routes that answer before anybody has signed in, because
const std::set<std::string> kOpen{
    // they are how one does,
    "sign_in", "ask_for_link", "refresh_token", "staff_sign_in", "staff_mfa", "staff_accept", "staff_enrol",
    "staff_forgot", "staff_reset", "refresh_shopify_session",
    // Shopify has signed what they are asked with,
    "begin_shopify_install", "finish_shopify_sign_in", "open_shopify_session", "shopify_proxy_ticket",
    // a shopper is nobody in particular, and a ticket is in the address,
    "open_visit", "open_shopify_visit", "widget_socket", "inbox_socket",
    // or what they say is public.
    "jwks", "openapi", "healthz", "readyz", "audit_checkpoint", "audit_tile", "audit_let_go"};

TEST_F(RoutesRbac, NobodyGetsInWithoutAToken) {
  std::set<std::string> open;
  for (const door::Route& route : routes.all()) {
    const auto reply = ask(route, "");
    if (route.info.permission.name != door::kAnyone.name)
      EXPECT_EQ(reply.status, 401) << route.info.path << " " << reply.body;
    else open.insert(std::string(route.info.name));
  }
  EXPECT_EQ(open, kOpen);
}

TEST_F(RoutesRbac, EveryPermissionThatARouteNamesIsInTheMatrix) {
  auto admin = world.sql();
  for (const door::Route& route : routes.all()) {
    const std::string name(route.info.permission.name);
    if (name == door::kAnyone.name || name == door::kSignedIn.name) continue;
    EXPECT_EQ(admin.value("SELECT count(*) FROM door.permission WHERE name = '" + name + "'"), "1") << name;
    EXPECT_NE(admin.value("SELECT count(*) FROM door.role_permission WHERE permission = '" + name + "'"), "0") << name;
  }
}

TEST_F(RoutesRbac, TheDocumentShowsWhatEachRouteNeedsAndLeaves) {
  for (const door::Route& route : routes.all()) {
    std::string method(to_string(route.info.method));
    for (char& c : method) c = static_cast<char>(c | 32);
    const auto& operation = document.at("paths").at(route.info.path).at(method).get_object();
    EXPECT_EQ(operation.at("x-permission").get_string(), route.info.permission.name);
    EXPECT_EQ(operation.at("x-audit-action").get_string(), route.info.action.name);
    EXPECT_NE(operation.at("description").get_string().find(route.info.action.name), std::string::npos);
    EXPECT_EQ(operation.at("security").get_array().empty(), route.info.permission.name == door::kAnyone.name);
  }
}

}  // namespace
}  // namespace cordon
