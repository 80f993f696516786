// XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM with a nonce of 192 bits.
//
// A nonce of AES-GCM has 96 bits, and 2^32 random ones under one key are as many as NIST SP 800-38D allows; a busy shop
// has more rows than that over the years. XAES derives a key of its own for the first 96 bits of the nonce (CMAC, NIST
// SP 800-108r1), so that 2^80 random nonces are safe under one key.
//
// Deriving costs more than encrypting a message, so whoever writes keeps its derived key: the first half of the nonce
// is random once for each writer and key, the second half counts from a random start. No pair of halves comes twice,
// and whoever reads needs to know nothing of that.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keys/secret.h"

namespace cordon::keys {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kNonceBytes = 24;
inline constexpr size_t kTagBytes = 16;

/// One key of 32 bytes. One thread at a time.
class Xaes {
 public:
  /// Keeps no reference to `key`, which is its own until it goes.
  explicit Xaes(Secret key);
  ~Xaes();
  Xaes(Xaes&&) noexcept;
  Xaes& operator=(Xaes&&) noexcept;

  /// Appends nonce, ciphertext and tag to `out`.
  void seal(std::string& out, std::string_view aad, std::string_view plain);
  /// The plaintext of what seal() appended; nullopt if it is anything else, or `aad` is another one.
  std::optional<std::string> open(std::string_view aad, std::string_view sealed);
  /// The same into memory for keys.
  std::optional<Secret> open_secret(std::string_view aad, std::string_view sealed);

  /// The key itself, for a key that is used for something else than XAES.
  const Secret& key() const { return key_; }
  /// seal() with a nonce that the caller chooses: for published vectors, and never the same one twice.
  void seal_with(std::string& out, const std::array<uint8_t, kNonceBytes>& nonce, std::string_view aad,
                 std::string_view plain);

 private:
  struct Derived;
  Derived& derived(std::string_view half);
  static void encrypt(std::string& out, Derived& with, const std::array<uint8_t, kNonceBytes>& nonce,
                      std::string_view aad, std::string_view plain);
  bool decrypt(std::string_view aad, std::string_view sealed, uint8_t* out);

  Secret key_;
  std::array<uint8_t, kNonceBytes> nonce_{};  ///< the last one that seal() used
  uint32_t written_ = 0;                      ///< how many with its first half
  std::unique_ptr<Derived> writing_;
  std::array<std::unique_ptr<Derived>, 4> reading_;  ///< of the writers read last
  size_t next_ = 0;
};

}  // namespace cordon::keys
