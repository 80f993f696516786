#include "staff/recovery_code.h"

#include <array>

#include "base/random.h"
#include "base/utf8.h"
#include "staff/totp.h"

namespace cordon::staff {

std::vector<std::string> fresh_recovery_codes() {
  std::vector<std::string> codes;
  for (int i = 0; i < 10; ++i) {
    std::array<uint8_t, 15> bytes;
    fill_random(bytes);
    std::string code;
    for (const char c : to_base32({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) {
      if (code.size() % 5 == 4) code += '-';
      code += lower_case(c);
    }
    codes.push_back(std::move(code));
  }
  return codes;
}

std::string plain_recovery_code(std::string_view typed) {
  std::string out;
  for (const char c : typed)
    if (c != '-' && c != ' ') out += lower_case(c);
  return out;
}

}  // namespace cordon::staff
