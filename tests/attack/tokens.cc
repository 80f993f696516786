#include "attack/tokens.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

#include "base/random.h"

namespace cordon::attack {

namespace {

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

/// `header`.`claims` under HMAC-SHA256 with `key`: the classic confusion of a public key with a secret.
std::string hs256(const std::string& header, const std::string& claims, const std::string& key) {
  const std::string input = encode(header) + "." + claims;
  std::array<uint8_t, 32> mac;
  unsigned size = mac.size();
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const uint8_t*>(input.data()),
       input.size(), mac.data(), &size);
  return input + "." + to_base64url(mac);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("nothing is bent: no " + from + " in " + text);
  return text.replace(at, from.size(), to);
}

}  // namespace

Names tokens_of(testing::World& world, const door::Pass& pass, const testing::Shop& theirs,
                const std::string& other_token) {
  const std::string token = world.token(pass);
  const size_t first = token.find('.'), second = token.find('.', first + 1);
  const std::string header = from_base64url(token.substr(0, first)),
                    claims = token.substr(first + 1, second - first - 1);
  const std::string body = from_base64url(claims), signature = token.substr(second + 1);
  const auto signer = testing::must(identity::Signer::open(world.config().data / "identity"));
  const std::string key = from_base64url(std::string(signer->jwks()).substr(signer->jwks().find("\"x\":\"") + 5, 43));
  const auto header_with = [&](const std::string& from, const std::string& to) {
    return encode(with(header, from, to));
  };
  const auto resigned = [&](auto change) {
    door::Pass bent = pass;
    change(bent);
    return world.token(bent);
  };
  Names out;
  out[":token"] = token;
  out[":token_none"] = header_with("EdDSA", "none") + "." + claims + ".";
  out[":token_none_case"] = header_with("EdDSA", "nOnE") + "." + claims + "." + signature;
  out[":token_hs256"] = hs256(with(header, "EdDSA", "HS256"), claims, key);
  out[":token_hs256_pem"] = hs256(with(header, "EdDSA", "HS256"), claims, signer->jwks());
  out[":token_kid_path"] =
      header_with(signer->signs()->thumbprint(), "../../../../dev/null") + "." + claims + "." + signature;
  out[":token_kid_sql"] =
      header_with(signer->signs()->thumbprint(), "x' UNION SELECT 'key") + "." + claims + "." + signature;
  out[":token_jku"] = header_with("{", R"({"jku":"https://attacker.test/jwks.json",)") + "." + claims + "." + signature;
  out[":token_jwk"] =
      header_with("{", R"({"jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAA"},)") + "." + claims + "." + signature;
  out[":token_claims_b"] = token.substr(0, first) + "." +
                           encode(with(body, to_string(pass.tenant), to_string(theirs.tenant))) + "." + signature;
  out[":token_truncated"] = token.substr(0, token.size() - 8);
  out[":token_other_signature"] = token.substr(0, second) + other_token.substr(other_token.rfind('.'));
  out[":token_other_claims"] =
      token.substr(0, first) +
      other_token.substr(other_token.find('.'), other_token.rfind('.') - other_token.find('.')) + "." + signature;
  out[":token_four_parts"] = token + ".x";
  // Signed with the real key, so that nothing but what is bent can be the reason to refuse them.
  if (identity::sign_compact(*signer, "at+jwt", body) != token) throw std::runtime_error("not the server's own key");
  out[":token_typ"] = identity::sign_compact(*signer, "JWT", body);
  out[":token_aud"] = identity::sign_compact(*signer, "at+jwt", with(body, "cordon-api", "another-api"));
  out[":token_iss"] = identity::sign_compact(*signer, "at+jwt", with(body, R"("iss":"cordon")", R"("iss":"attacker")"));
  // Signed with the real key, as if that were stolen: what a claim says opens nothing that the seal does not.
  out[":stolen_key_tenant"] = resigned([&](door::Pass& p) { p.tenant = theirs.tenant; });
  out[":stolen_key_owner"] = resigned([&](door::Pass& p) {
    p.role = "owner";
    p.permissions = {"merchant.read",      "merchant.write", "catalogue.read", "conversation.read",
                     "conversation.write", "customer.read",  "order.read",     "order.write"};
  });
  out[":stolen_key_no_seal"] = resigned([&](door::Pass& p) {
    p.tenant = theirs.tenant, p.subject = theirs.owner, p.seal = door::Seal(std::string(64, '0'));
  });
  out[":stolen_key_sql_seal"] =
      resigned([&](door::Pass& p) { p.tenant = theirs.tenant, p.seal = door::Seal("' OR true --"); });
  out[":stolen_key_expired"] = resigned([&](door::Pass& p) { p.expires_at.micros -= 3'600'000'000LL; });
  return out;
}

}  // namespace cordon::attack
