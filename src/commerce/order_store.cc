#include "commerce/order_store.h"

#include "commerce/cursor.h"
#include "commerce/customer_store.h"
#include "db/page.h"

namespace cordon::commerce {

namespace {

#define ORDER                                                                                                   \
  "o.order_id, o.external_id, o.customer_id, o.total_minor, o.currency::text, o.placed_at, o.conversation_id, " \
  "o.touched_at"
// $1 tenant, $2 order, $3 external_id, $4 blind index of the customer's external id (null: unknown), $5 total, $6
// currency, $7 placed_at
constexpr db::Statement kRecord{"order.record", R"(
  WITH who AS (SELECT k.customer_id FROM commerce.customer k WHERE k.external_index = $4::bytea),
  touch AS (
    SELECT m.conversation_id, m.sent_at
      FROM who, commerce.merchant s, commerce.conversation c, commerce.message m
     WHERE c.customer_id = who.customer_id AND m.conversation_id = c.conversation_id AND m.author = 'visitor'
       AND m.sent_at <= $7::timestamptz AND m.sent_at > $7::timestamptz - make_interval(days => s.attribution_days)
     ORDER BY m.sent_at DESC LIMIT 1)
  INSERT INTO commerce.shop_order AS o (tenant_id, order_id, external_id, customer_id, total_minor, currency, placed_at, conversation_id, touched_at)
  SELECT $1::uuid, $2::uuid, $3, (SELECT customer_id FROM who), $5::bigint, $6, $7::timestamptz, t.conversation_id, t.sent_at
    FROM (SELECT) one LEFT JOIN touch t ON true
   WHERE $4::bytea IS NULL OR EXISTS (SELECT FROM who)
  ON CONFLICT (tenant_id, external_id) DO UPDATE SET external_id = excluded.external_id
  RETURNING )" ORDER};
// $1 external_id
constexpr db::Statement kRecorded{"order.recorded", "SELECT order_id FROM commerce.shop_order WHERE external_id = $1"};
#define LISTING(where)                                                                                               \
  "SELECT " ORDER " FROM commerce.shop_order o WHERE (o.placed_at, o.order_id) < ($1::timestamptz, $2::uuid) " where \
  " ORDER BY o.placed_at DESC, o.order_id DESC LIMIT $3::integer"
constexpr db::Statement kList{"order.list", LISTING("")};
constexpr db::Statement kListOfCustomer{"order.list_of_customer", LISTING("AND o.customer_id = $4::uuid")};
// $1 days
constexpr db::Statement kDays{"order.days", R"(
  SELECT to_char(d.day, 'YYYY-MM-DD'), count(o.order_id), coalesce(sum(o.total_minor), 0)::bigint, count(o.conversation_id),
         coalesce(sum(o.total_minor) FILTER (WHERE o.conversation_id IS NOT NULL), 0)::bigint
    FROM generate_series((now() AT TIME ZONE 'UTC')::date - $1::integer + 1, (now() AT TIME ZONE 'UTC')::date, interval '1 day') AS d (day)
    LEFT JOIN commerce.shop_order o ON o.placed_at >= d.day AT TIME ZONE 'UTC' AND o.placed_at < (d.day + interval '1 day') AT TIME ZONE 'UTC'
   GROUP BY d.day ORDER BY d.day)"};
constexpr db::Statement kCurrency{"order.currency", "SELECT currency::text FROM commerce.merchant"};

Order read_order(const db::Rows& r, int i) {
  Order o;
  o.id = r.id<OrderId>(i, 0);
  o.external_id = r.text(i, 1);
  o.customer_id = r.maybe_id<CustomerId>(i, 2);
  o.total_minor = r.integer(i, 3);
  o.currency = r.text(i, 4);
  o.placed_at = r.time(i, 5);
  o.conversation_id = r.maybe_id<ConversationId>(i, 6);
  o.touched_at = r.maybe_time(i, 7);
  return o;
}

std::unexpected<Error> no_customer() {
  return fail(Code::not_found, "There is no such customer.", "customer_external_id");
}

std::unexpected<Error> other_currency() {
  return fail(Code::invalid,
              "`currency` must be the shop's own, which `GET /v1/merchant` tells; send what the order comes to in it "
              "(of Shopify's amounts `shop_money`, not `presentment_money`).",
              "currency");
}

}  // namespace

net::Task<Result<Order>> record_order(door::Scope& scope, RecordOrder in) {
  std::optional<db::Bytes> customer;
  if (in.customer_external_id) {
    auto index = co_await index_of_customer(scope, in.customer_external_id->value);
    if (!index) co_return std::unexpected(index.error());
    if (!*index) co_return no_customer();
    customer = std::move(**index);
  }
  std::vector<db::Query> queries{db::query(kRecord, scope.tenant(), OrderId::fresh(), in.external_id.value, customer,
                                           in.total_minor.value, in.currency.value, in.placed_at)};
  auto rows = co_await scope.change(std::move(queries));
  // The customer and the conversation were found by the statement itself: what does not exist is a shop of that
  // currency.
  if (!rows && rows.error().sqlstate == "23503") co_return other_currency();
  if (!rows) co_return std::unexpected(rows.error().error);
  if (rows->at(0).empty()) co_return no_customer();
  co_return read_order(rows->at(0), 0);
}

net::Task<Result<bool>> is_recorded(door::Scope& scope, std::string external_id) {
  auto rows = co_await scope.read(db::query(kRecorded, external_id));
  if (!rows) co_return std::unexpected(rows.error());
  co_return !rows->empty();
}

net::Task<Result<Page<Order>>> list_orders(door::Scope& scope, ListOrders in) {
  const Listing listing{"orders", scope.tenant()};
  auto from = from_cursor(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  const int64_t limit = in.limit.value + 1;
  db::Query query = in.customer_id ? db::query(kListOfCustomer, from->time, from->id, limit, *in.customer_id)
                                   : db::query(kList, from->time, from->id, limit);
  auto rows = co_await scope.read(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  co_return db::page_of(*rows, in.limit.value, read_order,
                        [&](const Order& last) { return to_cursor(listing, {last.placed_at, last.id.value}); });
}

net::Task<Result<Attribution>> attribution(door::Scope& scope, int64_t days) {
  std::vector<db::Query> queries{db::query(kDays, days), db::query(kCurrency)};
  auto rows = co_await scope.read(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  Attribution made;
  if (!rows->at(1).empty()) made.currency = rows->at(1).text(0, 0);
  const db::Rows& r = rows->at(0);
  for (int i = 0; i < r.size(); ++i) {
    AttributionDay day{std::string(r.text(i, 0)), r.integer(i, 1), r.integer(i, 2), r.integer(i, 3), r.integer(i, 4)};
    made.orders += day.orders;
    made.revenue_minor += day.revenue_minor;
    made.attributed_orders += day.attributed_orders;
    made.attributed_revenue_minor += day.attributed_revenue_minor;
    made.days.push_back(std::move(day));
  }
  co_return made;
}

}  // namespace cordon::commerce
