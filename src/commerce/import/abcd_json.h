// The Action-Based Conversations Dataset (Chen et al., NAACL 2021): whole retail service conversations, and
// the store's procedures.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "commerce/import/policy_text.h"

namespace cordon::commerce {

struct AbcdCustomer {
  std::string name;  ///< lower case, as the data has it
  std::optional<std::string> email;
  std::optional<std::string> phone;
  std::optional<std::string> username;
  std::optional<std::string> member_level;  ///< guest, bronze, silver, gold
  std::optional<std::string> address;
};

struct AbcdOrder {
  std::string id;
  std::optional<std::string> purchase_date;  ///< YYYY-MM-DD
  std::optional<std::string> payment_method;
  std::vector<std::string> products;  ///< "michael_kors jeans"
  std::int64_t total_minor = 0;       ///< US cents, the sum of the products
};

enum class AbcdSpeaker { customer, agent, action };

struct AbcdTurn {
  AbcdSpeaker speaker = AbcdSpeaker::customer;
  std::string text;
};

struct AbcdConversation {
  std::int64_t id = 0;
  std::string flow;     ///< "product_defect"
  std::string subflow;  ///< "return_size"
  AbcdCustomer customer;
  std::optional<AbcdOrder> order;  ///< nothing where the scenario has an address but no order
  std::vector<AbcdTurn> turns;     ///< with their own letter case, in order; actions are what the agent's tool did
};

/// Reads abcd_sample.json. Errors: Code::invalid with the path of the value that is wrong.
Result<std::vector<AbcdConversation>> parse_abcd_conversations(std::string_view json);

/// Reads guidelines.json: one policy for each subflow, titled "Product Defect: Refund Status", kind
/// "product_defect", its body the instructions and then the steps, each with its remarks. Errors as above.
Result<std::vector<PolicyText>> parse_abcd_guidelines(std::string_view json);

/// Reads kb.json: one policy for each subflow, titled "Return size", kind "procedure", its body the actions
/// in order. Errors as above.
Result<std::vector<PolicyText>> parse_abcd_procedures(std::string_view json);

}  // namespace cordon::commerce
