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

Param binary(const Uuid& value) {
  return std::string(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

Param binary(int32_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(static_cast<uint32_t>(value) >> shift);
  return out;
}

}  // namespace cordon::db
