#include "shopify/session_token.h"

#include <cmath>

#include "base/json.h"
#include "base/random.h"
#include "identity/jws.h"

namespace cordon::shopify {

namespace bj = boost::json;
using json::text_of;

namespace {

constexpr double kLeeway = 10;            // seconds
constexpr double kLongestToken = 86'400;  // seconds; Shopify's live for a minute

std::unexpected<Error> refuse(std::string detail) {
  return fail(Code::unauthenticated, "The session token does not hold: " + detail + ".", "Authorization");
}

/// A NumericDate: seconds since 1970, with a fraction or without (RFC 7519 section 2).
std::optional<double> time_of(const bj::object& claims, std::string_view name) {
  const bj::value* found = claims.if_contains(name);
  if (!found || !found->is_number()) return std::nullopt;
  const double seconds = found->to_number<double>();
  return std::isfinite(seconds) && seconds > 0 ? std::optional(seconds) : std::nullopt;
}

/// The shop of "https://{shop}" + `path`; Shopify's own test helper leaves the scheme out.
std::optional<ShopDomain> shop_of(std::string_view text, std::string_view path) {
  if (text.starts_with("https://")) text.remove_prefix(8);
  if (!text.ends_with(path)) return std::nullopt;
  text.remove_suffix(path.size());
  return ShopDomain::parse(text);
}

/// A person's number; tokens of checkouts and customer accounts have another subject, or none.
std::optional<int64_t> user_of(const bj::object& claims) {
  const std::string_view text = text_of(claims, "sub");
  int64_t user = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), user);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size() || user <= 0) return std::nullopt;
  return user;
}

}  // namespace

Result<SessionToken> check_session_token(std::string_view token, const Secrets& secrets, std::string_view client_id,
                                         Time now) {
  if (token.size() > 4096) return refuse("it is too long");
  const auto parts = identity::split_compact(token);
  if (!parts) return refuse("it is no JWT");
  // The signature first, by the one algorithm there is: what the header says is compared, never obeyed.
  const auto header = json::parse_object(parts->header);
  if (!header || text_of(*header, "alg") != "HS256" || header->contains("crit"))
    return refuse("its header is not ours");
  const std::span signature(reinterpret_cast<const uint8_t*>(parts->signature.data()), parts->signature.size());
  if (!secrets.made(parts->input, to_hex(signature), now)) return refuse("its signature is not Shopify's");
  const auto claims = json::parse_object(parts->payload);
  if (!claims) return refuse("it has no claims");
  if (text_of(*claims, "aud") != client_id) return refuse("it is for another app");
  const double time = static_cast<double>(now.micros) / 1e6;
  const auto expires = time_of(*claims, "exp"), begins = time_of(*claims, "nbf");
  if (!expires || *expires + kLeeway <= time) return refuse("it has expired");
  if (*expires > time + kLongestToken) return refuse("it lives for too long");
  if (!begins || *begins - kLeeway > time) return refuse("it is not valid yet");
  const auto issuer = shop_of(text_of(*claims, "iss"), "/admin"), shop = shop_of(text_of(*claims, "dest"), "");
  if (!issuer || !shop || !(*issuer == *shop)) return refuse("its issuer and destination are not one shop");
  const auto user = user_of(*claims);
  if (!user) return refuse("it names nobody");
  const std::string_view id = text_of(*claims, "jti");
  if (id.empty()) return refuse("it has no id");
  return SessionToken{*shop, *user, std::string(id), Time{static_cast<int64_t>((*expires + kLeeway) * 1e6)}};
}

}  // namespace cordon::shopify
