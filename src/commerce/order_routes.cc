#include "commerce/order_store.h"
#include "commerce/routes.h"

namespace cordon::commerce {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct OrdersQuery {
  std::optional<Text<1, 200>> cursor;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(OrdersQuery, (), (cursor, limit))

struct DaysQuery {
  std::optional<Int<1, 366>> days;
};
BOOST_DESCRIBE_STRUCT(DaysQuery, (), (days))

}  // namespace

void add_order_routes(door::Routes& routes) {
  routes.add<OrdersQuery, Page<Order>>({Method::get, "/v1/orders", Permission("order.read"), AuditAction("order.list"),
                                        Rate::read, "list_orders", "Orders, newest first"},
                                       [](Call& call, OrdersQuery in) {
                                         return list_orders(*call.scope,
                                                            {{}, in.cursor, in.limit.value_or(Int<1, 100>{50})});
                                       });
  routes.add<RecordOrder, Order>(
      {Method::post, "/v1/orders", Permission("order.write"), AuditAction("order.record"), Rate::write, "record_order",
       "Record an order in the shop's currency, once by external_id; it is attributed to the last touch", 201},
      [](Call& call, RecordOrder in) { return record_order(*call.scope, std::move(in)); });
  routes.add<DaysQuery, Attribution>(
      {Method::get, "/v1/attribution", Permission("order.read"), AuditAction("attribution.read"), Rate::read,
       "get_attribution", "Revenue by day, and the part of it that conversations brought"},
      [](Call& call, DaysQuery in) { return attribution(*call.scope, in.days ? in.days->value : 30); });
}

}  // namespace cordon::commerce
