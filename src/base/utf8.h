// Whether bytes from outside are text that PostgreSQL will store.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cordon {

/// The offset of the first byte that is not well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF), or that is NUL, which PostgreSQL's text type cannot hold. Nothing if all of
/// `text` is fine.
std::optional<std::size_t> first_bad_utf8(std::string_view text);

/// At most `limit` bytes of `text`, cut between characters; a byte that PostgreSQL would not store stands there as '?'.
std::string storable(std::string_view text, std::size_t limit);

/// How many code points well-formed `text` has.
std::size_t characters(std::string_view text);

/// `text` with every run of white space as one space, and none at either end.
std::string collapse_spaces(std::string_view text);

/// An ASCII capital as its small letter, any other byte as it is; and so all of `text`, whatever the locale.
constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }
std::string lower_case(std::string_view text);

}  // namespace cordon
