// One-time codes of authenticator apps: TOTP (RFC 6238) with HMAC-SHA1, 30 seconds and 6 digits, which every app knows.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace cordon::staff {

/// A fresh shared secret: 20 random bytes (RFC 4226 section 4 asks for 16 at least).
std::string new_totp_secret();
/// The code of a 30-second step (RFC 4226 section 5.3), `digits` long.
std::string totp_code(std::string_view secret, int64_t step, int digits = 6);
/// The step that `at` lies in.
int64_t totp_step(Time at);
/// The step that `code` belongs to: the one of `at`, the one before or the one after (clocks differ), if it is newer
/// than `last_used` (a code is used once: RFC 6238 section 5.2).
std::optional<int64_t> match_totp(std::string_view secret, std::string_view code, Time at, int64_t last_used);
/// RFC 4648 section 6 without padding, as authenticator apps take a secret.
std::string to_base32(std::string_view bytes);
/// The address that an authenticator app scans: otpauth://totp/Cordon:ann%40shop.example?secret=...
std::string totp_uri(std::string_view secret, std::string_view email);

}  // namespace cordon::staff
