#include "staff/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/random.h"

namespace cordon::staff {

std::string new_totp_secret() {
  std::array<uint8_t, 20> bytes;
  fill_random(bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string totp_code(std::string_view secret, int64_t step, int digits) {
  std::array<uint8_t, 8> counter;
  for (size_t i = 0; i < 8; ++i) counter[i] = static_cast<uint8_t>(static_cast<uint64_t>(step) >> (56 - 8 * i));
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  if (!HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(),
            &size))
    throw std::runtime_error("hmac");
  const size_t at = mac[size - 1] & 15;
  const uint32_t number =
      (mac[at] & 0x7fu) << 24 | uint32_t(mac[at + 1]) << 16 | uint32_t(mac[at + 2]) << 8 | mac[at + 3];
  uint32_t limit = 1;
  for (int i = 0; i < digits; ++i) limit *= 10;
  return fmt::format("{:0{}}", number % limit, digits);
}

int64_t totp_step(Time at) { return at.micros / 30'000'000; }

std::optional<int64_t> match_totp(std::string_view secret, std::string_view code, Time at, int64_t last_used) {
  std::optional<int64_t> found;
  const int64_t now = totp_step(at);
  for (const int64_t step : {now - 1, now, now + 1}) {
    const bool same = same_secret(code, totp_code(secret, step));
    if (same && step > last_used) found = step;
  }
  return found;
}

std::string to_base32(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<uint8_t>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kDigits[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += kDigits[held << (5 - bits) & 31];
  return out;
}

std::string totp_uri(std::string_view secret, std::string_view email) {
  std::string name;
  for (const char c : email) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return "otpauth://totp/Cordon:" + name + "?secret=" + to_base32(secret) + "&issuer=Cordon";
}

}  // namespace cordon::staff
