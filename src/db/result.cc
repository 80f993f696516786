#include "db/result.h"

#include <libpq-fe.h>

#include <charconv>
#include <cstring>

namespace cordon::db {

namespace {

/// Big-endian integer of the wire, of `size` bytes.
int64_t big_endian(const char* at, int size) {
  uint64_t value = size > 0 && (at[0] & 0x80) ? ~0ull : 0;
  for (int i = 0; i < size; ++i) value = value << 8 | static_cast<uint8_t>(at[i]);
  return static_cast<int64_t>(value);
}

/// PostgreSQL counts microseconds from 2000-01-01.
constexpr int64_t kEpochShift = 946'684'800'000'000;

}  // namespace

Rows::Rows(pg_result* result) : result_(result, PQclear) {}

int Rows::size() const { return result_ ? PQntuples(result_.get()) : 0; }

int64_t Rows::affected() const {
  int64_t count = 0;
  if (result_) {
    const std::string_view text = PQcmdTuples(result_.get());
    std::from_chars(text.data(), text.data() + text.size(), count);
  }
  return count;
}

bool Rows::null(int row, int column) const { return PQgetisnull(result_.get(), row, column); }

std::string_view Rows::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

Uuid Rows::uuid(int row, int column) const {
  Uuid id;
  const auto bytes = text(row, column);
  if (bytes.size() == 16) std::memcpy(id.bytes.data(), bytes.data(), 16);
  return id;
}

int64_t Rows::integer(int row, int column) const {
  const auto bytes = text(row, column);
  return big_endian(bytes.data(), static_cast<int>(bytes.size()));
}

bool Rows::boolean(int row, int column) const { return text(row, column) == std::string_view("\1", 1); }

Time Rows::time(int row, int column) const { return {null(row, column) ? 0 : integer(row, column) + kEpochShift}; }

// Array wire format (PostgreSQL's array_send): dimensions, flags, element type, then per dimension size and lower
// bound, then each element as length and bytes.
std::vector<std::string> Rows::texts(int row, int column) const {
  std::vector<std::string> out;
  const auto bytes = text(row, column);
  if (bytes.size() < 20) return out;
  const int64_t count = big_endian(bytes.data() + 12, 4);
  size_t at = 20;
  for (int64_t i = 0; i < count && at + 4 <= bytes.size(); ++i) {
    const int64_t length = big_endian(bytes.data() + at, 4);
    at += 4;
    if (length < 0 || at + static_cast<size_t>(length) > bytes.size()) break;
    out.emplace_back(bytes.substr(at, static_cast<size_t>(length)));
    at += static_cast<size_t>(length);
  }
  return out;
}

std::optional<std::string> Rows::maybe_text(int row, int column) const {
  return null(row, column) ? std::nullopt : std::optional<std::string>(text(row, column));
}

}  // namespace cordon::db
