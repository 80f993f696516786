// Ed25519 signatures (RFC 8032) with keys as their bare 32 bytes.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "keys/secret.h"

struct evp_pkey_st;

namespace cordon::keys {

/// A pair. Immutable; threads may share it.
class SigningKey {
 public:
  /// From the private key's 32 bytes (RFC 8032 section 5.1.5); throws std::invalid_argument for any other size.
  explicit SigningKey(const Secret& seed);
  /// 32 bytes.
  const std::string& public_key() const { return public_; }
  /// 64 bytes.
  std::string sign(std::string_view message) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::string public_;
};

/// Whether `signature` is that of the pair with this public key (32 bytes). False for a key or signature of another
/// size.
bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace cordon::keys
