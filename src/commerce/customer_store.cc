#include "commerce/customer_store.h"

#include <algorithm>

#include "base/utf8.h"
#include "commerce/cursor.h"
#include "db/page.h"
#include "keys/keyring.h"

namespace cordon::commerce {

namespace {

using keys::DataKeys;

constexpr int64_t kScanPage = 500, kScanPages = 4;  // profiles that a search for a part of a name reads

// Orders, their sum and the last word in the chat are looked up for the rows of the page only.
#define CUSTOMER(page)                                                                                                \
  "SELECT k.customer_id, k.external_id, k.name, k.email, k.phone, o.count, o.spent, m.currency::text, k.created_at, " \
  "l.at FROM (" page                                                                                                  \
  ") k, commerce.merchant m, LATERAL (SELECT max(c.last_message_at) AS at FROM commerce.conversation c "              \
  "WHERE c.customer_id = k.customer_id) l, LATERAL (SELECT count(*) AS count, "                                       \
  "coalesce(sum(o.total_minor), 0)::bigint AS spent FROM commerce.shop_order o WHERE o.customer_id = k.customer_id) " \
  "o "                                                                                                                \
  "ORDER BY k.created_at DESC, k.customer_id DESC"
#define NEWEST                                                                                            \
  " FROM commerce.customer k WHERE (k.created_at, k.customer_id) < ($1::timestamptz, $2::uuid) ORDER BY " \
  "k.created_at DESC, k.customer_id DESC LIMIT $3::integer"
// $1, $2 position, $3 limit
constexpr db::Statement kList{"customer.list", CUSTOMER("SELECT *" NEWEST)};
constexpr db::Statement kScan{"customer.scan",
                              "SELECT k.customer_id, k.external_id, k.name, k.email, k.phone, k.created_at" NEWEST};
// $1 customers
constexpr db::Statement kFind{"customer.find",
                              CUSTOMER("SELECT * FROM commerce.customer k WHERE k.customer_id = ANY ($1::uuid[])")};
// $1, $2, $3 blind indices of an external id, an e-mail address and a phone number
constexpr db::Statement kSeek{"customer.seek", R"(
  SELECT customer_id FROM commerce.customer WHERE external_index = $1::bytea
  UNION SELECT customer_id FROM commerce.customer WHERE email_index = $2::bytea
  UNION SELECT customer_id FROM commerce.customer WHERE phone_index = $3::bytea LIMIT 100)"};
// $1 blind indices of external ids
constexpr db::Statement kKnown{
    "customer.known",
    "SELECT customer_id, external_index FROM commerce.customer WHERE external_index = ANY ($1::bytea[])"};
// $1 tenant, $2 ids, $3 external ids, $4 their indices, $5 names, $6 e-mails, $7 their indices, $8 phones, $9 their
// indices
constexpr db::Statement kPut{"customer.put", R"(
  INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name, email, email_index, phone, phone_index)
  SELECT $1::uuid, n.* FROM unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[]) AS n
  ON CONFLICT (tenant_id, customer_id) DO UPDATE SET external_id = excluded.external_id, name = excluded.name, email = excluded.email,
    email_index = excluded.email_index, phone = excluded.phone, phone_index = excluded.phone_index)"};

// $1 blind index of the external id
constexpr db::Statement kSubjects{"customer.subjects", R"(
  WITH k AS (SELECT customer_id FROM commerce.customer WHERE external_index = $1::bytea)
  SELECT customer_id FROM k UNION ALL SELECT v.visitor_id FROM commerce.visitor v JOIN k USING (customer_id))"};
// A random index in place of the one that finds them. $1 customer
constexpr db::Statement kUnindex{"customer.unindex", R"(
  UPDATE commerce.customer SET external_index = sha256(uuid_send(gen_random_uuid())), email_index = NULL, phone_index = NULL
   WHERE customer_id = $1::uuid)"};

/// A phone number as it is looked for: its digits, with the plus that says it has its country's.
std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) out += c;
  return out;
}

/// What stands in the columns 1 to 4.
void read_profile(Customer& c, const db::Rows& r, int i, const DataKeys& keys) {
  c.id = r.id<CustomerId>(i, 0);
  const keys::DataKey& key = keys.of(c.id);
  c.external_id = key.open(kExternalId, c.id.value, r.text(i, 1));
  c.name = key.open(kName, c.id.value, r.text(i, 2));
  if (!r.null(i, 3)) c.email = key.open(kEmail, c.id.value, r.text(i, 3));
  if (!r.null(i, 4)) c.phone = key.open(kPhone, c.id.value, r.text(i, 4));
}

Customer read_customer(const db::Rows& r, int i, const DataKeys& keys) {
  Customer c;
  read_profile(c, r, i, keys);
  c.orders = r.integer(i, 5);
  c.spent_minor = r.integer(i, 6);
  c.currency = r.text(i, 7);
  c.created_at = r.time(i, 8);
  c.last_seen_at = r.maybe_time(i, 9);
  return c;
}

net::Task<Result<DataKeys>> keys_of(door::Scope& scope, const db::Rows& rows) {
  std::vector<Uuid> customers;
  for (int i = 0; i < rows.size(); ++i) customers.push_back(rows.uuid(i, 0));
  return keys::find_keys(scope, std::move(customers));
}

net::Task<Result<std::vector<Customer>>> find_all(door::Scope& scope, std::vector<Uuid> ids) {
  std::vector<Customer> out;
  if (ids.empty()) co_return out;
  auto rows = co_await scope.read(db::query(kFind, ids));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await keys_of(scope, *rows);
  if (!keys) co_return std::unexpected(keys.error());
  for (int i = 0; i < rows->size(); ++i) out.push_back(read_customer(*rows, i, *keys));
  co_return out;
}

/// Whoever has `query` for an e-mail address, phone number or external id.
net::Task<Result<std::vector<Uuid>>> seek(door::Scope& scope, const std::string& query) {
  auto key = co_await keys::find_key(scope, keys::kIndex);
  if (!key) co_return std::unexpected(key.error());
  if (!*key) co_return std::vector<Uuid>();  // nobody has been added yet
  const keys::DataKey& index = **key;
  auto rows =
      co_await scope.read(db::query(kSeek, index.index(kExternalId, query), index.index(kEmail, lower_case(query)),
                                    index.index(kPhone, digits_of(query))));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<Uuid> ids;
  for (int i = 0; i < rows->size(); ++i) ids.push_back(rows->uuid(i, 0));
  co_return ids;
}

bool has(const Customer& customer, const std::string& part) {
  const auto in = [&](std::string_view text) { return lower_case(text).find(part) != std::string::npos; };
  return in(customer.name) || in(customer.external_id) || (customer.email && in(*customer.email)) ||
         (customer.phone && in(*customer.phone));
}

/// What a search has come to: whom it found, and where it goes on.
struct Found {
  std::vector<Uuid> ids;
  std::optional<Position> next;
};

net::Task<Result<Found>> scan(door::Scope& scope, const std::string& part, Position from, size_t limit) {
  Found found;
  for (int64_t page = 0; page < kScanPages; ++page) {
    auto rows = co_await scope.read(db::query(kScan, from.time, from.id, kScanPage));
    if (!rows) co_return std::unexpected(rows.error());
    auto keys = co_await keys_of(scope, *rows);
    if (!keys) co_return std::unexpected(keys.error());
    for (int i = 0; i < rows->size(); ++i) {
      Customer customer;
      read_profile(customer, *rows, i, *keys);
      from = {rows->time(i, 5), customer.id.value};
      if (has(customer, part)) found.ids.push_back(customer.id.value);
      if (found.ids.size() < limit) continue;
      if (i + 1 < rows->size() || rows->size() == kScanPage) found.next = from;
      co_return found;
    }
    if (rows->size() < kScanPage) co_return found;
  }
  found.next = from;
  co_return found;
}

net::Task<Result<Page<Customer>>> search(door::Scope& scope, const ListCustomers& in, const Listing& listing,
                                         Position from) {
  const std::string& query = in.query->value;
  Found found;
  if (!in.cursor) {
    auto sought = co_await seek(scope, query);
    if (!sought) co_return std::unexpected(sought.error());
    found.ids = std::move(*sought);
  }
  if (found.ids.empty()) {
    auto scanned = co_await scan(scope, lower_case(query), from, static_cast<size_t>(in.limit.value));
    if (!scanned) co_return std::unexpected(scanned.error());
    found = std::move(*scanned);
  }
  auto customers = co_await find_all(scope, std::move(found.ids));
  if (!customers) co_return std::unexpected(customers.error());
  Page<Customer> page{std::move(*customers), {}};
  if (found.next) page.next_cursor = to_cursor(listing, *found.next);
  co_return page;
}

/// The ids of those who are known by external id already, by blind index.
net::Task<Result<std::map<std::string, Uuid>>> known(door::Scope& scope, const std::vector<db::Bytes>& indices) {
  auto rows = co_await scope.read(db::query(kKnown, indices));
  if (!rows) co_return std::unexpected(rows.error());
  std::map<std::string, Uuid> out;
  for (int i = 0; i < rows->size(); ++i) out.emplace(rows->text(i, 1), rows->uuid(i, 0));
  co_return out;
}

/// One statement's columns.
struct Columns {
  std::vector<Uuid> ids;
  std::vector<db::Bytes> externals, external_indices, names, emails, email_indices, phones, phone_indices;

  void add(const Uuid& id, const NewCustomer& c, const keys::DataKey& key, const keys::DataKey& index) {
    ids.push_back(id);
    externals.push_back(key.close(kExternalId, id, c.external_id));
    external_indices.push_back(index.index(kExternalId, c.external_id));
    names.push_back(key.close(kName, id, c.name));
    emails.push_back(c.email ? key.close(kEmail, id, *c.email) : db::Bytes{});
    email_indices.push_back(c.email ? index.index(kEmail, lower_case(*c.email)) : db::Bytes{});
    phones.push_back(c.phone ? key.close(kPhone, id, *c.phone) : db::Bytes{});
    phone_indices.push_back(c.phone ? index.index(kPhone, digits_of(*c.phone)) : db::Bytes{});
  }
};

}  // namespace

net::Task<Result<std::optional<db::Bytes>>> index_of_customer(door::Scope& scope, const std::string& external_id) {
  auto key = co_await keys::find_key(scope, keys::kIndex);
  if (!key) co_return std::unexpected(key.error());
  std::optional<db::Bytes> index;
  if (*key) index = (*key)->index(kExternalId, external_id);
  co_return index;
}

net::Task<Result<Page<Customer>>> list_customers(door::Scope& scope, ListCustomers in) {
  const Listing listing{in.query ? "customers found" : "customers", scope.tenant()};
  auto from = from_cursor(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  if (in.query) co_return co_await search(scope, in, listing, *from);
  auto rows = co_await scope.read(db::query(kList, from->time, from->id, in.limit.value + 1));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await keys_of(scope, *rows);
  if (!keys) co_return std::unexpected(keys.error());
  const auto read = [&](const db::Rows& r, int i) { return read_customer(r, i, *keys); };
  co_return db::page_of(*rows, in.limit.value, read,
                        [&](const Customer& last) { return to_cursor(listing, {last.created_at, last.id.value}); });
}

net::Task<Result<Customer>> find_customer(door::Scope& scope, CustomerId id) {
  std::vector<Uuid> ids{id.value};
  auto found = co_await find_all(scope, std::move(ids));
  if (!found) co_return std::unexpected(found.error());
  if (found->empty()) co_return fail(Code::not_found, "There is no such customer.");
  co_return std::move(found->front());
}

net::Task<Result<std::vector<CustomerId>>> put_customers(door::Scope& scope, std::vector<NewCustomer> customers) {
  for (const NewCustomer& c : customers)
    for (const std::string& text : {c.external_id, c.name, c.email.value_or(""), c.phone.value_or("")})
      if (first_bad_utf8(text)) co_return fail(Code::invalid, "A customer's field is not well-formed text.");
  auto index = co_await keys::make_key(scope, keys::kIndex);
  if (!index) co_return std::unexpected(index.error());
  std::vector<db::Bytes> indices;
  for (const NewCustomer& c : customers) indices.push_back(index->index(kExternalId, c.external_id));
  for (int attempt = 0;; ++attempt) {
    auto ids = co_await known(scope, indices);
    if (!ids) co_return std::unexpected(ids.error());
    std::vector<Uuid> subjects;
    std::map<Uuid, const NewCustomer*> newest;  // of one who stands there twice the last word counts
    for (size_t i = 0; i < customers.size(); ++i)
      newest[subjects.emplace_back(ids->emplace(indices[i].value, new_uuid()).first->second)] = &customers[i];
    auto keys = co_await keys::make_keys(scope, subjects);
    if (!keys) co_return std::unexpected(keys.error());
    Columns c;
    for (const auto& [id, customer] : newest) c.add(id, *customer, keys->of(id), *index);
    std::vector<db::Query> queries{db::query(kPut, scope.tenant(), c.ids, c.externals, c.external_indices, c.names,
                                             c.emails, c.email_indices, c.phones, c.phone_indices)};
    auto rows = co_await scope.change(std::move(queries));
    // Somebody else has added one of them in the meantime: then it is known.
    if (!rows && rows.error().sqlstate == "23505" && attempt == 0) continue;
    if (!rows) co_return std::unexpected(rows.error().error);
    std::vector<CustomerId> out;
    for (const Uuid& id : subjects) out.push_back({id});
    co_return out;
  }
}

net::Task<Result<Customer>> know_customer(door::Scope& scope, std::string external_id, std::string name) {
  auto index = co_await keys::make_key(scope, keys::kIndex);
  if (!index) co_return std::unexpected(index.error());
  std::vector<db::Bytes> indices{index->index(kExternalId, external_id)};
  auto ids = co_await known(scope, indices);
  if (!ids) co_return std::unexpected(ids.error());
  CustomerId id;
  if (!ids->empty()) id.value = ids->begin()->second;
  else {
    std::vector<NewCustomer> fresh(1);
    fresh[0].external_id = std::move(external_id);
    fresh[0].name = std::move(name);
    auto added = co_await put_customers(scope, std::move(fresh));
    if (!added) co_return std::unexpected(added.error());
    id = added->front();
  }
  co_return co_await find_customer(scope, id);
}

net::Task<Result<std::vector<Uuid>>> subjects_of_customer(door::Scope& scope, std::string external_id) {
  auto index = co_await index_of_customer(scope, external_id);
  if (!index) co_return std::unexpected(index.error());
  std::vector<Uuid> subjects;
  if (*index) {
    auto rows = co_await scope.read(db::query(kSubjects, **index));
    if (!rows) co_return std::unexpected(rows.error());
    for (int i = 0; i < rows->size(); ++i) subjects.push_back(rows->uuid(i, 0));
  }
  if (subjects.empty()) co_return fail(Code::not_found, "There is no such customer.");
  co_return subjects;
}

net::Task<Result<Done>> unindex_customer(door::Scope& scope, CustomerId customer) {
  std::vector<db::Query> queries{db::query(kUnindex, customer)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

}  // namespace cordon::commerce
