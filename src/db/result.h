// What PostgreSQL answered to one statement, in its binary format.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"

struct pg_result;

namespace cordon::db {

/// The rows of one statement. Cheap to copy; keeps the result alive. Columns count from 0 and must be read as the type
/// that the statement selects: uuid, text, bigint, integer, boolean, timestamptz, text[]. Reading NULL with a plain
/// getter gives an empty value.
class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* result);

  int size() const;
  bool empty() const { return size() == 0; }
  /// Rows that a statement without RETURNING inserted, changed or deleted.
  int64_t affected() const;

  bool null(int row, int column) const;
  std::string_view text(int row, int column) const;
  Uuid uuid(int row, int column) const;
  int64_t integer(int row, int column) const;
  bool boolean(int row, int column) const;
  Time time(int row, int column) const;
  std::vector<std::string> texts(int row, int column) const;

  std::optional<std::string> maybe_text(int row, int column) const;
  template <class I>
  I id(int row, int column) const {
    return I{uuid(row, column)};
  }
  template <class I>
  std::optional<I> maybe_id(int row, int column) const {
    return null(row, column) ? std::nullopt : std::optional<I>(I{uuid(row, column)});
  }
  std::optional<Time> maybe_time(int row, int column) const {
    return null(row, column) ? std::nullopt : std::optional<Time>(time(row, column));
  }

 private:
  std::shared_ptr<pg_result> result_;
};

}  // namespace cordon::db
