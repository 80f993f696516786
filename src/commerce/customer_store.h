// Customer profiles: types and SQL.
#pragma once
#include "base/json.h"
#include "door/scope.h"
#include "keys/field.h"

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
/// Closed with the customer's own key. E-mail, phone and Shopify's id have a blind index beside them.
inline constexpr keys::Field kExternalId{"commerce.customer", "external_id"};
inline constexpr keys::Field kName{"commerce.customer", "name"};
inline constexpr keys::Field kEmail{"commerce.customer", "email"};
inline constexpr keys::Field kPhone{"commerce.customer", "phone"};
CORDON_TYPE(Customer, id, external_id, name, email, phone, orders, spent_minor, currency, created_at, last_seen_at)

struct ListCustomers {
  std::optional<Text<1, 100>> query;
  std::optional<Text<1, 200>> cursor;
  Int<1, 100> limit{50};
};

/// Newest first. `query` finds a whole e-mail address, phone number or external id among all customers, by blind index;
/// and if it is none, a part of any of them or of a name. The database cannot look for a part of what is encrypted, so
/// this reads profiles, some thousand a request: a page may come back with few items, or none, and a cursor that goes
/// on.
net::Task<Result<Page<Customer>>> list_customers(door::Scope& scope, ListCustomers in);
net::Task<Result<Customer>> find_customer(door::Scope& scope, CustomerId id);

struct NewCustomer {
  std::string external_id, name;
  std::optional<std::string> email, phone;
};
/// Adds customers, or renews them by external id; returns their ids in the same order. At most a few hundred at a time.
net::Task<Result<std::vector<CustomerId>>> put_customers(door::Scope& scope, std::vector<NewCustomer> customers);

/// The blind index by which a customer of that external id is found; none where the shop has no customers.
net::Task<Result<std::optional<db::Bytes>>> index_of_customer(door::Scope& scope, const std::string& external_id);
/// The customer of that external id, who is added under `name` if new.
net::Task<Result<Customer>> know_customer(door::Scope& scope, std::string external_id, std::string name);

/// The data subjects whose keys close what is known of the customer of that external id: the customer, and every
/// visitor that is known to be them. Code::not_found.
net::Task<Result<std::vector<Uuid>>> subjects_of_customer(door::Scope& scope, std::string external_id);
/// Takes the blind indices away: they outlive the keys, and lead whoever has the shop's index key and a number or an
/// address to the rows of somebody who was erased. Whoever comes again under that number is somebody new.
net::Task<Result<Done>> unindex_customer(door::Scope& scope, CustomerId customer);

}  // namespace cordon::commerce
