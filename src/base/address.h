// Addresses that people and pages give: what counts as one. And those that callers come from.
#pragma once
#include <string>
#include <string_view>

namespace cordon {

/// Whether `text` is an e-mail address that can stand in a mail's header and envelope as it is: one @, no blanks,
/// quotes or controls, 254 bytes at most (RFC 5321 section 4.5.3.1). Whether anybody reads it, a link sent there tells.
bool is_email(std::string_view text);

/// Whether a browser could send `text` as Origin (RFC 6454 section 6.2): "https" or "http", a host in lower case, and a
/// port unless it is the scheme's own.
bool is_origin(std::string_view text);

/// What an IP address is counted under: itself, or the /64 that one of IPv6 lies in, for whoever has one has them all.
std::string network_of(const std::string& address);

}  // namespace cordon
