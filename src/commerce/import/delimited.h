// Tables in text files, comma or tab separated with CSV quoting, read by libcsv and checked as a whole.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cordon::commerce {

struct DelimitedRow {
  std::size_t number = 0;  ///< as a spreadsheet counts: the header is row 1
  std::size_t line = 0;    ///< the line of the file it begins on; a quoted cell may hold line breaks
  std::vector<std::string> cells;
};

/// A header and rows that have exactly as many cells as the header.
struct DelimitedTable {
  std::vector<std::string> header;
  std::vector<DelimitedRow> rows;

  std::optional<std::size_t> column(std::string_view name) const;
};

/// Reads RFC 4180 text: quotes, doubled quotes inside them, LF or CRLF, a UTF-8 byte order mark, blank lines
/// skipped, spaces around an unquoted cell dropped. The strict reading: a stray or unterminated quote is an
/// error. Errors (Code::invalid, the column in `field` where there is one): text that is not UTF-8, no
/// header, a column of `required` missing, a column twice, a row with more or fewer cells than the header.
/// Each names its row and line.
Result<DelimitedTable> read_delimited(std::string_view text, char delimiter,
                                      std::initializer_list<std::string_view> required);

}  // namespace cordon::commerce
