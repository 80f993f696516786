// Prices as shops write them, to whole minor units, without floating point on the way.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace cordon::commerce {

/// "19.99" to 1999. `minor_digits` is the number of decimals of the currency (ISO 4217: 2 for USD and EUR, 0
/// for JPY). Takes digits, and after one '.' at most `minor_digits` digits, or more of them when those are
/// zeros. Refuses signs, spaces, thousands separators, currency symbols, and what does not fit
/// (Code::invalid).
Result<std::int64_t> parse_minor(std::string_view decimal, int minor_digits = 2);

}  // namespace cordon::commerce
