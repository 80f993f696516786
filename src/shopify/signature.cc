#include "shopify/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/random.h"
#include "base/utf8.h"

namespace cordon::shopify {

namespace {

constexpr std::string_view kSuffix = ".myshopify.com";
constexpr int64_t kHour = 3'600'000'000;
constexpr int64_t kTolerance = 90;  // seconds

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

std::unexpected<Error> refuse(std::string detail, std::string_view field) {
  return fail(Code::unauthenticated, std::move(detail), std::string(field));
}

/// Whole seconds, written in digits only; Shopify writes them so.
std::optional<int64_t> parse_seconds(std::string_view text) {
  int64_t seconds = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || text.size() > 12 || !std::all_of(text.begin(), text.end(), is_digit) || end.ec != std::errc())
    return std::nullopt;
  return seconds;
}

bool is_customer(std::string_view text) { return text.size() <= 20 && std::all_of(text.begin(), text.end(), is_digit); }

bool is_path_prefix(std::string_view text) {
  const auto plain = [](char c) { return is_digit(c) || is_lower(lower_case(c)) || c == '-' || c == '_' || c == '/'; };
  return text.starts_with('/') && text.size() <= 200 && std::all_of(text.begin(), text.end(), plain);
}

/// What both kinds of query have to have: no name twice, a shop, a time that is now.
Result<SignedQuery> read(std::vector<net::Header> query, std::string_view signed_by, Time now) {
  std::sort(query.begin(), query.end());
  const auto twice =
      std::adjacent_find(query.begin(), query.end(), [](auto& a, auto& b) { return a.first == b.first; });
  if (twice != query.end()) return refuse("A field of a signed query stands in it once.", twice->first);
  SignedQuery out{{}, std::move(query)};
  const auto shop = ShopDomain::parse(out.at("shop"));
  if (!shop) return refuse("`shop` must be a domain such as cotton-shop.myshopify.com.", "shop");
  out.shop = *shop;
  const auto seconds = parse_seconds(out.at("timestamp"));
  if (!seconds || std::abs(now.micros / 1'000'000 - *seconds) > kTolerance)
    return refuse("`timestamp` must be the present time in seconds; open the app in Shopify again.", "timestamp");
  std::erase_if(out.fields, [&](auto& f) { return f.first == signed_by; });
  return out;
}

std::string value_of(const std::vector<net::Header>& query, std::string_view name) {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

}  // namespace

std::optional<ShopDomain> ShopDomain::parse(std::string_view text) {
  if (text.size() <= kSuffix.size() || text.size() > 60 + kSuffix.size()) return std::nullopt;
  ShopDomain out;
  out.text_ = lower_case(text);
  const std::string name = out.text_.substr(0, out.text_.size() - kSuffix.size());
  const auto plain = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  if (!out.text_.ends_with(kSuffix) || name.front() == '-' || !std::all_of(name.begin(), name.end(), plain))
    return std::nullopt;
  return out;
}

bool Secrets::made(std::string_view message, std::string_view hex, Time now) const {
  const auto by = [&](std::string_view secret) { return same_secret(hex, to_hex(hmac_sha256(secret, message))); };
  if (!current.empty() && by(current)) return true;
  return !previous.empty() && now.micros < rotated_at.micros + kHour && by(previous);
}

std::string_view SignedQuery::at(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

std::string oauth_message(const std::vector<net::Header>& query) {
  std::vector<net::Header> fields;
  for (const auto& field : query)
    if (field.first != "hmac" && field.first != "signature") fields.push_back(field);
  std::sort(fields.begin(), fields.end());
  return net::write_query(fields);
}

std::string proxy_message(const std::vector<net::Header>& query) {
  std::map<std::string, std::string> joined;
  for (const auto& [name, value] : query) {
    if (name == "signature") continue;
    const auto [at, fresh] = joined.emplace(name, value);
    if (!fresh) (at->second += ',') += value;
  }
  std::vector<std::string> parts;
  for (const auto& [name, value] : joined) parts.emplace_back(name).append("=").append(value);
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

Result<SignedQuery> check_oauth(std::vector<net::Header> query, const Secrets& secrets, Time now) {
  const std::string message = oauth_message(query), mac = value_of(query, "hmac");
  auto out = read(std::move(query), "hmac", now);
  if (!out) return out;
  if (!secrets.made(message, mac, now))
    return refuse("`hmac` is not Shopify's for this query; open the app in Shopify again.", "hmac");
  return out;
}

Result<SignedQuery> check_proxy(std::vector<net::Header> query, const std::vector<OwnField>& own,
                                const Secrets& secrets, Time now) {
  const std::string message = proxy_message(query), mac = value_of(query, "signature");
  auto out = read(std::move(query), "signature", now);
  if (!out) return out;
  for (const auto& [name, value] : out->fields) {
    const auto mine = std::find_if(own.begin(), own.end(), [&](const OwnField& f) { return f.name == name; });
    const bool holds = name == "shop" || name == "timestamp" ||
                       (name == "logged_in_customer_id" && is_customer(value)) ||
                       (name == "path_prefix" && is_path_prefix(value)) || (mine != own.end() && mine->holds(value));
    if (!holds) return refuse("This field, or its value, may not stand in a request through the app proxy.", name);
  }
  if (!secrets.made(message, mac, now)) return refuse("`signature` is not Shopify's for this query.", "signature");
  return out;
}

}  // namespace cordon::shopify
