// The project's own demo stores: data/demo/<shop>/*.json. data/demo/README.md describes the files.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "commerce/import/policy_text.h"

namespace cordon::commerce {

struct DemoShop {
  std::string shop;      ///< short name, lower case: the folder's own
  std::string name;      ///< as shoppers see it
  std::string currency;  ///< ISO 4217
  std::string assistant_name;
  std::string greeting;
  std::int64_t attribution_days = 0;  ///< an order counts for a conversation at most this many days before it
};

struct DemoCustomer {
  std::string external_id;
  std::string name;
  std::string email;
  std::string phone;
};

struct DemoOrder {
  std::string external_id;
  std::string customer_external_id;
  double days_ago = 0;  ///< before the moment of the import
  std::int64_t total_minor = 0;
};

enum class DemoAuthor { visitor, agent };

struct DemoTurn {
  DemoAuthor author = DemoAuthor::visitor;
  std::string text;
};

struct DemoConversation {
  std::optional<std::string> customer_external_id;  ///< nothing for an anonymous visitor
  double days_ago = 0;                              ///< of the first turn
  std::vector<DemoTurn> turns;                      ///< at least one
};

/// Each reads one file. Errors: Code::invalid, the path of the wrong value in `field` and detail. Besides
/// shape and types they check what a single file can tell: ids are not empty and not twice there, days_ago
/// and totals are not negative, no turn is empty, the currency is three capitals.
Result<DemoShop> parse_demo_shop(std::string_view json);
Result<std::vector<PolicyText>> parse_demo_policies(std::string_view json);
Result<std::vector<DemoCustomer>> parse_demo_customers(std::string_view json);
Result<std::vector<DemoOrder>> parse_demo_orders(std::string_view json);
Result<std::vector<DemoConversation>> parse_demo_conversations(std::string_view json);

}  // namespace cordon::commerce
