// One public key as the JOSE standards write it, with its private half where that is ours.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

struct evp_pkey_st;

namespace boost::json {
class object;
}

namespace cordon::identity {

/// An Ed25519 key (RFC 8037) or, public only, a P-256 key (RFC 7518 section 6.2). Immutable; threads may share it.
class Key {
 public:
  /// A fresh Ed25519 pair.
  static Key generate();
  /// An Ed25519 pair from a PEM file (PKCS #8). Code::internal if it is none.
  static Result<Key> read(const std::filesystem::path& file);
  /// An Ed25519 public key: 32 bytes in base64url.
  static Result<Key> from_public(std::string_view x);
  /// The public key of a JWK (RFC 7517). Code::invalid for another kind, a point off the curve, or a private member.
  static Result<Key> from_jwk(const boost::json::object& jwk);

  /// Writes the pair to a new file that only this user may read.
  Result<Done> write(const std::filesystem::path& file) const;
  /// 64 bytes (RFC 8032 section 5.1.6).
  std::string sign(std::string_view input) const;
  /// Whether `signature` over `input` is this key's: EdDSA, or ES256 as RFC 7518 section 3.4 has it (64 bytes, r and
  /// s).
  bool verify(std::string_view input, std::string_view signature) const;
  /// The JWA name of its signatures: "EdDSA" or "ES256".
  std::string_view algorithm() const { return curve_ == "Ed25519" ? "EdDSA" : "ES256"; }
  /// The thumbprint (RFC 7638): what we use as `kid`, and RFC 9449 as `jkt`.
  const std::string& thumbprint() const { return thumbprint_; }
  /// The x coordinate in base64url: all of an Ed25519 public key.
  const std::string& x() const { return x_; }

 private:
  Key(std::shared_ptr<evp_pkey_st> key, std::string curve, std::string x, std::string y);
  static Result<Key> of(std::shared_ptr<evp_pkey_st> ed25519);
  std::shared_ptr<evp_pkey_st> key_;
  std::string curve_, x_, thumbprint_;
};

}  // namespace cordon::identity
