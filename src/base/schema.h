// JSON Schema (2020-12, as OpenAPI 3.1 uses it) of the types that base/json.h reads and writes.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json.h"

namespace cordon::json {

/// Collects the named types a document refers to, for `components.schemas`.
struct Schemas {
  bj::object named;
};

template <class T>
concept Named = requires(const T* t) { json_name(t); };

/// In a request an optional field may be missing; in an answer it is there and null.
enum class Direction { in, out };

template <class T>
struct Schema;

template <class T>
bj::object schema(Schemas& all, Direction direction) {
  return Schema<T>::make(all, direction);
}

template <size_t Min, size_t Max>
struct Schema<Text<Min, Max>> {
  static bj::object make(Schemas&, Direction) { return {{"type", "string"}, {"minLength", Min}, {"maxLength", Max}}; }
};
template <int64_t Min, int64_t Max>
struct Schema<Int<Min, Max>> {
  static bj::object make(Schemas&, Direction) {
    return {{"type", "integer"}, {"format", "int64"}, {"minimum", Min}, {"maximum", Max}};
  }
};
template <>
struct Schema<bool> {
  static bj::object make(Schemas&, Direction) { return {{"type", "boolean"}}; }
};
template <>
struct Schema<int64_t> {
  static bj::object make(Schemas&, Direction) { return {{"type", "integer"}, {"format", "int64"}}; }
};
template <>
struct Schema<std::string> {
  static bj::object make(Schemas&, Direction) { return {{"type", "string"}}; }
};
template <>
struct Schema<Time> {
  static bj::object make(Schemas&, Direction) { return {{"type", "string"}, {"format", "date-time"}}; }
};
template <>
struct Schema<Uuid> {
  static bj::object make(Schemas&, Direction) { return {{"type", "string"}, {"format", "uuid"}}; }
};
template <class Tag>
struct Schema<Id<Tag>> {
  static bj::object make(Schemas&, Direction) { return {{"type", "string"}, {"format", "uuid"}}; }
};
template <Enum T>
struct Schema<T> {
  static bj::object make(Schemas&, Direction) {
    bj::array names;
    boost::mp11::mp_for_each<bd::describe_enumerators<T>>([&](auto d) { names.emplace_back(d.name); });
    return {{"type", "string"}, {"enum", names}};
  }
};
template <class T>
struct Schema<std::vector<T>> {
  static bj::object make(Schemas& all, Direction d) { return {{"type", "array"}, {"items", schema<T>(all, d)}}; }
};
template <class T>
struct Schema<std::optional<T>> {
  static bj::object make(Schemas& all, Direction d) {
    bj::object inner = schema<T>(all, d);
    if (auto* type = inner.if_contains("type"); type && type->is_string() && !inner.contains("enum")) {
      *type = bj::array{*type, "null"};
      return inner;
    }
    return {{"oneOf", bj::array{inner, bj::object{{"type", "null"}}}}};
  }
};
template <Struct T>
struct Schema<T> {
  static bj::object body(Schemas& all, Direction direction) {
    bj::object properties;
    bj::array required;
    boost::mp11::mp_for_each<Members<T>>([&](auto d) {
      using Field = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
      properties[d.name] = schema<Field>(all, direction);
      if (direction == Direction::out || !is_optional<Field>) required.emplace_back(d.name);
    });
    bj::object made{{"type", "object"}, {"additionalProperties", false}};
    if (!properties.empty()) made["properties"] = properties;
    if (!required.empty()) made["required"] = required;
    return made;
  }
  static bj::object make(Schemas& all, Direction direction) {
    if constexpr (Named<T>) {
      const auto name = json_name(static_cast<const T*>(nullptr));
      if (!all.named.contains(name)) {
        all.named[name] = nullptr;  // a type may contain itself
        bj::object made = body(all, direction);
        all.named[name] = std::move(made);
      }
      return {{"$ref", "#/components/schemas/" + std::string(name)}};
    } else {
      return body(all, direction);
    }
  }
};

}  // namespace cordon::json
