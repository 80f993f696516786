#include "net/url.h"

#include <algorithm>
#include <charconv>

namespace cordon::net {

Result<Url> Url::parse(std::string_view text) {
  const auto bad =
      fail(Code::invalid, "`" + std::string(text) + "` is no address, such as https://log.example:8443/audit");
  constexpr std::string_view kScheme = "https://";
  const auto odd = [](unsigned char c) { return c <= 0x20 || c == 0x7F || c == '?' || c == '#' || c == '@'; };
  if (!text.starts_with(kScheme) || std::any_of(text.begin(), text.end(), odd)) return bad;
  text.remove_prefix(kScheme.size());
  const size_t slash = std::min(text.find('/'), text.size());
  std::string_view host = text.substr(0, slash), path = text.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  Url out;
  out.path = path;
  if (const size_t colon = host.rfind(':'); colon != host.npos) {
    const char* end = host.data() + host.size();
    const auto read = std::from_chars(host.data() + colon + 1, end, out.port);
    if (read.ec != std::errc() || read.ptr != end || out.port == 0) return bad;
    host = host.substr(0, colon);
  }
  if (host.empty()) return bad;
  out.host = host;
  return out;
}

}  // namespace cordon::net
