// Orders and what they are attributed to: types and SQL.
#pragma once
#include "base/json.h"
#include "door/scope.h"

namespace cordon::commerce {

struct Order {
  OrderId id;
  std::string external_id;
  std::optional<CustomerId> customer_id;
  int64_t total_minor = 0;
  std::string currency;
  Time placed_at;
  std::optional<ConversationId> conversation_id;
  std::optional<Time> touched_at;
};
CORDON_TYPE(Order, id, external_id, customer_id, total_minor, currency, placed_at, conversation_id, touched_at)

struct RecordOrder {
  Text<1, 100> external_id;
  std::optional<Text<1, 100>> customer_external_id;
  Int<0, 1'000'000'000'000> total_minor;
  Text<3, 3> currency;
  Time placed_at;
};
BOOST_DESCRIBE_STRUCT(RecordOrder, (), (external_id, customer_external_id, total_minor, currency, placed_at))

/// Records an order once by its external id and attributes it to the last touch: the newest message that the customer
/// wrote at most the shop's attribution window before the order. Code::not_found if the customer is unknown;
/// Code::invalid, field `currency`, for a new order that is not in the shop's currency, since amounts are added up.
net::Task<Result<Order>> record_order(door::Scope& scope, RecordOrder in);

/// Whether an order of this external id is recorded.
net::Task<Result<bool>> is_recorded(door::Scope& scope, std::string external_id);

struct ListOrders {
  std::optional<CustomerId> customer_id;
  std::optional<Text<1, 200>> cursor;
  Int<1, 100> limit{50};
};
/// Newest first.
net::Task<Result<Page<Order>>> list_orders(door::Scope& scope, ListOrders in);

struct AttributionDay {
  std::string day;  ///< UTC, "2026-11-24"
  int64_t orders = 0, revenue_minor = 0, attributed_orders = 0, attributed_revenue_minor = 0;
};
CORDON_TYPE(AttributionDay, day, orders, revenue_minor, attributed_orders, attributed_revenue_minor)

struct Attribution {
  std::string currency;
  std::vector<AttributionDay> days;
  int64_t orders = 0, revenue_minor = 0, attributed_orders = 0, attributed_revenue_minor = 0;
};
CORDON_TYPE(Attribution, currency, days, orders, revenue_minor, attributed_orders, attributed_revenue_minor)

/// Revenue of the last `days` days, today included, a row for every day.
net::Task<Result<Attribution>> attribution(door::Scope& scope, int64_t days);

}  // namespace cordon::commerce
