// Time as PostgreSQL and the API carry it: microseconds.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordon {

/// Microseconds since 1970-01-01T00:00:00Z.
struct Time {
  int64_t micros = 0;
  auto operator<=>(const Time&) const = default;
};

/// The wall clock.
Time now();
/// RFC 3339 in UTC with six decimals: "2026-11-24T08:00:00.123456Z".
std::string to_string(Time time);
/// Appends what to_string() gives.
void append(std::string& out, Time time);
/// Reads RFC 3339 (section 5.6), any offset, up to six decimals.
std::optional<Time> parse_time(std::string_view text);

}  // namespace cordon
