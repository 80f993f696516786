#include "identity/jws.h"

#include "base/random.h"

namespace cordon::identity {

std::optional<Compact> split_compact(std::string_view text) {
  const size_t first = text.find('.'), second = text.find('.', first + 1);
  if (text.size() > 8192 || first == std::string_view::npos || second == std::string_view::npos ||
      text.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  Compact made{from_base64url(text.substr(0, first)), from_base64url(text.substr(first + 1, second - first - 1)),
               from_base64url(text.substr(second + 1)), text.substr(0, second)};
  if (made.header.empty() || made.payload.empty() || made.signature.empty()) return std::nullopt;
  return made;
}

}  // namespace cordon::identity
