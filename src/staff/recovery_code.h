// Recovery codes: what lets somebody in, with their password, who has lost every other second factor.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cordon::staff {

/// Ten codes of 120 random bits, as people write them down: six groups of four characters of base32.
std::vector<std::string> fresh_recovery_codes();
/// A code as it is kept and compared: in small letters, without the hyphens and blanks that people write or leave out.
std::string plain_recovery_code(std::string_view typed);

}  // namespace cordon::staff
