#include "commerce/import/delimited.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/utf8.h"

namespace cordon::commerce {
namespace {

/// Collects libcsv's callbacks. The text goes in line by line, so that every row knows the line it began on.
class Collector {
 public:
  explicit Collector(char delimiter) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
  }
  ~Collector() { csv_free(&parser_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  Result<std::vector<DelimitedRow>> collect(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
      text.remove_prefix(line.size());
      ++line_;
      if (!row_open_ && line.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        open_.line = line_;
        row_open_ = true;
      }
      if (csv_parse(&parser_, line.data(), line.size(), &on_cell, &on_row, this) != line.size()) return refuse();
    }
    if (csv_fini(&parser_, &on_cell, &on_row, this) != 0) return refuse();
    return std::move(rows_);
  }

 private:
  static void on_cell(void* bytes, std::size_t size, void* self) {
    static_cast<Collector*>(self)->open_.cells.emplace_back(static_cast<const char*>(bytes), size);
  }

  static void on_row(int, void* context) {
    auto& self = *static_cast<Collector*>(context);
    self.open_.number = self.rows_.size() + 1;
    self.rows_.push_back(std::move(self.open_));
    self.open_ = {};
    self.row_open_ = false;
  }

  std::unexpected<Error> refuse() {
    const std::size_t row = rows_.size() + 1;
    if (csv_error(&parser_) != CSV_EPARSE)
      return fail(Code::too_large, fmt::format("row {} (line {}) is too large to read", row, open_.line));
    return fail(
        Code::invalid,
        fmt::format("row {} (line {}), cell {}: a quote is left open, or stands inside a cell that is not quoted; "
                    "put the whole cell in quotes and double the quotes inside it (noticed on line {})",
                    row, open_.line, open_.cells.size() + 1, line_));
  }

  csv_parser parser_{};
  std::vector<DelimitedRow> rows_;
  DelimitedRow open_;
  bool row_open_ = false;
  std::size_t line_ = 0;
};

std::optional<Error> check_header(const DelimitedTable& table, std::initializer_list<std::string_view> required) {
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    const std::string& name = table.header[i];
    if (!name.empty() && table.column(name) != i)
      return Error{Code::invalid, fmt::format("row 1: the column {} is there twice", name), name};
  }
  for (std::string_view name : required)
    if (!table.column(name))
      return Error{Code::invalid, fmt::format("row 1: the column {} is missing", name), std::string(name)};
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> DelimitedTable::column(std::string_view name) const {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

Result<DelimitedTable> read_delimited(std::string_view text, char delimiter,
                                      std::initializer_list<std::string_view> required) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const auto bad = first_bad_utf8(text)) {
    const auto line = 1 + std::ranges::count(text.substr(0, *bad), '\n');
    return fail(Code::invalid, fmt::format("line {}: the text is not UTF-8; save the file as UTF-8", line));
  }
  auto rows = Collector(delimiter).collect(text);
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (rows->empty()) return fail(Code::invalid, "the file is empty; its first line has to name the columns");

  DelimitedTable table{.header = std::move(rows->front().cells), .rows = {}};
  rows->erase(rows->begin());
  table.rows = std::move(*rows);
  if (auto error = check_header(table, required)) return std::unexpected(std::move(*error));
  for (const DelimitedRow& row : table.rows)
    if (row.cells.size() != table.header.size())
      return fail(Code::invalid, fmt::format("row {} (line {}) has {} cells, the header {}", row.number, row.line,
                                             row.cells.size(), table.header.size()));
  return table;
}

}  // namespace cordon::commerce
