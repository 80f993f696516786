#include "commerce/import/money.h"

#include <fmt/format.h>

#include <limits>

namespace cordon::commerce {
namespace {

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

Result<std::int64_t> parse_minor(std::string_view decimal, int minor_digits) {
  auto refuse = [&](std::string_view why) {
    return fail(Code::invalid, fmt::format("'{}' is not a price: {}", decimal.substr(0, 40), why));
  };
  const std::size_t point = decimal.find('.');
  const std::string_view whole = decimal.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? "" : decimal.substr(point + 1);
  if (whole.empty() || !all_digits(whole) || !all_digits(fraction) ||
      (point != std::string_view::npos && fraction.empty()))
    return refuse("write digits and at most one decimal point, such as 1299.00");

  while (fraction.size() > static_cast<std::size_t>(minor_digits) && fraction.ends_with('0')) fraction.remove_suffix(1);
  if (fraction.size() > static_cast<std::size_t>(minor_digits))
    return refuse(fmt::format("this currency has {} decimals", minor_digits));

  std::int64_t minor = 0;
  auto append = [&](int digit) {
    if (minor > (std::numeric_limits<std::int64_t>::max() - digit) / 10) return false;
    minor = minor * 10 + digit;
    return true;
  };
  for (char c : whole)
    if (!append(c - '0')) return refuse("it is too large");
  for (std::size_t i = 0; i < static_cast<std::size_t>(minor_digits); ++i)
    if (!append(i < fraction.size() ? fraction[i] - '0' : 0)) return refuse("it is too large");
  return minor;
}

}  // namespace cordon::commerce
