#include "base/time.h"

#include <array>
#include <charconv>
#include <chrono>

namespace cordon {

using namespace std::chrono;

Time now() { return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()}; }

void append(std::string& out, Time time) {
  const sys_time<microseconds> at{microseconds(time.micros)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> clock(at - day);
  std::array<char, 27> text;
  char* to = text.data();
  const auto put = [&](auto value, int digits, char after) {
    auto left = static_cast<uint64_t>(value);
    for (int i = digits; i-- > 0; left /= 10) to[i] = static_cast<char>('0' + left % 10);
    to[digits] = after;
    to += digits + 1;
  };
  put(int(date.year()), 4, '-');
  put(unsigned(date.month()), 2, '-');
  put(unsigned(date.day()), 2, 'T');
  put(clock.hours().count(), 2, ':');
  put(clock.minutes().count(), 2, ':');
  put(clock.seconds().count(), 2, '.');
  put(clock.subseconds().count(), 6, 'Z');
  out.append(text.data(), text.size());
}

std::string to_string(Time time) {
  std::string out;
  append(out, time);
  return out;
}

namespace {

/// Takes exactly `digits` decimal digits off the front.
bool take(std::string_view& text, int digits, int& out) {
  if (text.size() < static_cast<size_t>(digits)) return false;
  const char* end = text.data() + digits;
  const auto read = std::from_chars(text.data(), end, out);
  if (read.ec != std::errc() || read.ptr != end || text[0] == '-') return false;
  text.remove_prefix(static_cast<size_t>(digits));
  return true;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || (text[0] != c && text[0] != c + 32)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  int y, mo, d, h, mi, s, fraction = 0, offset = 0;
  if (!take(text, 4, y) || !skip(text, '-') || !take(text, 2, mo) || !skip(text, '-') || !take(text, 2, d)) return {};
  if (!skip(text, 'T') || !take(text, 2, h) || !skip(text, ':') || !take(text, 2, mi) || !skip(text, ':') ||
      !take(text, 2, s))
    return {};
  if (skip(text, '.')) {
    int unit = 100'000, seen = 0;
    for (int digit; take(text, 1, digit); unit /= 10, ++seen) fraction += digit * unit;
    if (seen == 0 || seen > 9) return {};
  }
  if (!skip(text, 'Z')) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return {};
    const int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    int oh, om;
    if (!take(text, 2, oh) || !skip(text, ':') || !take(text, 2, om) || oh > 23 || om > 59) return {};
    offset = sign * (oh * 60 + om);
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!text.empty() || !date.ok() || h > 23 || mi > 59 || s > 60) return {};
  const auto at = sys_days(date) + hours(h) + minutes(mi - offset) + seconds(s) + microseconds(fraction);
  return Time{duration_cast<microseconds>(at.time_since_epoch()).count()};
}

}  // namespace cordon
