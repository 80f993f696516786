#include "identity/key_set.h"

#include "base/json.h"

namespace cordon::identity {

bool KeySet::verify(std::string_view kid, std::string_view input, std::string_view signature) const {
  const auto held = keys_.load();
  const auto found = held->find(kid);
  return found != held->end() && found->second.verify(input, signature);
}

std::string KeySet::jwks() const {
  std::string out;
  for (const auto& [kid, key] : *keys_.load())
    out += (out.empty() ? "" : ",") +
           (R"({"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":")" + kid + R"(","x":")" + key.x() + "\"}");
  return R"({"keys":[)" + out + "]}";
}

Result<Done> KeySet::learn(std::string_view jwks) {
  const auto bad = [] { return fail(Code::invalid, "this is no JWK Set of Ed25519 keys"); };
  const auto set = json::parse_object(jwks);
  const auto* list = set ? set->if_contains("keys") : nullptr;
  if (!list || !list->is_array() || list->get_array().empty()) return bad();
  Keys keys;
  for (const auto& one : list->get_array()) {
    auto key = one.is_object() ? Key::from_jwk(one.get_object()) : bad();
    if (!key || key->algorithm() != "EdDSA") return bad();
    keys.emplace(key->thumbprint(), std::move(*key));
  }
  publish(std::move(keys));
  return Done{};
}

}  // namespace cordon::identity
