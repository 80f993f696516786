#include "identity/token.h"

#include <algorithm>

#include "base/json.h"
#include "base/random.h"
#include "identity/jws.h"

namespace cordon::identity {

namespace {

constexpr std::string_view kType = "at+jwt";      // RFC 9068
constexpr int64_t kLastSecond = 253'402'300'799;  // of the year 9999: what comes after has no microseconds

struct Header {
  std::string alg, typ, kid;
};
BOOST_DESCRIBE_STRUCT(Header, (), (alg, typ, kid))

struct Confirmation {
  std::string jkt;
};
BOOST_DESCRIBE_STRUCT(Confirmation, (), (jkt))

struct Claims {
  std::string iss, aud;
  SubjectId sub;
  std::string client_id;
  int64_t iat = 0, exp = 0;
  std::string jti;
  TenantId tid;
  SessionId sid;
  std::string role;
  std::string purpose;
  std::string scope;
  std::string seal;
  std::optional<Confirmation> cnf;
};
BOOST_DESCRIBE_STRUCT(Claims, (), (iss, aud, sub, client_id, iat, exp, jti, tid, sid, role, purpose, scope, seal, cnf))

/// RFC 8693 section 4.2: one text, with a space between any two.
std::string join_scope(const std::vector<std::string>& permissions) {
  std::string out;
  for (const std::string& permission : permissions) (out += out.empty() ? "" : " ") += permission;
  return out;
}

/// nullopt for anything that join_scope() does not make: a space too many, or what RFC 6749 section 3.3 keeps out.
std::optional<std::vector<std::string>> split_scope(std::string_view scope) {
  std::vector<std::string> out;
  while (!scope.empty()) {
    const size_t end = std::min(scope.find(' '), scope.size());
    const std::string_view one = scope.substr(0, end);
    const auto allowed = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (one.empty() || !std::all_of(one.begin(), one.end(), allowed) || end + 1 == scope.size()) return std::nullopt;
    out.emplace_back(one);
    scope.remove_prefix(std::min(end + 1, scope.size()));
  }
  return out;
}

/// A `typ` without a slash is short for one of "application/" (RFC 7515 section 4.1.9, RFC 9068 section 4).
bool is_type(std::string_view typ, std::string_view type) {
  constexpr std::string_view kWhole = "application/";
  return (typ.starts_with(kWhole) ? typ.substr(kWhole.size()) : typ) == type;
}

/// RFC 7800 section 3.1: `cnf` is an object or absent, and no token of a browser has it.
std::string encode_claims(const Claims& claims) {
  constexpr std::string_view kUnbound = R"(,"cnf":null})";
  std::string out = json::encode(claims);
  if (out.ends_with(kUnbound)) out.replace(out.size() - kUnbound.size(), kUnbound.size(), "}");
  return out;
}

std::string encode64(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

std::unexpected<Error> refuse() {
  return fail(Code::unauthenticated, "The access token does not hold; get a new one.");
}

}  // namespace

std::string issue(const Signer& signer, const door::Pass& pass, std::string_view client) {
  Claims claims;
  claims.iss = kIssuer;
  claims.aud = kAudience;
  claims.sub = pass.subject;
  claims.client_id = client;
  claims.iat = now().micros / 1'000'000;
  claims.exp = pass.expires_at.micros / 1'000'000;
  claims.jti = to_string(new_uuid());
  claims.tid = pass.tenant;
  claims.sid = pass.session;
  claims.role = pass.role;
  claims.purpose = pass.purpose;
  claims.scope = join_scope(pass.permissions);
  claims.seal = pass.seal.hex();
  if (!pass.key.empty()) claims.cnf.emplace(pass.key);
  return sign_compact(signer, kType, encode_claims(claims));
}

std::string sign_compact(const Signer& signer, std::string_view type, std::string_view payload) {
  const auto key = signer.signs();
  const Header header{"EdDSA", std::string(type), key->thumbprint()};
  const std::string input = encode64(json::encode(header)) + "." + encode64(payload);
  return input + "." + encode64(key->sign(input));
}

std::optional<std::string> open_compact(const KeySet& keys, std::string_view type, std::string_view text) {
  auto parts = split_compact(text);
  if (!parts) return std::nullopt;
  // The signature first, and only with the one algorithm there is: what a header says is compared, never obeyed.
  const auto header = json::decode<Header>(parts->header);
  if (!header || header->alg != "EdDSA" || !is_type(header->typ, type)) return std::nullopt;
  if (!keys.verify(header->kid, parts->input, parts->signature)) return std::nullopt;
  return std::move(parts->payload);
}

Result<std::shared_ptr<const door::Pass>> Verifier::verify(std::string_view token) {
  const std::string key(token);
  if (auto found = seen_.find(key); found != seen_.end()) {
    if (found->second->expires_at > now()) return found->second;
    seen_.erase(found);
    return refuse();
  }
  auto checked = check(token);
  if (!checked) return checked;
  if (seen_.size() >= 50'000) seen_.clear();
  seen_.emplace(key, *checked);
  return checked;
}

Result<std::shared_ptr<const door::Pass>> Verifier::check(std::string_view token) const {
  const auto payload = open_compact(*keys_, kType, token);
  if (!payload) return refuse();
  auto claims = json::decode<Claims>(*payload);
  const int64_t time = now().micros / 1'000'000;
  if (!claims || claims->iss != kIssuer || claims->aud != kAudience || claims->exp <= time ||
      claims->exp > kLastSecond || claims->iat > time + 60 || claims->iat < 0)
    return refuse();
  auto permissions = split_scope(claims->scope);
  if (!permissions) return refuse();
  auto pass = std::make_shared<door::Pass>();
  pass->tenant = claims->tid;
  pass->subject = claims->sub;
  pass->session = claims->sid;
  pass->role = claims->role;
  pass->purpose = claims->purpose;
  pass->permissions = std::move(*permissions);
  pass->issued_at = {claims->iat * 1'000'000};
  pass->expires_at = {claims->exp * 1'000'000};
  pass->seal = door::Seal(claims->seal);
  if (claims->cnf) pass->key = claims->cnf->jkt;
  pass->token = token;
  return pass;
}

}  // namespace cordon::identity
