#include "identity/api_token.h"

#include <algorithm>
#include <boost/crc.hpp>

#include "base/random.h"

namespace cordon::identity {

namespace {

constexpr size_t kSecret = 43, kChecksum = 6;
constexpr size_t kLength = kApiTokenPrefix.size() + kSecret + 1 + kChecksum;

/// CRC-32 (ISO 3309, as zlib has it) in base62 with leading zeros.
std::string checksum(std::string_view secret) {
  static constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  boost::crc_32_type crc;
  crc.process_bytes(secret.data(), secret.size());
  std::string out(kChecksum, '0');
  uint32_t left = crc.checksum();
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, left /= 62) *digit = kDigits[left % 62];
  return out;
}

}  // namespace

std::string make_api_token() {
  const std::string secret = random_secret();
  return std::string(kApiTokenPrefix) + secret + "_" + checksum(secret);
}

bool is_api_token(std::string_view text) {
  if (text.size() != kLength || !text.starts_with(kApiTokenPrefix)) return false;
  const auto secret = text.substr(kApiTokenPrefix.size(), kSecret);
  return from_base64url(secret).size() == 32 && text[kLength - kChecksum - 1] == '_' &&
         text.substr(kLength - kChecksum) == checksum(secret);
}

}  // namespace cordon::identity
