#include "staff/address.h"

#include <algorithm>

namespace cordon::staff {

bool is_address(std::string_view address) {
  const size_t at = address.find('@');
  const auto plain = [](unsigned char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("\"(),:;<>[\\]").find(static_cast<char>(c)) == std::string_view::npos;
  };
  return at != std::string_view::npos && at > 0 && at <= 64 && at + 1 < address.size() && address.size() <= 254 &&
         address.find('@', at + 1) == std::string_view::npos && address[at + 1] != '.' && address.back() != '.' &&
         address.front() != '-' && std::all_of(address.begin(), address.end(), plain);
}

Result<std::string> normal_address(std::string_view email) {
  std::string out(email);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  if (!is_address(out)) return fail(Code::invalid, "An address looks like ann@shop.example.", "email");
  return out;
}

}  // namespace cordon::staff
