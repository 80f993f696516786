#include "commerce/conversation_store.h"
#include "commerce/customer_store.h"
#include "commerce/order_store.h"
#include "commerce/routes.h"

namespace cordon::commerce {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct CustomersQuery {
  std::optional<Text<1, 100>> query;
  std::optional<Text<1, 200>> cursor;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(CustomersQuery, (), (query, cursor, limit))

struct OfCustomer {
  CustomerId customer_id;
};
BOOST_DESCRIBE_STRUCT(OfCustomer, (), (customer_id))

struct PageOfCustomer {
  CustomerId customer_id;
  std::optional<Text<1, 200>> cursor;
  std::optional<Int<1, 100>> limit;
};
BOOST_DESCRIBE_STRUCT(PageOfCustomer, (), (customer_id, cursor, limit))

constexpr Permission kReadCustomers("customer.read");

}  // namespace

void add_customer_routes(door::Routes& routes) {
  routes.add<CustomersQuery, Page<Customer>>(
      {Method::get, "/v1/customers", kReadCustomers, AuditAction("customer.list"), Rate::read, "list_customers",
       "Customers, newest first, or found by name, e-mail or id"},
      [](Call& call, CustomersQuery in) {
        return list_customers(*call.scope, {in.query, in.cursor, in.limit.value_or(Int<1, 100>{50})});
      });
  routes.add<OfCustomer, Customer>(
      {Method::get, "/v1/customers/{customer_id}", kReadCustomers, AuditAction("customer.read"), Rate::read,
       "get_customer", "One customer's profile"},
      [](Call& call, OfCustomer in) { return find_customer(*call.scope, in.customer_id); });
  // The tables of these two ask for other permissions than the routes do.
  routes.add<PageOfCustomer, Page<Conversation>>(
      {Method::get, "/v1/customers/{customer_id}/conversations", kReadCustomers, AuditAction("customer.conversations"),
       Rate::read, "list_customer_conversations", "A customer's conversations", 200, door::Asks::first},
      [](Call& call, PageOfCustomer in) {
        return list_conversations(*call.scope, {{}, {}, in.customer_id, in.cursor, in.limit.value_or(Int<1, 100>{50})});
      });
  routes.add<PageOfCustomer, Page<Order>>(
      {Method::get, "/v1/customers/{customer_id}/orders", kReadCustomers, AuditAction("customer.orders"), Rate::read,
       "list_customer_orders", "A customer's orders", 200, door::Asks::first},
      [](Call& call, PageOfCustomer in) {
        return list_orders(*call.scope, {in.customer_id, in.cursor, in.limit.value_or(Int<1, 100>{50})});
      });
}

}  // namespace cordon::commerce
