#include "commerce/merchant_store.h"

#include "audit/event.h"

namespace cordon::commerce {

namespace {

#define MERCHANT "tenant_id, shop, name, assistant_name, greeting, currency::text, attribution_days, created_at"
constexpr db::Statement kFind{"merchant.find", "SELECT " MERCHANT " FROM commerce.merchant"};
// $1 tenant, $2 shop, $3 name, $4 assistant_name, $5 greeting, $6 currency, $7 attribution_days
constexpr db::Statement kPut{"merchant.put", R"(
  INSERT INTO commerce.merchant (tenant_id, shop, name, assistant_name, greeting, currency, attribution_days)
  VALUES ($1::uuid, $2, $3, $4, $5, $6, $7::integer)
  ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, assistant_name = excluded.assistant_name, greeting = excluded.greeting,
                                        attribution_days = excluded.attribution_days)"};
// $1 name, $2 assistant_name, $3 greeting, $4 attribution_days
constexpr db::Statement kChange{
    "merchant.change",
    "UPDATE commerce.merchant SET name = coalesce($1, name), assistant_name = coalesce($2, assistant_name), greeting = "
    "coalesce($3, greeting), "
    "attribution_days = coalesce($4::integer, attribution_days) RETURNING " MERCHANT};

Result<Merchant> read_merchant(const db::Rows& r) {
  if (r.empty()) return fail(Code::not_found, "This shop has not been set up yet.");
  Merchant m;
  m.tenant_id = r.id<TenantId>(0, 0);
  m.shop = r.text(0, 1);
  m.name = r.text(0, 2);
  m.assistant_name = r.text(0, 3);
  m.greeting = r.text(0, 4);
  m.currency = r.text(0, 5);
  m.attribution_days = r.integer(0, 6);
  m.created_at = r.time(0, 7);
  return m;
}

template <class T>
db::Param value_of(const std::optional<T>& field) {
  return field ? db::param(field->value) : std::nullopt;
}

/// What the change's event says of it.
std::string told(const Merchant& was, const ChangeMerchant& in) {
  audit::Detail detail;
  if (in.name) detail.changed("name", was.name, in.name->value);
  if (in.assistant_name) detail.changed("assistant_name", was.assistant_name, in.assistant_name->value);
  if (in.greeting) detail.changed("greeting", was.greeting, in.greeting->value);
  if (in.attribution_days) detail.changed("attribution_days", was.attribution_days, in.attribution_days->value);
  return detail.text();
}

}  // namespace

net::Task<Result<Merchant>> find_merchant(door::Scope& scope) {
  auto rows = co_await scope.read(db::query(kFind));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_merchant(*rows);
}

net::Task<Result<Done>> put_merchant(door::Scope& scope, Merchant m) {
  for (int attempt = 0;; ++attempt) {
    std::vector<db::Query> queries{
        db::query(kPut, scope.tenant(), m.shop, m.name, m.assistant_name, m.greeting, m.currency, m.attribution_days)};
    auto rows = co_await scope.change(std::move(queries));
    // ON CONFLICT minds one of its two keys: of two who set a shop up at once the second may fall over the other.
    if (!rows && rows.error().sqlstate == "23505" && attempt == 0) continue;
    if (!rows) co_return std::unexpected(rows.error().error);
    co_return Done{};
  }
}

net::Task<Result<Merchant>> change_merchant(door::Scope& scope, ChangeMerchant change) {
  auto was = co_await find_merchant(scope);
  // Whoever may not read it, or write, is told so by the change itself.
  if (!was && was.error().code != Code::not_found) co_return was;
  if (was) scope.detail = told(*was, change);
  std::vector<db::Query> queries{db::query(kChange, value_of(change.name), value_of(change.assistant_name),
                                           value_of(change.greeting), value_of(change.attribution_days))};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return read_merchant(rows->at(0));
}

}  // namespace cordon::commerce
