#include "db/query.h"

#include <span>

#include "base/random.h"

namespace cordon::db {

Param param(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

Param param(const std::vector<Uuid>& values) {
  std::string out = "{";
  for (const Uuid& value : values) {
    if (out.size() > 1) out += ',';
    append(out, value);
  }
  return out + "}";
}

Param param(const std::vector<Bytes>& values) {
  std::string out = "{";
  for (const Bytes& value : values) {
    if (out.size() > 1) out += ',';
    out += value.value.empty() ? "NULL" : "\"\\" + *bytes(value.value) + "\"";
  }
  return out + "}";
}

Param bytes(std::string_view value) {
  return "\\x" + to_hex(std::span(reinterpret_cast<const uint8_t*>(value.data()), value.size()));
}

}  // namespace cordon::db
