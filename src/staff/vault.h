// The key under which authenticator apps' secrets are kept: they have to be read again, so a digest will not do, and a
// copy of the database alone must not be worth a second factor.
#pragma once
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace cordon::staff {

class Vault {
 public:
  /// The key in a file of 32 bytes, made there on first use (0600). Every replica needs the same.
  static Result<std::shared_ptr<const Vault>> open(const std::filesystem::path& path);

  /// Encrypts `secret` (XChaCha20-Poly1305, a random nonce) for `owner`: for nobody else does it open.
  std::string seal(std::string_view secret, std::string_view owner) const;
  /// Nothing if it was not sealed by this key for this owner.
  std::optional<std::string> open(std::string_view sealed, std::string_view owner) const;

 private:
  std::array<uint8_t, 32> key_{};
};

}  // namespace cordon::staff
