// Random bytes and digests, from OpenSSL.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace cordon {

/// Fills `out` from OpenSSL's generator (RAND_bytes); throws if it has no entropy, which is never survivable.
void fill_random(std::span<uint8_t> out);
/// SHA-256 of `data` (FIPS 180-4), 32 bytes.
std::array<uint8_t, 32> sha256(std::string_view data);
/// SHA-256 of what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view data);
  /// Of all of it; called once, at the end.
  std::array<uint8_t, 32> finish();

 private:
  std::shared_ptr<evp_md_ctx_st> context_;
};
/// HMAC-SHA-256 (RFC 2104), 32 bytes.
std::array<uint8_t, 32> hmac_sha256(std::string_view key, std::string_view data);
/// Whether two texts are the same, in a time that tells nothing but their lengths: for secrets (CRYPTO_memcmp).
bool same_secret(std::string_view a, std::string_view b);
/// Lower-case hexadecimal.
std::string to_hex(std::span<const uint8_t> data);
/// base64url without padding (RFC 4648 section 5).
std::string to_base64url(std::span<const uint8_t> data);
/// Reads base64url without padding; an empty string if it is not that.
std::string from_base64url(std::string_view text);
/// base64 with padding (RFC 4648 section 4).
std::string to_base64(std::string_view data);
/// Reads what to_base64() gives; nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);
/// 32 random bytes as 43 characters of base64url: links, tickets, visitor secrets.
std::string random_secret();

}  // namespace cordon
