#include "base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace cordon {

bool is_email(std::string_view text) {
  const size_t at = text.find('@');
  const auto plain = [](unsigned char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("\"(),:;<>[\\]").find(static_cast<char>(c)) == std::string_view::npos;
  };
  return at != std::string_view::npos && at > 0 && at <= 64 && at + 1 < text.size() && text.size() <= 254 &&
         text.find('@', at + 1) == std::string_view::npos && text[at + 1] != '.' && text.back() != '.' &&
         text.front() != '-' && std::all_of(text.begin(), text.end(), plain);
}

bool is_origin(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("https://")) rest.remove_prefix(8);
  else if (rest.starts_with("http://")) rest.remove_prefix(7);
  else return false;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view host = rest.substr(0, rest.find(':'));
  if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), plain)) return false;
  if (host.size() == rest.size()) return true;
  const std::string_view port = rest.substr(host.size() + 1);
  return !port.empty() && port.size() <= 5 && port != "443" && port != "80" &&
         std::all_of(port.begin(), port.end(), digit);
}

std::string network_of(const std::string& address) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return address;
  std::memset(parsed.s6_addr + 8, 0, 8);
  std::array<char, INET6_ADDRSTRLEN> out{};
  return ::inet_ntop(AF_INET6, &parsed, out.data(), out.size());
}

}  // namespace cordon
