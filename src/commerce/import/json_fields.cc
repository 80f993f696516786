#include "commerce/import/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parser.hpp>
#include <cmath>

#include "base/utf8.h"

namespace cordon::commerce {
namespace {

template <class Number>
JsonProblem read_number(const boost::json::value& json, Number& out, const std::string& path, std::string_view needed) {
  if (json.is_null()) return json_problem(path, "it is missing");
  boost::system::error_code failed;
  const Number value = json.to_number<Number>(failed);
  if (failed) return json_problem(path, needed);
  out = value;
  return std::nullopt;
}

}  // namespace

Result<boost::json::value> parse_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  boost::json::parser parser;
  boost::system::error_code failed;
  const std::size_t read = parser.write(text.data(), text.size(), failed);
  if (!failed) return parser.release();
  const auto line = 1 + std::ranges::count(text.substr(0, read), '\n');
  return fail(Code::invalid, fmt::format("line {}: this is not JSON ({})", line, failed.message()));
}

JsonProblem json_problem(std::string_view path, std::string_view detail) {
  const std::string_view where = path.empty() ? "the top of the file" : path;
  return Error{Code::invalid, fmt::format("{}: {}", where, detail), std::string(path)};
}

JsonProblem read_json(const boost::json::value& json, std::string& out, const std::string& path) {
  if (json.is_null()) return json_problem(path, "it is missing");
  const auto* text = json.if_string();
  if (text == nullptr) return json_problem(path, "text is needed");
  out.assign(text->data(), text->size());
  if (first_bad_utf8(out)) return json_problem(path, "the text holds a NUL character");
  return std::nullopt;
}

JsonProblem read_json(const boost::json::value& json, std::int64_t& out, const std::string& path) {
  return read_number(json, out, path, "a whole number is needed");
}

JsonProblem read_json(const boost::json::value& json, double& out, const std::string& path) {
  return read_number(json, out, path, "a number is needed");
}

}  // namespace cordon::commerce
