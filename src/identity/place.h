// Roughly where an address is: enough for somebody to see that a session is not theirs.
#pragma once
#include <string>

namespace cordon::identity {

/// The country of an IP address by the database that Debian carries (geoip-database), in English; empty if it is
/// private, unknown or there is no database.
std::string country_of(const std::string& address);

}  // namespace cordon::identity
