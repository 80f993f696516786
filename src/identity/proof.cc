#include "identity/proof.h"

#include <algorithm>

#include "base/json.h"
#include "base/random.h"
#include "base/utf8.h"
#include "identity/jws.h"
#include "identity/key.h"

namespace cordon::identity {

namespace {

std::unexpected<Error> refuse(std::string why) { return fail(Code::unauthenticated, std::move(why), "DPoP"); }

/// The address of the request as the client writes it: no query, no fragment (RFC 9449 section 4.2).
bool same_address(std::string_view htu, const net::Request& request) {
  htu = htu.substr(0, htu.find_first_of("?#"));
  // RFC 3986 section 6.2: scheme and host have no case, and the default port may be said or not.
  const auto plain = [](std::string_view authority) {
    std::string out = lower_case(authority);
    if (out.ends_with(":443")) out.resize(out.size() - 4);
    return out;
  };
  const size_t path = htu.find('/', std::string_view("https://").size());
  return plain(htu.substr(0, path)) == "https://" + plain(request.header("host")) &&
         (path == std::string_view::npos ? "/" : htu.substr(path)) == request.path;
}

struct Proof {
  Key key;
  boost::json::object claims;
};

Result<Proof> open_proof(std::string_view text) {
  const auto parts = split_compact(text);
  if (!parts) return refuse("The proof must be a JWT.");
  const auto header = json::parse_object(parts->header);
  if (!header) return refuse("The proof must be a JWT.");
  const auto* jwk = json::object_of(*header, "jwk");
  if (json::text_of(*header, "typ") != "dpop+jwt" || !jwk || header->contains("crit"))
    return refuse("The proof's header must have typ `dpop+jwt` and the key as jwk.");
  auto key = Key::from_jwk(*jwk);
  if (!key) return refuse(key.error().detail);
  // The key says which algorithm it is for; what the header says is compared, never obeyed.
  if (json::text_of(*header, "alg") != key->algorithm() || !key->verify(parts->input, parts->signature))
    return refuse("The proof must be signed by its own key, with EdDSA or ES256.");
  auto claims = json::parse_object(parts->payload);
  if (!claims) return refuse("The proof must be a JWT.");
  return Proof{std::move(*key), std::move(*claims)};
}

}  // namespace

bool Proofs::first_time(const std::string& proof, int64_t time) {
  std::lock_guard lock(mutex_);
  if (seen_.size() >= 100'000) std::erase_if(seen_, [time](const auto& entry) { return entry.second < time; });
  // Full of proofs that still hold: closed rather than open to replays.
  if (seen_.size() >= 100'000) return false;
  return seen_.emplace(proof, time + 2 * kProofSeconds + 1).second;
}

Result<std::string> Proofs::check(const net::Request& request, std::string_view token) {
  const auto fields = std::count_if(request.headers.begin(), request.headers.end(),
                                    [](const net::Header& h) { return lower_case(h.first) == "dpop"; });
  if (fields == 0) return std::string();
  if (fields > 1) return refuse("Send exactly one DPoP field.");
  auto proof = open_proof(request.header("dpop"));
  if (!proof) return std::unexpected(proof.error());
  const auto& claims = proof->claims;
  if (json::text_of(claims, "htm") != net::to_string(request.method) ||
      !same_address(json::text_of(claims, "htu"), request))
    return refuse("The proof is for another request: `htm` and `htu` must be this one's.");
  const auto* iat = claims.if_contains("iat");
  const int64_t time = now().micros / 1'000'000;
  if (!iat || !iat->is_int64() || iat->get_int64() < time - kProofSeconds || iat->get_int64() > time + kProofSeconds)
    return refuse("The proof is too old or from the future: make one for each request.");
  if (!token.empty() && json::text_of(claims, "ath") != to_base64url(sha256(token)))
    return refuse("The proof's `ath` must be the SHA-256 of the access token.");
  const std::string jti(json::text_of(claims, "jti"));
  if (jti.empty() || jti.size() > 200) return refuse("The proof needs a `jti` of its own, of at most 200 characters.");
  if (!first_time(proof->key.thumbprint() + jti, time)) return refuse("This proof was used before.");
  return proof->key.thumbprint();
}

}  // namespace cordon::identity
