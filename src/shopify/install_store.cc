#include "shopify/install_store.h"

#include "keys/keyring.h"

namespace cordon::shopify {

namespace {

constexpr db::Statement kFind{
    "install.find",
    "SELECT domain, scopes, access_token, refresh_token, previous_refresh_token, access_expires_at FROM "
    "shopify.install"};
// $1 tenant, $2 domain, $3 scopes, $4 access token, $5 until, $6 refresh token, $7 until
constexpr db::Statement kPut{"install.put", R"(
  INSERT INTO shopify.install (tenant_id, domain, scopes, access_token, access_expires_at, refresh_token, refresh_expires_at)
  VALUES ($1::uuid, $2, $3::text[], $4::bytea, $5::timestamptz, $6::bytea, $7::timestamptz)
  ON CONFLICT (tenant_id) DO UPDATE
     SET scopes = excluded.scopes, access_token = excluded.access_token, access_expires_at = excluded.access_expires_at,
         refresh_token = excluded.refresh_token, refresh_expires_at = excluded.refresh_expires_at, previous_refresh_token = NULL,
         refreshing_until = '-infinity', installed_at = now(), changed_at = now())"};
// $1 the expiry of the token that is to be replaced, $2 seconds
constexpr db::Statement kClaim{"install.claim", R"(
  UPDATE shopify.install SET refreshing_until = now() + make_interval(secs => $2::integer)
   WHERE access_expires_at = $1::timestamptz AND refreshing_until < now())"};
// $1 scopes, $2 access token, $3 until, $4 refresh token, $5 until, $6 the refresh token that was used, $7 as in kClaim
constexpr db::Statement kRefreshed{"install.refreshed", R"(
  UPDATE shopify.install
     SET scopes = $1::text[], access_token = $2::bytea, access_expires_at = $3::timestamptz, refresh_token = $4::bytea,
         refresh_expires_at = $5::timestamptz, previous_refresh_token = $6::bytea, refreshing_until = '-infinity', changed_at = now()
   WHERE access_expires_at = $7::timestamptz)"};
constexpr db::Statement kGiveUp{"install.give_up", "UPDATE shopify.install SET refreshing_until = '-infinity'"};
constexpr db::Statement kForgetPrevious{
    "install.forget_previous",
    "UPDATE shopify.install SET previous_refresh_token = NULL WHERE previous_refresh_token IS NOT NULL AND "
    "access_expires_at = $1::timestamptz"};

net::Task<Result<Done>> change(door::Scope& scope, db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

}  // namespace

net::Task<Result<Install>> find_install(door::Scope& scope) {
  // Before the row: of what is read from then on, no key has ended.
  const Uuid row = scope.tenant().value;
  auto key = co_await keys::make_key(scope, row);
  if (!key) co_return std::unexpected(key.error());
  auto rows = co_await scope.read(db::query(kFind));
  if (!rows) co_return std::unexpected(rows.error());
  const auto shop = rows->empty() ? std::nullopt : ShopDomain::parse(rows->text(0, 0));
  if (!shop) co_return fail(Code::not_found, "This shop has not installed the app.");
  Install out;
  out.shop = *shop;
  out.scopes = rows->texts(0, 1);
  out.access_token = key->open(kAccessToken, row, rows->text(0, 2));
  out.refresh_token = key->open(kRefreshToken, row, rows->text(0, 3));
  if (!rows->null(0, 4)) out.previous_refresh_token = key->open(kPreviousRefreshToken, row, rows->text(0, 4));
  out.access_expires_at = rows->time(0, 5);
  co_return out;
}

net::Task<Result<Done>> put_install(door::Scope& scope, ShopDomain shop, Grant grant) {
  const TenantId tenant = scope.tenant();
  auto key = co_await keys::make_key(scope, tenant.value);
  if (!key) co_return std::unexpected(key.error());
  db::Query put =
      db::query(kPut, tenant, shop.text(), grant.scopes, key->close(kAccessToken, tenant, grant.access_token),
                grant.expires_at, key->close(kRefreshToken, tenant, grant.refresh_token), grant.refresh_expires_at);
  co_return co_await change(scope, std::move(put));
}

net::Task<Result<bool>> claim_refresh(door::Scope& scope, Time seen, int seconds) {
  std::vector<db::Query> queries{db::query(kClaim, seen, seconds)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return rows->at(0).affected() == 1;
}

net::Task<Result<Done>> put_refreshed(door::Scope& scope, Time seen, std::string used, Grant grant) {
  const TenantId tenant = scope.tenant();
  auto key = co_await keys::make_key(scope, tenant.value);
  if (!key) co_return std::unexpected(key.error());
  db::Query put = db::query(kRefreshed, grant.scopes, key->close(kAccessToken, tenant, grant.access_token),
                            grant.expires_at, key->close(kRefreshToken, tenant, grant.refresh_token),
                            grant.refresh_expires_at, key->close(kPreviousRefreshToken, tenant, used), seen);
  co_return co_await change(scope, std::move(put));
}

net::Task<Result<Done>> give_up_refresh(door::Scope& scope) { return change(scope, db::query(kGiveUp)); }

net::Task<Result<Done>> forget_previous(door::Scope& scope, Time of) {
  return change(scope, db::query(kForgetPrevious, of));
}

}  // namespace cordon::shopify
