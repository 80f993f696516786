// Bad input to every declared route, made from the OpenAPI document so that no route is missed: each gets a 4xx that
// names the field, and nothing changes.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

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

  net::Reply ask(const door::RouteInfo& route, const std::string& target, const std::string& body = {}) {
    std::vector<net::Header> headers;
    if (route.permission.name.starts_with("visit.")) headers.emplace_back("Authorization", "Bearer " + visitor_);
    else if (route.permission.name == "grant.open") headers.emplace_back("Authorization", "Bearer " + support_);
    else if (route.permission.name.starts_with("staff.") || route.permission.name.starts_with("key.") ||
             route.permission.name == "audit.read-all")
      headers.emplace_back("Authorization", "Bearer " + administrator_);
    else if (route.permission.name != door::kAnyone.name) headers.emplace_back("Authorization", "Bearer " + owner_);
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
      else out += segment == "{conversation_id}" ? conversation_ : customer_;
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
  std::string visitor_, conversation_, customer_;
  std::unique_ptr<testing::Wire> wire_;
  int tried_ = 0;

  /// A conversation and a customer of a shop.
  std::pair<std::string, std::string> fill(const testing::Shop& shop, std::string* token = nullptr) {
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
    return {field(hello, "conversation_id"), to_string(customer)};
  }
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
  std::tie(conversation_, customer_) = fill(shop_, &visitor_);
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

TEST_F(RoutesInput, IdsOfNobodyAndOfAnotherTenantGetTheSame404) {
  std::tie(conversation_, customer_) = fill(shop_, &visitor_);
  const auto mine = std::pair(conversation_, customer_);
  const auto theirs = fill(world_.add_shop());
  const door::Routes routes = app::declare_routes();
  const bj::object document = routes.openapi();
  int with_ids = 0;
  for (const door::Route& route : routes.all()) {
    // What is published has numbers, which are everybody's.
    if (route.info.path.find('{') == std::string_view::npos || route.info.path.starts_with("/audit/")) continue;
    ++with_ids;
    SCOPED_TRACE(std::string(to_string(route.info.method)) + " " + std::string(route.info.path));
    std::string body;
    if (route.info.name == "send_message")
      body = R"({"client_id":")" + to_string(ClientId::fresh()) + R"(","text":"Hi"})";
    if (route.info.name == "mark_read") body = R"({"seq":1})";
    if (route.info.name == "change_member") body = R"({"role":"agent"})";
    if (body.empty() && route.info.method == net::Method::post) body = "{}";
    const std::string before = state();
    std::string said;
    for (const std::string& id :
         {to_string(new_uuid()), std::string("00000000-0000-0000-0000-000000000000"), theirs.first, theirs.second,
          route.info.path.find("customer") == std::string_view::npos ? mine.second : mine.first}) {
      conversation_ = customer_ = id;
      const auto reply = ask(route.info, target(route), body);
      // A customer's lists are empty for a customer who is none.
      if (reply.status == 200) EXPECT_EQ(field(testing::json_of(reply), "items"), "[]");
      else EXPECT_EQ(reply.status, 404) << reply.body;
      const std::string says = reply.status == 200 ? "200" : field(testing::json_of(reply), "detail");
      if (said.empty()) said = says;
      EXPECT_EQ(says, said) << "nobody's and somebody else's must not differ";
    }
    for (const char* id : {"x", "1", "%00", "%ff", "..", "00000000-0000-0000-0000-00000000000g", "'%20OR%201=1"}) {
      conversation_ = customer_ = id;
      EXPECT_EQ(ask(route.info, target(route), body).status, 404) << id;
    }
    EXPECT_EQ(state(), before);
  }
  EXPECT_GE(with_ids, 9);
}

}  // namespace
}  // namespace cordon
