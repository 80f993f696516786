// The procedures of the ABCD store as policies: guidelines.json and kb.json.
#include <algorithm>
#include <boost/json.hpp>

#include "base/utf8.h"
#include "commerce/import/abcd_json.h"
#include "commerce/import/json_fields.h"

namespace cordon::commerce {
namespace {

struct Step {
  std::string type, button, text;
  std::vector<std::string> subtext;
};
BOOST_DESCRIBE_STRUCT(Step, (), (type, button, text, subtext))

struct Subflow {
  std::vector<std::string> instructions;
  std::vector<Step> actions;
};
BOOST_DESCRIBE_STRUCT(Subflow, (), (instructions, actions))

/// "Single-Item Query" to "single_item_query", as the conversations name their flows.
std::string to_kind(std::string_view title) {
  std::string out(title);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == ' ' || c == '-' ? '_' : c;
  });
  return out;
}

/// "return_size" to "Return size".
std::string to_title(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '_', ' ');
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

std::string to_body(std::string_view description, const Subflow& subflow) {
  std::string body = "About: " + collapse_spaces(description);
  for (const std::string& line : subflow.instructions) body += "\n" + collapse_spaces(line);
  for (const Step& step : subflow.actions) {
    body += "\n- " + collapse_spaces(step.text);
    for (const std::string& remark : step.subtext) body += "\n  " + collapse_spaces(remark);
  }
  return body;
}

}  // namespace

Result<std::vector<PolicyText>> parse_abcd_guidelines(std::string_view json) {
  const auto parsed = parse_json(json);
  if (!parsed) return std::unexpected(parsed.error());
  const auto* flows = parsed->if_object();
  if (flows == nullptr) return std::unexpected(*json_problem("", "an object of flows is needed"));

  std::vector<PolicyText> out;
  for (const auto& [name, flow] : *flows) {
    const std::string title(name);
    const auto* object = flow.if_object();
    const auto* description = object != nullptr ? object->if_contains("description") : nullptr;
    const auto* subflows = object != nullptr ? object->if_contains("subflows") : nullptr;
    if (description == nullptr || !description->is_string())
      return std::unexpected(*json_problem(title + ".description", "text is needed"));
    if (subflows == nullptr || !subflows->is_object())
      return std::unexpected(*json_problem(title + ".subflows", "an object is needed"));
    for (const auto& [subname, value] : subflows->get_object()) {
      Subflow subflow;
      const std::string subtitle(subname);
      if (auto problem = read_json(value, subflow, title + ".subflows." + subtitle)) return std::unexpected(*problem);
      out.push_back({to_kind(title), title + ": " + subtitle, to_body(description->get_string(), subflow)});
    }
  }
  return out;
}

Result<std::vector<PolicyText>> parse_abcd_procedures(std::string_view json) {
  const auto parsed = parse_json(json);
  if (!parsed) return std::unexpected(parsed.error());
  const auto* subflows = parsed->if_object();
  if (subflows == nullptr) return std::unexpected(*json_problem("", "an object of subflows is needed"));

  std::vector<PolicyText> out;
  for (const auto& [name, value] : *subflows) {
    std::vector<std::string> steps;
    if (auto problem = read_json(value, steps, std::string(name))) return std::unexpected(*problem);
    std::string body = "Steps:";
    for (std::string& step : steps) {
      std::ranges::replace(step, '-', ' ');
      body += "\n- " + step;
    }
    out.push_back({"procedure", to_title(name), std::move(body)});
  }
  return out;
}

}  // namespace cordon::commerce
