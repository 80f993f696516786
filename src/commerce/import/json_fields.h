// JSON into described structs, with errors that say where: Boost.JSON parses, Boost.Describe names the
// members.
#pragma once
#include <boost/describe.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cordon::commerce {

/// Parses UTF-8 text. Errors: Code::invalid with the line where the text stops being JSON.
Result<boost::json::value> parse_json(std::string_view text);

/// What is wrong with a value, and where: "[3].turns[0].author".
using JsonProblem = std::optional<Error>;
JsonProblem json_problem(std::string_view path, std::string_view detail);

/// Each fills `out` from `json`, or says what is wrong. Text with NUL is refused, numbers have to fit
/// exactly.
JsonProblem read_json(const boost::json::value& json, std::string& out, const std::string& path);
JsonProblem read_json(const boost::json::value& json, std::int64_t& out, const std::string& path);
JsonProblem read_json(const boost::json::value& json, double& out, const std::string& path);

template <class T>
  requires std::is_enum_v<T>
JsonProblem read_json(const boost::json::value& json, T& out, const std::string& path) {
  std::string name;
  if (auto problem = read_json(json, name, path)) return problem;
  if (boost::describe::enum_from_string(name.c_str(), out)) return std::nullopt;
  std::string names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
      [&](auto known) { names += (names.empty() ? "" : ", ") + std::string(known.name); });
  return json_problem(path, "'" + name.substr(0, 40) + "' is none of: " + names);
}

template <class T>
JsonProblem read_json(const boost::json::value& json, std::vector<T>& out, const std::string& path);
template <class T>
  requires boost::describe::has_describe_members<T>::value
JsonProblem read_json(const boost::json::value& json, T& out, const std::string& path);

/// A member that may be missing or null.
template <class T>
JsonProblem read_json(const boost::json::value& json, std::optional<T>& out, const std::string& path) {
  out.reset();
  return json.is_null() ? std::nullopt : read_json(json, out.emplace(), path);
}

template <class T>
JsonProblem read_json(const boost::json::value& json, std::vector<T>& out, const std::string& path) {
  const auto* array = json.if_array();
  if (array == nullptr) return json_problem(path, "a list is needed");
  out.clear();
  for (const auto& element : *array) {
    const std::string here = path + "[" + std::to_string(out.size()) + "]";
    if (auto problem = read_json(element, out.emplace_back(), here)) return problem;
  }
  return std::nullopt;
}

/// Every described member of the struct has to be there, unless it is a std::optional; other members are
/// ignored.
template <class T>
  requires boost::describe::has_describe_members<T>::value
JsonProblem read_json(const boost::json::value& json, T& out, const std::string& path) {
  const auto* object = json.if_object();
  if (object == nullptr) return json_problem(path, "an object is needed");
  JsonProblem problem;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
    if (problem) return;
    static const boost::json::value kNull;
    const auto* value = object->if_contains(member.name);
    const std::string here = path.empty() ? member.name : path + "." + member.name;
    problem = read_json(value != nullptr ? *value : kNull, out.*member.pointer, here);
  });
  return problem;
}

/// The whole text as a T.
template <class T>
Result<T> parse_as(std::string_view text) {
  auto json = parse_json(text);
  if (!json) return std::unexpected(std::move(json.error()));
  T out{};
  if (auto problem = read_json(*json, out, "")) return std::unexpected(std::move(*problem));
  return out;
}

}  // namespace cordon::commerce
