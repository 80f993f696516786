// Which columns are encrypted. A column is declared once, beside the type that it is read into.
#pragma once
#include <string_view>

namespace cordon::keys {

/// A column whose values are closed: part of the associated data, so that a value that was moved to another column does
/// not open there. Tests compare all of them with the catalogue (tests/closed_fields_test.cc) and with the rows
/// (tests/closed_rows_test.cc).
struct Field {
  std::string_view table;   ///< "commerce.message"
  std::string_view column;  ///< "body"
};

}  // namespace cordon::keys
