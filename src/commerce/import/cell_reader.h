// Typed access to one row of a table, with errors that say where.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "commerce/import/delimited.h"

namespace cordon::commerce {

/// Reads cells by column name. The first error sticks and later reads go on with empty values, so that a row
/// is read in straight lines and checked once at its end. A column that the file does not have reads as
/// empty.
class CellReader {
 public:
  /// Both have to outlive the reader.
  CellReader(const DelimitedTable& table, const DelimitedRow& row) : table_(table), row_(row) {}

  std::string_view text(std::string_view column) const;
  /// An integer, negative ones included; `fallback` where the cell is empty.
  std::int64_t integer(std::string_view column, std::int64_t fallback = 0);
  /// A weight or measure: an integer whose fraction, if any, is dropped ("453.59" is 453); 0 where the cell
  /// is empty.
  std::int64_t whole_part(std::string_view column);
  /// A price in minor units, nothing where the cell is empty.
  std::optional<std::int64_t> price(std::string_view column, int minor_digits);
  /// true or false in any case; `fallback` where the cell is empty.
  bool flag(std::string_view column, bool fallback);
  /// An http or https address, or empty.
  std::string address(std::string_view column);

  /// Records an error of this row unless there is one already. `detail` gets the row, line and column before
  /// it.
  void refuse(std::string_view column, std::string_view detail);
  const std::optional<Error>& error() const { return error_; }

 private:
  const DelimitedTable& table_;
  const DelimitedRow& row_;
  std::optional<Error> error_;
};

}  // namespace cordon::commerce
