#include "commerce/import/demo_json.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "commerce/import/json_fields.h"

namespace cordon::commerce {

BOOST_DESCRIBE_STRUCT(PolicyText, (), (kind, title, body))
BOOST_DESCRIBE_STRUCT(DemoShop, (), (shop, name, currency, assistant_name, greeting, attribution_days))
BOOST_DESCRIBE_STRUCT(DemoCustomer, (), (external_id, name, email, phone))
BOOST_DESCRIBE_STRUCT(DemoOrder, (), (external_id, customer_external_id, days_ago, total_minor))
BOOST_DESCRIBE_ENUM(DemoAuthor, visitor, agent)
BOOST_DESCRIBE_STRUCT(DemoTurn, (), (author, text))
BOOST_DESCRIBE_STRUCT(DemoConversation, (), (customer_external_id, days_ago, turns))

namespace {

JsonProblem check_days_ago(double days, const std::string& path) {
  if (!std::isfinite(days) || days < 0) return json_problem(path + ".days_ago", "it has to be zero or more");
  return std::nullopt;
}

JsonProblem check(const PolicyText& policy, const std::string& path) {
  if (policy.kind.empty()) return json_problem(path + ".kind", "it is empty");
  if (policy.title.empty()) return json_problem(path + ".title", "it is empty");
  if (policy.body.empty()) return json_problem(path + ".body", "it is empty");
  return std::nullopt;
}

JsonProblem check(const DemoCustomer& customer, const std::string& path) {
  if (customer.name.empty()) return json_problem(path + ".name", "it is empty");
  if (customer.email.find('@') == std::string::npos) return json_problem(path + ".email", "an address has an @");
  return std::nullopt;
}

JsonProblem check(const DemoOrder& order, const std::string& path) {
  if (order.customer_external_id.empty()) return json_problem(path + ".customer_external_id", "it is empty");
  if (order.total_minor < 0) return json_problem(path + ".total_minor", "it has to be zero or more");
  return check_days_ago(order.days_ago, path);
}

JsonProblem check(const DemoConversation& conversation, const std::string& path) {
  if (conversation.turns.empty()) return json_problem(path + ".turns", "a conversation has at least one turn");
  for (std::size_t i = 0; i < conversation.turns.size(); ++i)
    if (conversation.turns[i].text.empty())
      return json_problem(path + ".turns[" + std::to_string(i) + "].text", "it is empty");
  return check_days_ago(conversation.days_ago, path);
}

/// Parses a list, checks each element, and that `key` (a member, or nullptr) names each element once.
template <class T>
Result<std::vector<T>> parse_list(std::string_view json, std::string T::* key, std::string_view key_name) {
  auto list = parse_as<std::vector<T>>(json);
  if (!list) return list;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const T& element = (*list)[i];
    const std::string path = "[" + std::to_string(i) + "]";
    JsonProblem problem = check(element, path);
    if (!problem && key != nullptr) {
      const std::string at = path + "." + std::string(key_name);
      if ((element.*key).empty()) problem = json_problem(at, "it is empty");
      else if (!seen.insert(element.*key).second) problem = json_problem(at, "'" + element.*key + "' is there twice");
    }
    if (problem) return std::unexpected(std::move(*problem));
  }
  return list;
}

}  // namespace

Result<DemoShop> parse_demo_shop(std::string_view json) {
  auto shop = parse_as<DemoShop>(json);
  if (!shop) return shop;
  const bool capitals = std::ranges::all_of(shop->currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  JsonProblem problem;
  if (shop->shop.empty()) problem = json_problem("shop", "it is empty");
  else if (shop->currency.size() != 3 || !capitals)
    problem = json_problem("currency", "three capitals are needed, such as USD");
  else if (shop->attribution_days < 1) problem = json_problem("attribution_days", "it has to be one or more");
  if (problem) return std::unexpected(std::move(*problem));
  return shop;
}

Result<std::vector<PolicyText>> parse_demo_policies(std::string_view json) {
  return parse_list<PolicyText>(json, &PolicyText::title, "title");
}

Result<std::vector<DemoCustomer>> parse_demo_customers(std::string_view json) {
  return parse_list<DemoCustomer>(json, &DemoCustomer::external_id, "external_id");
}

Result<std::vector<DemoOrder>> parse_demo_orders(std::string_view json) {
  return parse_list<DemoOrder>(json, &DemoOrder::external_id, "external_id");
}

Result<std::vector<DemoConversation>> parse_demo_conversations(std::string_view json) {
  return parse_list<DemoConversation>(json, nullptr, "");
}

}  // namespace cordon::commerce
