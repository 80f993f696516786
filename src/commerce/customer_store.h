// Customer profiles: types and SQL.
#pragma once
#include "base/json.h"
#include "door/scope.h"

namespace cordon::commerce {

struct Customer {
  CustomerId id;
  std::string external_id, name;
  std::optional<std::string> email, phone;
  int64_t orders = 0, spent_minor = 0;
  std::string currency;
  Time created_at;
  std::optional<Time> last_seen_at;
};
CORDON_TYPE(Customer, id, external_id, name, email, phone, orders, spent_minor, currency, created_at, last_seen_at)

struct ListCustomers {
  std::optional<Text<1, 100>> query;
  std::optional<Text<1, 200>> cursor;
  Int<1, 100> limit{50};
};

/// Newest first; `query` finds by a part of name, e-mail or external id.
net::Task<Result<Page<Customer>>> list_customers(door::Scope& scope, ListCustomers in);
net::Task<Result<Customer>> find_customer(door::Scope& scope, CustomerId id);

struct NewCustomer {
  std::string external_id, name;
  std::optional<std::string> email, phone;
};
/// Adds customers, or renews them by external id; returns their ids in the same order. At most a few hundred at a time.
net::Task<Result<std::vector<CustomerId>>> put_customers(door::Scope& scope, std::vector<NewCustomer> customers);

}  // namespace cordon::commerce
