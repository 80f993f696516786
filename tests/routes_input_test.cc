// Bad input to every declared route, made from the OpenAPI document so that no route is missed: each gets a 4xx that
// names the field, and nothing changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "commerce/customer_store.h"
#include "db/plain.h"
#include "support/sample.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

namespace bj = boost::json;
using testing::field;
using testing::must;
using testing::valid;
using testing::World;

struct Bad {
  std::string what;
  std::string text;  ///< JSON
};

/// Values that a schema does not take.
std::vector<Bad> invalid(const bj::object& schema, bool required) {
  std::string type;
  if (const auto* types = schema.if_contains("type"))
    type = types->is_array() ? types->get_array().front().get_string() : types->get_string();
  std::vector<Bad> out{{"an object", "{}"}, {"a fraction", "1.5"}};
  if (type != "array") out.push_back({"a list", "[]"});
  if (type != "boolean") out.push_back({"a boolean", "true"});
  if (type != "integer") out.push_back({"a number", "12"});
  if (required) out.push_back({"null", "null"});
  if (type == "integer") {
    out.insert(out.end(), {{"digits as text", "\"1\""},
                           {"past 64 bits", "99999999999999999999"},
                           {"past a double", "1e999"},
                           {"an exponent", "1e2"}});
    if (schema.contains("minimum"))
      out.push_back({"too small", std::to_string(schema.at("minimum").to_number<int64_t>() - 1)});
    if (const int64_t most = schema.contains("maximum") ? schema.at("maximum").to_number<int64_t>() : INT64_MAX;
        most < INT64_MAX)
      out.push_back({"too large", std::to_string(most + 1)});
    return out;
  }
  out.push_back({"NUL", "\"a\\u0000" + std::string(30, 'x') + "\""});
  if (schema.contains("maxLength"))
    out.push_back({"too long", "\"" + std::string(schema.at("maxLength").to_number<size_t>() + 1, 'x') + "\""});
  if (schema.contains("minLength")) out.push_back({"empty", "\"\""});
  if (schema.contains("enum") || schema.contains("format")) out.push_back({"not one of those", "\"nonsense\""});
  if (schema.contains("format") && schema.at("format").get_string() == "date-time")
    out.insert(out.end(), {{"no such day", "\"2026-02-30T00:00:00Z\""},
                           {"a year past PostgreSQL", "\"999999-01-01T00:00:00Z\""},
                           {"only a day", "\"2026-02-01\""}});
  return out;
}

class RoutesInput : public ::testing::Test {
 protected:
  using Ids = std::map<std::string, std::string>;  ///< by the segment of a path that they stand in

  /// Everything that a request could change, as one text.
  std::string state() {
    auto admin = must(db::Plain::open(world_.database().admin_conninfo()));
    std::string out;
    for (const auto& row : must(
             admin.rows("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('commerce', 'work') "
                        "OR schemaname || '.' || tablename IN ('identity.shop', 'identity.member', "
                        "'identity.api_token', 'identity.support_grant', 'door.session', "
                        "'door.tenant_state', 'door.stop') ORDER BY 1")))
      out += row[0] + " " +
             must(admin.rows("SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM " + row[0] +
                             " t"))[0][0] +
             "\n";
    return out;
  }

  /// The token of somebody who may use a route.
  const std::string& token_for(const door::RouteInfo& route) const {
    const std::string_view permission = route.permission.name;
    if (permission.starts_with("visit.")) return visitor_;
    if (permission == "grant.open") return support_;
    if (permission.starts_with("staff.") || permission.starts_with("key.") || permission == "audit.read-all")
      return administrator_;
    return permission == door::kAnyone.name ? nobody_ : owner_;
  }
  net::Reply ask(const door::RouteInfo& route, const std::string& target, const std::string& body = {}) {
    return ask(token_for(route), route, target, body);
  }
  net::Reply ask(const std::string& token, const door::RouteInfo& route, const std::string& target,
                 const std::string& body) {
    std::vector<net::Header> headers;
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    if (!wire_) wire_ = std::make_unique<testing::Wire>(world_.port());
    auto reply = wire_->ask(to_string(route.method), target, headers, body);
    if (!reply || reply->header("connection") == "close") wire_.reset();
    return reply.value_or(net::Reply{});
  }

  /// The answer is a 4xx problem, about `named` if that is not empty.
  void expect_refused(const net::Reply& reply, const std::string& named) {
    ++tried_;
    EXPECT_GE(reply.status, 400);
    EXPECT_LT(reply.status, 500) << reply.body;
    EXPECT_EQ(reply.header("content-type"), "application/problem+json");
    if (!named.empty()) {
      EXPECT_EQ(field(testing::json_of(reply), "field"), named) << reply.body;
    }
  }

  std::string target(const door::Route& route, const std::string& query = {}) {
    std::string out;
    for (const std::string& segment : route.segments) {
      out += '/';
      if (!segment.starts_with('{')) out += segment;
      else out += ids_.contains(segment) ? ids_.at(segment) : ids_.at("{customer_id}");
    }
    return query.empty() ? out : out + "?" + query;
  }

  void try_body(const door::Route& route, const bj::object& schema);
  void try_query(const door::Route& route, const bj::array& parameters);

  World& world_ = World::shared();
  testing::Shop shop_ = world_.add_shop();
  std::string owner_ = world_.token(*world_.sign_in(shop_, "owner"));
  std::string support_ = world_.token(*world_.sign_in_staff("support"));
  std::string administrator_ = world_.token(*world_.sign_in_staff("administrator"));
  std::string visitor_;
  const std::string nobody_;
  Ids ids_;  ///< what stands in a path
  std::unique_ptr<testing::Wire> wire_;
  int tried_ = 0;

  /// A conversation and a customer of a shop.
  Ids fill(const testing::Shop& shop, std::string* token = nullptr) {
    auto shopper = testing::visit(world_.port(), shop.name);
    if (token) *token = shopper.token;
    auto chat = testing::open_chat(shopper);
    const auto hello = chat->await("hello");
    chat->send(testing::say(to_string(ClientId::fresh()), "Hello"));
    chat->await("message", [](const bj::value& f) { return field(f.at("message"), "author") == "assistant"; });
    CustomerId customer{};
    const std::vector<commerce::NewCustomer> customers{{"c-1", "Ann", {}, {}}};
    world_.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(shop.tenant, "importer")), backend.worker);
      customer = must(co_await commerce::put_customers(scope, customers)).front();
    });
    return {{"{conversation_id}", field(hello, "conversation_id")}, {"{customer_id}", to_string(customer)}};
  }

  Ids plant(const testing::Shop& shop);
  std::string planted(const testing::Shop& shop, const Ids& ids);
  void expect_the_same(const door::Route& route, const std::string& kind, const Ids& mine, const Ids& theirs);
};

void RoutesInput::try_body(const door::Route& route, const bj::object& schema) {
  bj::object properties, base;
  if (const auto* found = schema.if_contains("properties")) properties = found->get_object();
  for (const auto& p : properties) base[p.key()] = valid(p.value().get_object());
  const auto is_required = [&](std::string_view name) {
    const auto* all = schema.if_contains("required");
    return all && std::count(all->get_array().begin(), all->get_array().end(), bj::value(name)) > 0;
  };
  const std::string at = target(route);
  for (const auto& p : properties) {
    const std::string name(p.key());
    SCOPED_TRACE("field " + name);
    bj::object others = base;
    others.erase(name);
    std::string rest = bj::serialize(others);
    rest.pop_back();
    if (!others.empty()) rest += ',';
    for (const auto& [what, text] : invalid(p.value().get_object(), is_required(name))) {
      SCOPED_TRACE(what);
      expect_refused(ask(route.info, at, rest + "\"" + name + "\":" + text + "}"), name);
    }
    if (is_required(name)) expect_refused(ask(route.info, at, bj::serialize(others)), name);
    const std::string once = "\"" + name + "\":" + bj::serialize(base[name]);
    expect_refused(ask(route.info, at, rest + once + "," + once + "}"), name);
    expect_refused(ask(route.info, at, rest + "\"" + name + "\":\"\xff\xfe" + std::string(30, 'x') + "\"}"), "");
    expect_refused(ask(route.info, at, rest + "\"" + name + "\":\"\\ud800" + std::string(30, 'x') + "\"}"), "");
  }
  bj::object more = base;
  more["tenant_id"] = to_string(TenantId::fresh());
  expect_refused(ask(route.info, at, bj::serialize(more)), "tenant_id");
  const std::string whole = bj::serialize(base);
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("\"text\""), std::string("nonsense"), whole + whole,
        "\xef\xbb\xbf" + whole, std::string(5000, '[') + std::string(5000, ']'),
        std::string(R"({"a":)") + std::string(100, '[') + std::string(100, ']') + "}", std::string("{\0}", 3)}) {
    SCOPED_TRACE(body.substr(0, 40));
    expect_refused(ask(route.info, at, body), "");
  }
  expect_refused(ask(route.info, at + "?x=1", whole), "query");
}

void RoutesInput::try_query(const door::Route& route, const bj::array& parameters) {
  if (route.info.path.starts_with("/v1/shopify/")) {
    // What somebody else has signed is judged by its signature (src/shopify/signature_test.cc), not field by field.
    for (const char* query :
         {"", "nonsense=1", "shop=a.myshopify.com&timestamp=1&hmac=00&signature=00", "shop=%00", "%", "%ff"})
      expect_refused(ask(route.info, target(route, query)), "");
    return;
  }
  std::string base;
  for (const auto& p : parameters)
    if (p.at("in").get_string() == "query" && p.at("required").get_bool())
      base += "&" + field(p, "name") + "=" + field(bj::object{{"v", valid(p.at("schema").get_object())}}, "v");
  expect_refused(ask(route.info, target(route, "nonsense=1" + base)), base.empty() ? "nonsense" : "");
  expect_refused(ask(route.info, target(route, "tenant_id=" + to_string(TenantId::fresh()) + base)), "tenant_id");
  for (const auto& p : parameters) {
    if (p.at("in").get_string() != "query") continue;
    const std::string name = field(p, "name");
    SCOPED_TRACE("query " + name);
    std::string others;
    for (const auto& o : parameters)
      if (o.at("in").get_string() == "query" && o.at("required").get_bool() && field(o, "name") != name)
        others += "&" + field(o, "name") + "=" + field(bj::object{{"v", valid(o.at("schema").get_object())}}, "v");
    const bj::object& schema = p.at("schema").get_object();
    std::vector<std::string> wrong;
    const bool number = bj::serialize(schema).find("\"integer\"") != std::string::npos;
    if (number) wrong = {"", "x", "1.5", "-1", "1e2", "99999999999999999999", "0x1", "%201", "1%00"};
    else wrong = {"", "a%00b" + std::string(30, 'x')};
    if (schema.contains("enum") || schema.contains("oneOf")) wrong.push_back("nonsense");
    if (schema.contains("maxLength")) wrong.emplace_back(schema.at("maxLength").to_number<size_t>() + 1, 'x');
    for (const std::string& value : wrong) {
      SCOPED_TRACE(value.substr(0, 60));
      const bool nul = value.find("%00") != std::string::npos;
      expect_refused(ask(route.info, target(route, name + "=" + value + others)), nul ? "" : name);
    }
    for (const char* value : {"%", "%z1", "%4", "%ff%fe", "%ed%a0%80"})
      expect_refused(ask(route.info, target(route, name + "=" + value + others)), "");
    const std::string once =
        name + "=" +
        field(bj::object{{"v", valid(schema.contains("oneOf") ? schema.at("oneOf").get_array().front().get_object()
                                                              : schema)}},
              "v");
    expect_refused(ask(route.info, target(route, once + "&" + once + others)), name);
  }
}

TEST_F(RoutesInput, IsRefusedByEveryRouteAndChangesNothing) {
  ids_ = fill(shop_, &visitor_);
  const door::Routes routes = app::declare_routes();
  const bj::object document = routes.openapi();
  const std::string before = state();
  for (const door::Route& route : routes.all()) {
    SCOPED_TRACE(std::string(to_string(route.info.method)) + " " + std::string(route.info.path));
    std::string method(to_string(route.info.method));
    for (char& c : method) c = static_cast<char>(c | 32);
    const bj::object& operation = document.at("paths").at(route.info.path).at(method).get_object();
    const int tried = tried_;
    if (const auto* body = operation.if_contains("requestBody"))
      try_body(route, body->at("content").at("application/json").at("schema").get_object());
    else try_query(route, operation.contains("parameters") ? operation.at("parameters").get_array() : bj::array());
    EXPECT_GT(tried_, tried);
  }
  EXPECT_EQ(state(), before);
  RecordProperty("requests", tried_);
}

/// Something of each kind that a path names, of a shop and of those of the staff who had to do with it.
RoutesInput::Ids RoutesInput::plant(const testing::Shop& shop) {
  Ids out = fill(shop);
  const auto colleague = world_.sign_in_staff("support");
  const auto made = [&](const std::string& path, const std::string& by, const std::string& body,
                        const std::string& kind) {
    const auto reply = world_.call(net::Method::post, path, by, body);
    const std::string id = field(testing::json_of(reply), kind);
    EXPECT_NE(id, "") << reply.body;
    out["{" + kind + "}"] = id;
  };
  made("/v1/api-tokens", world_.token(*world_.sign_in(shop, "owner")),
       R"({"name":"till","days":1,"scopes":["order.read","audit.append"]})", "token_id");
  made("/v1/staff/grants", world_.token(*colleague),
       R"({"shop":")" + shop.name + R"(","reason":"They asked us to look at an order.","ticket":"T-1","minutes":60})",
       "grant_id");
  made("/v1/staff/key-destructions", world_.token(*world_.sign_in_staff("administrator")),
       R"({"shop":")" + shop.name + R"(","why":"The shop has left us and wants nothing kept."})", "destruction_id");
  out["{staff_id}"] = to_string(colleague->subject);
  out["{subject_id}"] = to_string(shop.owner);
  world_.run([&](identity::Backend& backend) -> net::Task<void> {
    const identity::Who who{shop.tenant, shop.owner, "owner"};
    const identity::From laptop{"link", "Firefox/1 (Linux)", "192.0.2.1"};
    out["{session_id}"] = to_string(must(co_await backend.identity.open(who, laptop)).pass->session);
  });
  auto admin = world_.sql();
  out["{passkey_id}"] = admin.value(
      "INSERT INTO identity.staff_passkey (passkey_id, staff_id, credential, algorithm, public_key, sign_count, name) "
      "VALUES (gen_random_uuid(), '" +
      out["{staff_id}"] + "', uuid_send(gen_random_uuid()), -7, '', 0, 'a key') RETURNING passkey_id");
  out["{event_id}"] =
      admin.value("SELECT event_id FROM audit.event WHERE tenant_id = '" + to_string(shop.tenant) + "' LIMIT 1");
  return out;
}

/// What plant() has put beside what state() has, as one text.
std::string RoutesInput::planted(const testing::Shop& shop, const Ids& ids) {
  const std::string of_shop = " t WHERE tenant_id = '" + to_string(shop.tenant) + "'",
                    of_staff = " t WHERE staff_id = '" + ids.at("{staff_id}") + "'";
  auto admin = world_.sql();
  EXPECT_EQ(
      admin.run("SELECT t::text FROM identity.session" + of_shop + " UNION ALL SELECT t::text FROM keys.destruction" +
                of_shop + " UNION ALL SELECT t::text FROM identity.staff" + of_staff +
                " UNION ALL SELECT t::text FROM identity.staff_passkey" + of_staff +
                " UNION ALL SELECT t::text FROM identity.staff_session" + of_staff + " ORDER BY 1"),
      "00000");
  EXPECT_EQ(admin.rows().size(), 5u);
  std::string out;
  for (const auto& row : admin.rows()) out += row[0] + "\n";
  return out;
}

/// What one is told: nothing but that there is nothing. A customer's lists are empty for a customer who is none.
std::string told_of_nothing(const net::Reply& reply) {
  const auto body = testing::json_of(reply);
  if (reply.status == 200) EXPECT_EQ(field(body, "items"), "[]") << reply.body;
  else EXPECT_EQ(reply.status, 404) << reply.body;
  return std::to_string(reply.status) + " " + field(body, "detail");
}

/// Whoever may use a route is told the same of nobody's id in one place of its path, of all that is another shop's, and
/// of what is their own and something else; and so is whoever may not, of what is there.
void RoutesInput::expect_the_same(const door::Route& route, const std::string& kind, const Ids& mine,
                                  const Ids& theirs) {
  std::string body = route.info.method == net::Method::post ? "{}" : "";
  if (route.info.name == "send_message")
    body = R"({"client_id":")" + to_string(ClientId::fresh()) + R"(","text":"Hi"})";
  if (route.info.name == "mark_read") body = R"({"seq":1})";
  if (route.info.name == "change_member") body = R"({"role":"agent"})";
  ids_ = theirs;
  const auto with = [&](const std::string& id, const std::string& token) {
    ids_[kind] = id;
    return ask(token, route.info, target(route), body);
  };
  const std::string& own = token_for(route.info);
  const std::string nobodys = told_of_nothing(with(to_string(new_uuid()), own));
  EXPECT_EQ(told_of_nothing(with(to_string(Uuid{}), own)), nobodys);
  for (const auto& [of, id] : theirs) {
    // The staff see each other, and the ends of all shops' keys.
    if (of == kind && (kind == "{staff_id}" || kind == "{destruction_id}")) continue;
    EXPECT_EQ(told_of_nothing(with(id, own)), nobodys) << "another's " << of;
  }
  for (const auto& [of, id] : mine) {
    if (of == kind) continue;
    EXPECT_EQ(told_of_nothing(with(id, own)), nobodys) << "one's own " << of;
  }
  for (const char* id : {"x", "1", "%00", "%ff", "..", "00000000-0000-0000-0000-00000000000g", "'%20OR%201=1"})
    EXPECT_EQ(with(id, own).status, 404) << id;
  const bool of_staff = route.info.path.starts_with("/v1/staff/");
  for (const std::string& stranger : {visitor_, of_staff ? owner_ : administrator_}) {
    const auto there = with(theirs.at(kind), stranger), nowhere = with(to_string(new_uuid()), stranger);
    EXPECT_THAT(there.status, ::testing::AnyOf(403, 404)) << there.body;
    EXPECT_EQ(there.status, nowhere.status);
    EXPECT_EQ(field(testing::json_of(there), "detail"), field(testing::json_of(nowhere), "detail"));
  }
}

TEST_F(RoutesInput, IdsOfNobodyAndOfAnotherTenantGetTheSame404) {
  const Ids mine = fill(shop_, &visitor_);
  const testing::Shop other = world_.add_shop();
  const Ids theirs = plant(other);
  const std::string before = planted(other, theirs);
  std::set<std::string> kinds;
  const door::Routes routes = app::declare_routes();
  for (const door::Route& route : routes.all()) {
    // What is published has numbers, which are everybody's.
    if (route.info.path.find('{') == std::string_view::npos || route.info.path.starts_with("/audit/")) continue;
    SCOPED_TRACE(std::string(to_string(route.info.method)) + " " + std::string(route.info.path));
    const std::string was = state();
    for (const std::string& kind : route.segments) {
      if (!kind.starts_with('{')) continue;
      SCOPED_TRACE(kind);
      ASSERT_TRUE(theirs.contains(kind)) << "plant() has none of these yet";
      kinds.insert(kind);
      expect_the_same(route, kind, mine, theirs);
    }
    EXPECT_EQ(state(), was);
  }
  EXPECT_EQ(kinds.size(), theirs.size()) << "no route takes all that is planted";
  EXPECT_EQ(planted(other, theirs), before);
}

}  // namespace
}  // namespace cordon
