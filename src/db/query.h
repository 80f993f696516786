// A statement and the values it runs with.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace cordon::db {

/// One SQL statement with $1.. parameters. Defined once, as a namespace-scope constant beside the struct it fills: its
/// address is its identity, and each connection prepares it on first use.
struct Statement {
  std::string_view
      name;  ///< "customer.find": of its file and what it does; PostgreSQL sees it as a comment before `sql`
  std::string_view sql;
  bool is_record = false;  ///< an event of what the other statements of its transaction do
};

/// A parameter as PostgreSQL's text format; nullopt is NULL. Always bound, never spliced into SQL.
using Param = std::optional<std::string>;

/// A bytea value, so that it is not taken for text.
struct Bytes {
  std::string value;
};

inline Param param(std::string value) { return value; }
inline Param param(std::string_view value) { return std::string(value); }
inline Param param(const char* value) { return std::string(value); }
inline Param param(int64_t value) { return std::to_string(value); }
inline Param param(int value) { return std::to_string(value); }
inline Param param(bool value) { return std::string(value ? "t" : "f"); }
inline Param param(const Uuid& value) { return to_string(value); }
inline Param param(Time value) { return to_string(value); }
template <class Tag>
Param param(const Id<Tag>& value) {
  return to_string(value);
}
template <class T>
Param param(const std::optional<T>& value) {
  return value ? param(*value) : std::nullopt;
}
/// A text[] value.
Param param(const std::vector<std::string>& values);
/// A bytea value.
Param bytes(std::string_view value);
inline Param param(const Bytes& value) { return bytes(value.value); }
/// A bytea[] value; an empty one of them is NULL.
Param param(const std::vector<Bytes>& values);
/// A uuid[] value.
Param param(const std::vector<Uuid>& values);

/// A value in PostgreSQL's binary format, which costs either side less. The column has to be of just that type.
Param binary(const Uuid& value);
Param binary(int32_t value);
inline Param binary(std::string_view value) { return std::string(value); }
inline Param binary(const Bytes& value) { return value.value; }
template <class Tag>
Param binary(const Id<Tag>& value) {
  return binary(value.value);
}
template <class T>
Param binary(const std::optional<T>& value) {
  return value ? binary(*value) : std::nullopt;
}

struct Query {
  const Statement* statement;
  std::vector<Param> params;
  bool binary = false;  ///< the parameters are what binary() makes, and not param()
};

template <class... Values>
Query query(const Statement& statement, const Values&... values) {
  Query made{&statement, {}};
  made.params.reserve(sizeof...(values));
  (made.params.push_back(param(values)), ...);
  return made;
}

/// Adds parameters to a query that has binary ones.
template <class... Values>
void add_binary(Query& query, const Values&... values) {
  query.binary = true;
  (query.params.push_back(binary(values)), ...);
}

}  // namespace cordon::db
