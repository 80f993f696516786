// Types declared once: BOOST_DESCRIBE_STRUCT beside a plain struct gives its JSON reading (strict: unknown and missing
// fields are errors that name the field), its JSON writing, and its OpenAPI schema.
#pragma once
#include <boost/describe.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11.hpp>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "base/time.h"
#include "base/utf8.h"

/// Declares a struct's fields and the name its schema has in the OpenAPI document.
#define CORDON_TYPE(Name, ...)                   \
  BOOST_DESCRIBE_STRUCT(Name, (), (__VA_ARGS__)) \
  inline constexpr std::string_view json_name(const Name*) { return #Name; }

namespace cordon {

/// Text of `Min` to `Max` characters (code points, as JSON Schema counts them).
template <size_t Min, size_t Max>
struct Text {
  std::string value;
};

/// An integer from `Min` to `Max`.
template <int64_t Min, int64_t Max>
struct Int {
  int64_t value = Min;
};

/// One page of a listing; `next_cursor` is what to pass as `cursor` for the next, null on the last.
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
  BOOST_DESCRIBE_CLASS(Page, (), (items, next_cursor), (), ())
};

/// A request without fields.
struct Nothing {
  bool operator==(const Nothing&) const = default;
};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())
BOOST_DESCRIBE_STRUCT(Done, (), (done))
inline constexpr std::string_view json_name(const Done*) { return "Done"; }

namespace json {

namespace bj = boost::json;
namespace bd = boost::describe;

template <class T>
using Members = bd::describe_members<T, bd::mod_public>;
template <class T>
concept Struct = bd::has_describe_members<T>::value && std::is_class_v<T>;
template <class T>
concept Enum = bd::has_describe_enumerators<T>::value;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Parses text strictly (RFC 8259, valid UTF-8, at most 32 levels, no name twice in an object).
Result<bj::value> parse(std::string_view text);
/// The same with the values in memory of the caller's, which outlives them.
Result<bj::value> parse(std::string_view text, bj::storage_ptr memory);
/// The same for text that has to be an object.
Result<bj::object> parse_object(std::string_view text);

/// The text at `name`, which lives in `object`; empty if there is none, or something else.
std::string_view text_of(const bj::object& object, std::string_view name);
/// The object at `name`; null if there is none, or something else.
const bj::object* object_of(const bj::object& object, std::string_view name);

// Reading
// -------------------------------------------------------------------------------------------------------------------

inline std::unexpected<Error> wrong(std::string field, std::string wanted) {
  return fail(Code::invalid, "`" + field + "` must be " + wanted + ".", field);
}

template <size_t Min, size_t Max>
Result<Done> read(const bj::value& v, const std::string& field, Text<Min, Max>& out) {
  const size_t length = v.is_string() ? characters(v.get_string()) : 0;
  if (!v.is_string() || length < Min || length > Max)
    return wrong(field, "text of " + std::to_string(Min) + " to " + std::to_string(Max) + " characters");
  if (v.get_string().find('\0') != std::string::npos) return wrong(field, "text without NUL");
  out.value = std::string(v.get_string());
  return Done{};
}
template <int64_t Min, int64_t Max>
Result<Done> read(const bj::value& v, const std::string& field, Int<Min, Max>& out) {
  boost::system::error_code ec;
  out.value = v.is_number() ? v.to_number<int64_t>(ec) : (ec = bj::error::not_number, 0);
  if (ec || v.is_double() || out.value < Min || out.value > Max)
    return wrong(field, "a whole number from " + std::to_string(Min) + " to " + std::to_string(Max));
  return Done{};
}
inline Result<Done> read(const bj::value& v, const std::string& field, bool& out) {
  if (!v.is_bool()) return wrong(field, "true or false");
  out = v.get_bool();
  return Done{};
}
inline Result<Done> read(const bj::value& v, const std::string& field, Time& out) {
  auto time = v.is_string() ? parse_time(v.get_string()) : std::nullopt;
  if (!time) return wrong(field, "a time as in RFC 3339");
  out = *time;
  return Done{};
}
inline Result<Done> read(const bj::value& v, const std::string& field, std::string& out) {
  if (!v.is_string()) return wrong(field, "text");
  out = std::string(v.get_string());
  return Done{};
}
inline Result<Done> read(const bj::value& v, const std::string& field, int64_t& out) {
  Int<INT64_MIN, INT64_MAX> number;
  auto ok = read(v, field, number);
  out = number.value;
  return ok;
}
inline Result<Done> read(const bj::value& v, const std::string& field, Uuid& out) {
  auto id = v.is_string() ? parse_uuid(std::string_view(v.get_string())) : std::nullopt;
  if (!id) return wrong(field, "a UUID");
  out = *id;
  return Done{};
}
template <class Tag>
Result<Done> read(const bj::value& v, const std::string& field, Id<Tag>& out) {
  auto id = v.is_string() ? Id<Tag>::parse(std::string_view(v.get_string())) : std::nullopt;
  if (!id) return wrong(field, "a UUID");
  out = *id;
  return Done{};
}
template <Enum T>
Result<Done> read(const bj::value& v, const std::string& field, T& out) {
  if (v.is_string() && bd::enum_from_string(std::string(v.get_string()).c_str(), out)) return Done{};
  std::string names;
  boost::mp11::mp_for_each<bd::describe_enumerators<T>>(
      [&](auto d) { names += (names.empty() ? "" : ", ") + std::string(d.name); });
  return wrong(field, "one of " + names);
}
template <Struct T>
Result<Done> read(const bj::value& v, const std::string& field, T& out);
template <class T>
Result<Done> read(const bj::value& v, const std::string& field, std::vector<T>& out);
template <class T>
Result<Done> read(const bj::value& v, const std::string& field, std::optional<T>& out) {
  if (v.is_null()) {
    out.reset();
    return Done{};
  }
  return read(v, field, out.emplace());
}

template <class T>
Result<Done> read(const bj::value& v, const std::string& field, std::vector<T>& out) {
  if (!v.is_array()) return wrong(field, "a list");
  for (const bj::value& item : v.get_array()) {
    const std::string name = field + "[" + std::to_string(out.size()) + "]";
    if (auto ok = read(item, name, out.emplace_back()); !ok) return ok;
  }
  return Done{};
}

template <Struct T>
Result<Done> read(const bj::value& v, const std::string& field, T& out) {
  if (!v.is_object()) return wrong(field.empty() ? "body" : field, "an object");
  const bj::object& object = v.get_object();
  const std::string prefix = field.empty() ? "" : field + ".";
  Result<Done> result = Done{};
  size_t known = 0;
  boost::mp11::mp_for_each<Members<T>>([&](auto d) {
    if (!result) return;
    using Field = std::remove_reference_t<decltype(out.*d.pointer)>;
    const bj::value* found = object.if_contains(d.name);
    if (found) {
      ++known;
      result = read(*found, prefix + d.name, out.*d.pointer);
    } else if (!is_optional<Field>) {
      result = fail(Code::invalid, "`" + prefix + d.name + "` is missing.", prefix + d.name);
    }
  });
  if (result && known != object.size())
    for (const auto& entry : object) {
      bool expected = false;
      boost::mp11::mp_for_each<Members<T>>([&](auto d) { expected = expected || entry.key() == d.name; });
      if (!expected)
        return fail(Code::invalid, "`" + prefix + std::string(entry.key()) + "` is not a field of this request.",
                    prefix + std::string(entry.key()));
    }
  return result;
}

template <class T>
Result<T> decode(std::string_view text, bj::storage_ptr memory) {
  auto value = parse(text, std::move(memory));
  if (!value) return std::unexpected(value.error());
  T out;
  if (auto ok = read(*value, "", out); !ok) return std::unexpected(ok.error());
  return out;
}

template <class T>
Result<T> decode(std::string_view text) {
  return decode<T>(text, {});
}

// Writing: straight into the response's bytes, no tree in between
// --------------------------------------------------------------

void write(std::string& out, std::string_view text);
inline void write(std::string& out, const std::string& text) { write(out, std::string_view(text)); }
inline void write(std::string& out, bool value) { out += value ? "true" : "false"; }
inline void write(std::string& out, int64_t value) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}
inline void write(std::string& out, Time time) {
  out += '"';
  append(out, time);
  out += '"';
}
inline void write(std::string& out, const Uuid& id) {
  out += '"';
  append(out, id);
  out += '"';
}
template <class Tag>
void write(std::string& out, const Id<Tag>& id) {
  write(out, id.value);
}
template <size_t Min, size_t Max>
void write(std::string& out, const Text<Min, Max>& text) {
  write(out, std::string_view(text.value));
}
template <int64_t Min, int64_t Max>
void write(std::string& out, const Int<Min, Max>& value) {
  write(out, value.value);
}
template <Enum T>
void write(std::string& out, T value) {
  write(out, std::string_view(bd::enum_to_string(value, "")));
}
template <Struct T>
void write(std::string& out, const T& value);
template <class T>
void write(std::string& out, const std::optional<T>& value) {
  if (value) write(out, *value);
  else out += "null";
}
template <class T>
void write(std::string& out, const std::vector<T>& values) {
  out += '[';
  for (const T& value : values) {
    if (&value != values.data()) out += ',';
    write(out, value);
  }
  out += ']';
}
template <Struct T>
void write(std::string& out, const T& value) {
  char before = '{';
  boost::mp11::mp_for_each<Members<T>>([&](auto d) {
    ((out += before) += '"') += d.name;
    out += "\":";
    write(out, value.*d.pointer);
    before = ',';
  });
  if (before == '{') out += '{';
  out += '}';
}

template <class T>
std::string encode(const T& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace json
}  // namespace cordon
