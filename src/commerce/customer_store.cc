#include "commerce/customer_store.h"

#include "commerce/cursor.h"
#include "db/page.h"

namespace cordon::commerce {

namespace {

// Orders, their sum and the last word in the chat are looked up for the rows of the page only.
#define CUSTOMER(page)                                                                                                \
  "SELECT k.customer_id, k.external_id, k.name, k.email, k.phone, o.count, o.spent, m.currency::text, k.created_at, " \
  "l.at FROM (" page                                                                                                  \
  ") k, commerce.merchant m, LATERAL (SELECT max(c.last_message_at) AS at FROM commerce.conversation c "              \
  "WHERE c.customer_id = k.customer_id) l, LATERAL (SELECT count(*) AS count, "                                       \
  "coalesce(sum(o.total_minor), 0)::bigint AS spent FROM commerce.shop_order o WHERE o.customer_id = k.customer_id) " \
  "o "                                                                                                                \
  "ORDER BY k.created_at DESC, k.customer_id DESC"
// $1, $2 position, $3 limit, $4 pattern
constexpr db::Statement kList{
    CUSTOMER("SELECT * FROM commerce.customer k WHERE (k.created_at, k.customer_id) < ($1::timestamptz, $2::uuid) "
             "ORDER BY k.created_at DESC, k.customer_id DESC LIMIT $3::integer")};
constexpr db::Statement kSearch{
    CUSTOMER("SELECT * FROM commerce.customer k WHERE (k.created_at, k.customer_id) < ($1::timestamptz, $2::uuid) "
             "AND (k.name ILIKE $4 OR k.email ILIKE $4 OR k.phone ILIKE $4 OR k.external_id ILIKE $4) ORDER BY "
             "k.created_at DESC, k.customer_id DESC LIMIT $3::integer")};
// $1 customer
constexpr db::Statement kFind{CUSTOMER("SELECT * FROM commerce.customer k WHERE k.customer_id = $1::uuid")};
// $1 tenant, $2 ids, $3 external ids, $4 names, $5 e-mails, $6 phones (empty: unknown)
constexpr db::Statement kPut{R"(
  INSERT INTO commerce.customer (tenant_id, customer_id, external_id, name, email, phone)
  SELECT $1::uuid, n.id::uuid, n.external_id, n.name, nullif(n.email, ''), nullif(n.phone, '')
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS n (id, external_id, name, email, phone)
  ON CONFLICT (tenant_id, external_id) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone
  RETURNING customer_id, external_id)"};

Customer read_customer(const db::Rows& r, int i) {
  Customer c;
  c.id = r.id<CustomerId>(i, 0);
  c.external_id = r.text(i, 1);
  c.name = r.text(i, 2);
  c.email = r.maybe_text(i, 3);
  c.phone = r.maybe_text(i, 4);
  c.orders = r.integer(i, 5);
  c.spent_minor = r.integer(i, 6);
  c.currency = r.text(i, 7);
  c.created_at = r.time(i, 8);
  c.last_seen_at = r.maybe_time(i, 9);
  return c;
}

}  // namespace

net::Task<Result<Page<Customer>>> list_customers(door::Scope& scope, ListCustomers in) {
  const Listing listing{"customers", scope.tenant()};
  auto from = from_cursor(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  const int64_t limit = in.limit.value + 1;
  db::Query query = in.query ? db::query(kSearch, from->time, from->id, limit, like_pattern(in.query->value))
                             : db::query(kList, from->time, from->id, limit);
  auto rows = co_await scope.read(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  co_return db::page_of(*rows, in.limit.value, read_customer,
                        [&](const Customer& last) { return to_cursor(listing, {last.created_at, last.id.value}); });
}

net::Task<Result<Customer>> find_customer(door::Scope& scope, CustomerId id) {
  auto rows = co_await scope.read(db::query(kFind, id));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return fail(Code::not_found, "There is no such customer.");
  co_return read_customer(*rows, 0);
}

net::Task<Result<std::vector<CustomerId>>> put_customers(door::Scope& scope, std::vector<NewCustomer> customers) {
  std::vector<std::string> ids, externals, names, emails, phones;
  for (const NewCustomer& c : customers) {
    ids.push_back(to_string(CustomerId::fresh()));
    externals.push_back(c.external_id);
    names.push_back(c.name);
    emails.push_back(c.email.value_or(""));
    phones.push_back(c.phone.value_or(""));
  }
  std::vector<db::Query> queries{db::query(kPut, scope.tenant(), ids, externals, names, emails, phones)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  std::map<std::string, CustomerId, std::less<>> by_external;
  const db::Rows& r = rows->at(0);
  for (int i = 0; i < r.size(); ++i) by_external.emplace(r.text(i, 1), r.id<CustomerId>(i, 0));
  std::vector<CustomerId> out;
  for (const std::string& external : externals) out.push_back(by_external[external]);
  co_return out;
}

}  // namespace cordon::commerce
