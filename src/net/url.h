// Addresses of servers that an operator writes down.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cordon::net {

/// "https://log.example:8443/audit" in its parts.
struct Url {
  std::string host;
  uint16_t port = 443;
  std::string path;  ///< without a slash at its end; empty for the root

  /// Code::invalid for anything but https, and for a query or a fragment.
  static Result<Url> parse(std::string_view text);
};

}  // namespace cordon::net
