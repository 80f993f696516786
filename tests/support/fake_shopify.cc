#include "support/fake_shopify.h"

#include <boost/json.hpp>
#include <fstream>

#include "base/json.h"
#include "base/random.h"
#include "support/fake.h"

namespace cordon::testing {

namespace bj = boost::json;

namespace {

std::string now_seconds() { return std::to_string(now().micros / 1'000'000); }

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

net::Response refusal(const char* error) { return json_answer(400, {{"error", error}}); }

}  // namespace

FakeShopify::FakeShopify()
    : served_([this](net::Request& request) { return answer(request); }), app_(std::make_shared<shopify::App>()) {
  std::ofstream(folder_.path() / "secret") << kSecret << "\n";
  app_->client_id = kClientId;
  app_->secrets.current = kSecret;
  app_->scopes = {"read_customers", "read_orders"};
  app_->instead.emplace();
  app_->instead->port = served_.port();
  app_->instead->trust = served_.certificate();
}

void FakeShopify::settle(app::Config& config) const {
  config.shopify.client_id = kClientId;
  config.shopify.secret_file = folder_.path() / "secret";
  config.shopify.scopes = shopify::join_scopes(app_->scopes);
  config.shopify.base = "https://127.0.0.1:" + std::to_string(served_.port());
  config.shopify.trust = served_.certificate();
}

std::string FakeShopify::signed_link(const std::string& path, std::vector<net::Header> fields) {
  const auto has_time = [](const net::Header& f) { return f.first == "timestamp"; };
  if (std::none_of(fields.begin(), fields.end(), has_time)) fields.emplace_back("timestamp", now_seconds());
  fields.emplace_back("hmac", to_hex(hmac_sha256(kSecret, shopify::oauth_message(fields))));
  return path + "?" + net::write_query(fields);
}

std::string FakeShopify::install_link(const std::string& shop) {
  return signed_link("/v1/shopify/install", {{"shop", shop}, {"host", "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ=="}});
}

std::string FakeShopify::consent(const std::string& location, shopify::Person person) {
  const size_t host = location.find("://") + 3, path = location.find('/', host), mark = location.find('?');
  const std::string shop = location.substr(host, path - host);
  const auto query = net::parse_query(location.substr(mark + 1)).value();
  const std::map<std::string, std::string> fields(query.begin(), query.end());
  const std::lock_guard lock(mutex_);
  if (location.substr(0, host) != "https://" || location.substr(path, mark - path) != "/admin/oauth/authorize" ||
      fields.size() != query.size() || fields.size() != 5)
    fault("authorize: " + location);
  const std::string back = fields.at("redirect_uri"), options = fields.at("grant_options[]");
  if (fields.at("client_id") != kClientId) fault("authorize: client_id");
  if (fields.at("scope") != shopify::join_scopes(app_->scopes)) fault("authorize: scope");
  if (options != "" && options != "per-user") fault("authorize: grant_options[]");
  if (fields.at("state").size() < 40) fault("authorize: state");
  const std::string code = random_secret();
  codes_[code] = {shop, options.empty() ? std::nullopt : std::optional(person)};
  return signed_link(back.substr(back.find('/', 8)), {{"code", code},
                                                      {"shop", shop},
                                                      {"host", "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ=="},
                                                      {"state", fields.at("state")}});
}

std::string FakeShopify::session_token(const std::string& shop, shopify::Person person) {
  const int64_t at = now().micros / 1'000'000;
  const std::string input = encode(R"({"alg":"HS256","typ":"JWT"})") + "." +
                            encode(bj::serialize(bj::object{{"iss", "https://" + shop + "/admin"},
                                                            {"dest", "https://" + shop},
                                                            {"aud", kClientId},
                                                            {"sub", std::to_string(person.user)},
                                                            {"exp", at + 60},
                                                            {"nbf", at},
                                                            {"iat", at},
                                                            {"jti", random_secret()}}));
  const std::string made = input + "." + to_base64url(hmac_sha256(kSecret, input));
  const std::lock_guard lock(mutex_);
  shown_[made] = person;
  return made;
}

std::string FakeShopify::proxied(const std::string& shop, const std::string& customer, const std::string& fields) {
  auto query = net::parse_query(fields).value();
  query.emplace_back("shop", shop);
  query.emplace_back("logged_in_customer_id", customer);
  query.emplace_back("path_prefix", "/apps/cordon");
  query.emplace_back("timestamp", now_seconds());
  query.emplace_back("signature", to_hex(hmac_sha256(kSecret, shopify::proxy_message(query))));
  return "/v1/shopify/proxy/ticket?" + net::write_query(query);
}

void FakeShopify::uninstall(const std::string& shop) {
  const std::lock_guard lock(mutex_);
  std::erase_if(access_, [&](const auto& entry) { return entry.second.shop == shop; });
  std::erase_if(refresh_, [&](const auto& entry) { return entry.second.shop == shop; });
}

void FakeShopify::mistake(const std::string& token, shopify::Person person) {
  const std::lock_guard lock(mutex_);
  shown_[token] = person;
}

std::vector<std::string> FakeShopify::faults() {
  const std::lock_guard lock(mutex_);
  return faults_;
}

int FakeShopify::asked(const std::string& what) {
  const std::lock_guard lock(mutex_);
  return asked_[what];
}

net::Task<net::Response> FakeShopify::answer(net::Request& request) {
  const std::lock_guard lock(mutex_);
  const std::string shop(request.header("host"));
  net::Response out;
  if (!shopify::ShopDomain::parse(shop)) fault("Host: " + shop);
  if (request.method != net::Method::post || request.header("content-type") != "application/json" ||
      request.header("accept") != "application/json" || !request.query.empty())
    fault("not a request for JSON");
  const auto body = bj::parse(request.body).as_object();
  if (request.path == "/admin/oauth/access_token") out = token(shop, body);
  else if (request.path == "/admin/api/2026-07/graphql.json") out = graphql(shop, request);
  else fault(request.path), out = json_answer(404, {});
  if (lose > 0 && --lose >= 0) out = json_answer(502, {});
  co_return out;
}

net::Response FakeShopify::token(const std::string& shop, const bj::object& body) {
  const auto text = [&](std::string_view name) { return std::string(json::text_of(body, name)); };
  if (text("client_id") != kClientId || text("client_secret") != kSecret) {
    fault("client");
    return refusal("invalid_client");
  }
  const std::string grant = text("grant_type");
  if (grant.empty()) {
    ++asked_["code"];
    if (names_of(body) != std::set<std::string>{"client_id", "client_secret", "code", "expiring"})
      fault("code: fields");
    const auto code = codes_.extract(text("code"));  // good once
    if (code.empty() || code.mapped().first != shop) return refusal("invalid_request");
    if (text("expiring") != (code.mapped().second ? "0" : "1")) fault("code: expiring");
    return json_answer(200, code.mapped().second ? online(*code.mapped().second) : offline(shop));
  }
  if (grant == "refresh_token") {
    ++asked_["refresh"];
    if (names_of(body) != std::set<std::string>{"client_id", "client_secret", "grant_type", "refresh_token"})
      fault("refresh: fields");
    const std::string old = text("refresh_token");
    if (!holds(shop, old)) return refusal("invalid_grant");
    auto fresh = offline(shop);
    refresh_[old].replacement = fresh.at("access_token").get_string();
    return json_answer(200, fresh);
  }
  ++asked_["exchange"];
  if (grant != "urn:ietf:params:oauth:grant-type:token-exchange" ||
      text("subject_token_type") != "urn:ietf:params:oauth:token-type:id_token" ||
      names_of(body) != std::set<std::string>{"client_id", "client_secret", "grant_type", "subject_token",
                                              "subject_token_type", "requested_token_type", "expiring"})
    fault("exchange: fields");
  const auto shown = shown_.find(text("subject_token"));
  if (shown == shown_.end()) return refusal("invalid_subject_token");
  const bool whole_shop = text("requested_token_type") == "urn:shopify:params:oauth:token-type:offline-access-token";
  if (!whole_shop && text("requested_token_type") != "urn:shopify:params:oauth:token-type:online-access-token")
    fault("exchange: requested_token_type");
  if (text("expiring") != (whole_shop ? "1" : "0")) fault("exchange: expiring");
  return json_answer(200, whole_shop ? offline(shop) : online(shown->second));
}

/// A refresh token that was used goes on until what came for it is used: its answer may have been lost.
bool FakeShopify::holds(const std::string& shop, const std::string& refresh) const {
  const auto found = refresh_.find(refresh);
  if (found == refresh_.end() || found->second.shop != shop) return false;
  const auto replacement = access_.find(found->second.replacement);
  return found->second.replacement.empty() || (replacement != access_.end() && !replacement->second.used);
}

net::Response FakeShopify::graphql(const std::string& shop, const net::Request& request) {
  ++asked_["graphql"];
  const auto found = access_.find(std::string(request.header("x-shopify-access-token")));
  if (found == access_.end() || found->second.shop != shop) return json_answer(401, {{"errors", "Invalid API key"}});
  found->second.used = true;
  return json_answer(200, {{"data", bj::object{{"shop", bj::object{{"name", name},
                                                                   {"currencyCode", currency},
                                                                   {"primaryDomain", bj::object{{"url", page}}}}}}}});
}

bj::object FakeShopify::offline(const std::string& shop) {
  const std::string number = std::to_string(++made_), access = "shpat_" + number, refresh = "shprt_" + number;
  access_[access] = {shop, refresh};
  refresh_[refresh] = {shop, {}};
  return {{"access_token", access},
          {"scope", shopify::join_scopes(grants)},
          {"expires_in", 3600},
          {"refresh_token", refresh},
          {"refresh_token_expires_in", 90 * 86'400}};
}

bj::object FakeShopify::online(const shopify::Person& person) {
  return {{"access_token", "shpua_" + std::to_string(++made_)},
          {"scope", shopify::join_scopes(grants)},
          {"expires_in", 86'399},
          {"associated_user_scope", shopify::join_scopes(grants)},
          {"associated_user", bj::object{{"id", person.user},
                                         {"first_name", person.name},
                                         {"last_name", ""},
                                         {"email", person.email},
                                         {"account_owner", person.account_owner},
                                         {"locale", "en"},
                                         {"collaborator", false},
                                         {"email_verified", true}}}};
}

}  // namespace cordon::testing
