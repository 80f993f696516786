#include "support/sample.h"

#include <boost/json/serialize.hpp>

namespace cordon::testing {

namespace bj = boost::json;

bj::value valid(const bj::object& schema) {
  if (const auto* choices = schema.if_contains("enum")) return choices->get_array().front();
  if (const auto* any = schema.if_contains("oneOf")) return valid(any->get_array().front().get_object());
  const bj::value& types = schema.at("type");
  const std::string type(types.is_array() ? types.get_array().front().get_string() : types.get_string());
  if (type == "integer")
    return schema.contains("minimum") ? std::max<int64_t>(1, schema.at("minimum").to_number<int64_t>()) : 1;
  if (type == "boolean") return true;
  if (type == "array") {
    bj::array one;
    one.push_back(valid(schema.at("items").get_object()));
    return one;
  }
  const auto* format = schema.if_contains("format");
  if (format && format->get_string() == "uuid") return bj::string(to_string(new_uuid()));
  if (format && format->get_string() == "date-time") return "2026-01-02T03:04:05Z";
  const auto* least = schema.if_contains("minLength");
  return bj::string(std::string(least ? std::max<size_t>(1, least->to_number<size_t>()) : 1, 'x'));
}

Sample sample(const door::Route& route, const bj::object& document) {
  std::string method(to_string(route.info.method));
  for (char& c : method) c = static_cast<char>(c | 32);
  const bj::object& operation = document.at("paths").at(route.info.path).at(method).get_object();
  Sample made;
  for (const std::string& segment : route.segments)
    made.target += "/" + (segment.starts_with('{') ? to_string(new_uuid()) : segment);
  if (const auto* parameters = operation.if_contains("parameters"))
    for (const auto& p : parameters->get_array())
      if (p.at("in").get_string() == "query" && p.at("required").get_bool()) {
        const bj::value value = valid(p.at("schema").get_object());
        made.target += (made.target.find('?') == std::string::npos ? "?" : "&") +
                       std::string(p.at("name").get_string()) + "=" +
                       (value.is_string() ? std::string(value.get_string()) : bj::serialize(value));
      }
  if (const auto* request = operation.if_contains("requestBody")) {
    const bj::object& schema = request->at("content").at("application/json").at("schema").get_object();
    bj::object body;
    if (const auto* required = schema.if_contains("required"))
      for (const auto& name : required->get_array())
        body[name.get_string()] = valid(schema.at("properties").at(name.get_string()).get_object());
    made.body = bj::serialize(body);
  }
  return made;
}

}  // namespace cordon::testing
