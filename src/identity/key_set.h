// The public keys that verify access tokens: those of every replica.
#pragma once
#include <atomic>
#include <map>

#include "identity/key.h"

namespace cordon::identity {

/// Shared by all threads, which read while one of them changes it.
class KeySet {
 public:
  KeySet() = default;
  virtual ~KeySet() = default;

  /// Whether the key called `kid` signed `input`.
  bool verify(std::string_view kid, std::string_view input, std::string_view signature) const;
  /// Every key, as a JWK Set (RFC 7517).
  std::string jwks() const;
  /// Takes the keys of a JWK Set in place of those that are there. Code::invalid, and no change, if it is none.
  Result<Done> learn(std::string_view jwks);

 protected:
  using Keys = std::map<std::string, Key, std::less<>>;
  void publish(Keys keys) { keys_ = std::make_shared<const Keys>(std::move(keys)); }

 private:
  std::atomic<std::shared_ptr<const Keys>> keys_{std::make_shared<const Keys>()};
};

}  // namespace cordon::identity
