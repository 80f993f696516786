#include "commerce/import/cell_reader.h"

#include <fmt/format.h>

#include <charconv>

#include "base/utf8.h"
#include "commerce/import/money.h"

namespace cordon::commerce {
namespace {

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view CellReader::text(std::string_view column) const {
  const auto index = table_.column(column);
  return index ? std::string_view(row_.cells[*index]) : std::string_view();
}

std::int64_t CellReader::integer(std::string_view column, std::int64_t fallback) {
  const std::string_view cell = text(column);
  if (cell.empty()) return fallback;
  const auto value = to_integer(cell);
  if (!value) refuse(column, fmt::format("'{}' is not a whole number", cell.substr(0, 40)));
  return value.value_or(fallback);
}

std::int64_t CellReader::whole_part(std::string_view column) {
  const std::string_view cell = text(column);
  if (cell.empty()) return 0;
  const std::size_t point = cell.find('.');
  const auto whole = to_integer(cell.substr(0, point));
  const bool fraction_ok =
      point == std::string_view::npos || cell.find_first_not_of("0123456789", point + 1) == std::string_view::npos;
  if (!whole || *whole < 0 || !fraction_ok)
    refuse(column, fmt::format("'{}' is not a number of zero or more", cell.substr(0, 40)));
  return whole.value_or(0);
}

std::optional<std::int64_t> CellReader::price(std::string_view column, int minor_digits) {
  const std::string_view cell = text(column);
  if (cell.empty()) return std::nullopt;
  const auto minor = parse_minor(cell, minor_digits);
  if (minor) return *minor;
  refuse(column, minor.error().detail);
  return std::nullopt;
}

bool CellReader::flag(std::string_view column, bool fallback) {
  const std::string_view cell = text(column);
  if (cell.empty()) return fallback;
  if (lower_case(cell) == "true") return true;
  if (lower_case(cell) == "false") return false;
  refuse(column, fmt::format("'{}' is neither true nor false", cell.substr(0, 40)));
  return fallback;
}

std::string CellReader::address(std::string_view column) {
  const std::string_view cell = text(column);
  if (!cell.empty() && !cell.starts_with("https://") && !cell.starts_with("http://"))
    refuse(column, "the address has to begin with https://");
  return std::string(cell);
}

void CellReader::refuse(std::string_view column, std::string_view detail) {
  if (error_) return;
  error_ = Error{Code::invalid, fmt::format("row {} (line {}), column {}: {}", row_.number, row_.line, column, detail),
                 std::string(column)};
}

}  // namespace cordon::commerce
