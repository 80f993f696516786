#include "shopify/client.h"

#include "audit/recorder.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/address.h"
#include "base/json.h"

namespace cordon::shopify {

namespace bj = boost::json;
using json::object_of;
using json::text_of;

namespace {

constexpr std::string_view kTokenPath = "/admin/oauth/access_token";
constexpr std::string_view kGraphqlPath = "/admin/api/2026-07/graphql.json";
constexpr int64_t kLongest = 400 * 86'400;  // seconds that a token may say it lives

std::unexpected<Error> unreadable() {
  return fail(Code::unavailable, "Shopify's answer could not be read; try again.");
}

int64_t number_of(const bj::object& from, std::string_view name) {
  const bj::value* found = from.if_contains(name);
  return found && found->is_int64() ? found->get_int64() : 0;
}

/// One request, JSON both ways; an object, or why not.
net::Task<Result<bj::object>> ask(const App& app, Whose whose, std::string path, bj::object body,
                                  std::string access_token) {
  const ShopDomain& shop = whose.shop;
  net::ClientOptions options = app.instead.value_or(net::ClientOptions{});
  if (!app.instead) {
    options.host = shop.text();
    options.port = 443;
  }
  options.authority = shop.text();
  options.patience = std::chrono::seconds(10);
  options.body_bytes = 256 * 1024;
  std::vector<net::Header> headers{{"Accept", "application/json"}};
  if (!access_token.empty()) headers.emplace_back("X-Shopify-Access-Token", access_token);
  auto recorded = co_await audit::record_egress("egress.shopify", whose.tenant, shop.text() + path, {});
  if (!recorded) co_return std::unexpected(recorded.error());
  net::Client client(options);
  auto reply = co_await client.request(net::Method::post, std::move(path), std::move(headers), bj::serialize(body));
  if (!reply) co_return fail(Code::unavailable, "Shopify cannot be reached; try again.");
  if (reply->status >= 400 && reply->status < 500 && reply->status != 408 && reply->status != 429)
    co_return fail(Code::unauthenticated, "Shopify did not accept that; open the app in Shopify again.");
  auto value = json::parse_object(reply->body);
  if (reply->status != 200 || !value) co_return unreadable();
  co_return std::move(*value);
}

std::optional<Person> read_person(const bj::object& answer) {
  const bj::object* user = object_of(answer, "associated_user");
  if (!user || number_of(*user, "id") <= 0) return std::nullopt;
  Person out;
  out.user = number_of(*user, "id");
  out.name = storable(
      collapse_spaces(std::string(text_of(*user, "first_name")).append(" ").append(text_of(*user, "last_name"))), 100);
  out.email = storable(text_of(*user, "email"), 254);
  const bj::value* owner = user->if_contains("account_owner");
  out.account_owner = owner && owner->is_bool() && owner->get_bool();
  return out;
}

Result<Grant> read_grant(const bj::object& answer, Kind kind) {
  Grant out;
  const auto lives = [](int64_t seconds) { return seconds > 0 && seconds < kLongest; };
  const auto until = [](int64_t seconds) { return Time{now().micros + seconds * 1'000'000}; };
  out.access_token = text_of(answer, "access_token");
  out.scopes = split_scopes(text_of(answer, "scope"));
  const int64_t seconds = number_of(answer, "expires_in");
  // Tokens for ever are what Shopify gave before 2026; we ask for none and keep none.
  if (out.access_token.empty() || !lives(seconds)) return unreadable();
  out.expires_at = until(seconds);
  if (kind == Kind::online) {
    out.person = read_person(answer);
    if (!out.person) return unreadable();
    return out;
  }
  out.refresh_token = text_of(answer, "refresh_token");
  const int64_t refresh_seconds = number_of(answer, "refresh_token_expires_in");
  if (out.refresh_token.empty() || !lives(refresh_seconds)) return unreadable();
  out.refresh_expires_at = until(refresh_seconds);
  return out;
}

net::Task<Result<Grant>> ask_token(const App& app, Whose whose, bj::object body, Kind kind) {
  body["client_id"] = app.client_id;
  body["client_secret"] = app.secrets.current;
  auto answer = co_await ask(app, std::move(whose), std::string(kTokenPath), std::move(body), {});
  if (!answer) co_return std::unexpected(answer.error());
  co_return read_grant(*answer, kind);
}

}  // namespace

net::Task<Result<Grant>> redeem_code(const App& app, Whose whose, std::string code, Kind kind) {
  bj::object body;
  body["code"] = code;
  body["expiring"] = kind == Kind::offline ? "1" : "0";
  return ask_token(app, std::move(whose), std::move(body), kind);
}

net::Task<Result<Grant>> exchange(const App& app, Whose whose, std::string session_token, Kind kind) {
  const bool offline = kind == Kind::offline;
  bj::object body;
  body["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange";
  body["subject_token"] = session_token;
  body["subject_token_type"] = "urn:ietf:params:oauth:token-type:id_token";
  body["requested_token_type"] = offline ? "urn:shopify:params:oauth:token-type:offline-access-token"
                                         : "urn:shopify:params:oauth:token-type:online-access-token";
  body["expiring"] = offline ? "1" : "0";
  return ask_token(app, std::move(whose), std::move(body), kind);
}

net::Task<Result<Grant>> refresh(const App& app, Whose whose, std::string refresh_token) {
  bj::object body;
  body["grant_type"] = "refresh_token";
  body["refresh_token"] = refresh_token;
  return ask_token(app, std::move(whose), std::move(body), Kind::offline);
}

net::Task<Result<ShopFacts>> ask_shop(const App& app, Whose whose, std::string access_token) {
  bj::object body;
  body["query"] = "{ shop { name currencyCode primaryDomain { url } } }";
  auto answer =
      co_await ask(app, std::move(whose), std::string(kGraphqlPath), std::move(body), std::move(access_token));
  if (!answer) co_return std::unexpected(answer.error());
  const bj::object* data = object_of(*answer, "data");
  const bj::object* found = data ? object_of(*data, "shop") : nullptr;
  const bj::object* domain = found ? object_of(*found, "primaryDomain") : nullptr;
  if (!domain) co_return unreadable();
  ShopFacts out;
  out.name = storable(text_of(*found, "name"), 100);
  out.currency = text_of(*found, "currencyCode");
  if (const auto url = text_of(*domain, "url"); url.starts_with("https://") && is_origin(url)) out.origin = url;
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (out.name.empty() || out.currency.size() != 3 || !std::all_of(out.currency.begin(), out.currency.end(), capital))
    co_return unreadable();
  co_return out;
}

}  // namespace cordon::shopify
