#include "commerce/import/abcd_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "commerce/import/json_fields.h"

namespace cordon::commerce {

BOOST_DESCRIBE_ENUM(AbcdSpeaker, customer, agent, action)

namespace {

// The file's own shapes, under its own names.

struct Personal {
  std::string customer_name;
  std::optional<std::string> email, phone, username, member_level;
};
BOOST_DESCRIBE_STRUCT(Personal, (), (customer_name, email, phone, username, member_level))

struct Order {
  std::optional<std::string> order_id, full_address, payment_method, purchase_date;
};
BOOST_DESCRIBE_STRUCT(Order, (), (order_id, full_address, payment_method, purchase_date))

struct Product {
  std::vector<std::string> names;
  std::vector<std::int64_t> amounts;  ///< whole dollars
};
BOOST_DESCRIBE_STRUCT(Product, (), (names, amounts))

struct Scenario {
  Personal personal;
  Order order;
  Product product;
  std::string flow, subflow;
};
BOOST_DESCRIBE_STRUCT(Scenario, (), (personal, order, product, flow, subflow))

struct Conversation {
  std::int64_t convo_id = 0;
  Scenario scenario;
  std::vector<std::vector<std::string>> original;  ///< pairs of speaker and text
};
BOOST_DESCRIBE_STRUCT(Conversation, (), (convo_id, scenario, original))

std::optional<AbcdOrder> make_order(const Scenario& scenario) {
  if (!scenario.order.order_id) return std::nullopt;
  AbcdOrder order{.id = *scenario.order.order_id,
                  .purchase_date = scenario.order.purchase_date,
                  .payment_method = scenario.order.payment_method,
                  .products = scenario.product.names,
                  .total_minor = 0};
  for (std::int64_t dollars : scenario.product.amounts) order.total_minor += dollars * 100;
  return order;
}

Result<AbcdConversation> make_conversation(const Conversation& in, std::size_t index) {
  const Personal& person = in.scenario.personal;
  AbcdConversation out{
      .id = in.convo_id,
      .flow = in.scenario.flow,
      .subflow = in.scenario.subflow,
      .customer = {person.customer_name, person.email, person.phone, person.username, person.member_level,
                   in.scenario.order.full_address},
      .order = make_order(in.scenario),
      .turns = {},
  };
  for (std::size_t i = 0; i < in.original.size(); ++i) {
    const std::string path = "[" + std::to_string(index) + "].original[" + std::to_string(i) + "]";
    if (in.original[i].size() != 2) return std::unexpected(*json_problem(path, "a pair of speaker and text is needed"));
    AbcdTurn turn{.speaker = {}, .text = in.original[i][1]};
    if (auto problem = read_json(boost::json::value(in.original[i][0]), turn.speaker, path + "[0]"))
      return std::unexpected(*problem);
    out.turns.push_back(std::move(turn));
  }
  return out;
}

}  // namespace

Result<std::vector<AbcdConversation>> parse_abcd_conversations(std::string_view json) {
  const auto conversations = parse_as<std::vector<Conversation>>(json);
  if (!conversations) return std::unexpected(conversations.error());
  std::vector<AbcdConversation> out;
  for (const Conversation& conversation : *conversations) {
    auto made = make_conversation(conversation, out.size());
    if (!made) return std::unexpected(std::move(made.error()));
    out.push_back(std::move(*made));
  }
  return out;
}

}  // namespace cordon::commerce
