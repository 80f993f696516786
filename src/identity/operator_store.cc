// What an operator does from the command line: each change with its audit event, in one transaction.
#include <algorithm>
#include <boost/json/object.hpp>

#include "audit/let_go_store.h"
#include "base/address.h"
#include "identity/identity.h"
#include "identity/member_store.h"
#include "keys/keyring.h"

namespace cordon::identity {

using audit::by_operator;

namespace {

constexpr db::Statement kAddTenant{"operator.add_tenant", "SELECT door.add_tenant($1::uuid)"};
constexpr db::Statement kAddShop{
    "operator.add_shop", "INSERT INTO identity.shop (tenant_id, shop, origins) VALUES ($1::uuid, $2, $3::text[])"};
constexpr db::Statement kAllowOrigin{
    "operator.allow_origin",
    "UPDATE identity.shop SET origins = array_append(origins, $2) WHERE tenant_id = $1::uuid AND $2 <> ALL (origins)"};
constexpr db::Statement kOrigins{"operator.origins",
                                 "SELECT to_json(origins)::text FROM identity.shop WHERE tenant_id = $1::uuid"};
constexpr db::Statement kOwner{
    "operator.owner",
    "SELECT subject_id FROM identity.member WHERE tenant_id = $1::uuid AND role = 'owner' ORDER BY subject_id LIMIT 1"};
constexpr db::Statement kSuspend{"operator.suspend", "SELECT door.suspend($1::uuid, $2)"};
constexpr db::Statement kResume{"operator.resume", "SELECT door.resume($1::uuid)"};
constexpr db::Statement kHalt{"operator.halt", "SELECT door.halt($1)"};
constexpr db::Statement kUnhalt{"operator.unhalt", "SELECT door.unhalt()"};

net::Task<Result<Done>> add_once(db::Pool& pool, audit::Event event, NewShop shop) {
  auto key = co_await keys::Keyring::current().first_key(shop.tenant);
  if (!key) co_return std::unexpected(key.error());
  std::vector<db::Query> changes{db::query(kAddTenant, shop.tenant),
                                 db::query(kAddShop, shop.tenant, shop.name, shop.origins)};
  for (db::Query& query : *key) changes.push_back(std::move(query));
  for (db::Query& query : shop.more) changes.push_back(std::move(query));
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

}  // namespace

net::Task<Result<Done>> add_tenant(db::Pool& pool, audit::Event event, NewShop shop) {
  auto added = co_await add_once(pool, event, shop);
  if (added || added.error().code != Code::unavailable) co_return added;
  // Perhaps the KMS's version that has wrapped its key ended meanwhile: then there is a newer one. Where it was added
  // and only the answer is lost, it is there now, and nobody else's.
  auto again = co_await add_once(pool, std::move(event), std::move(shop));
  if (again || again.error().code != Code::conflict) co_return again;
  co_return added;
}

net::Task<Result<Done>> Identity::configured(audit::Event event, std::vector<db::Query> changes) {
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<TenantId>> Identity::add_shop(std::string shop, std::vector<std::string> origins) {
  const auto tenant = TenantId::fresh();
  auto event = by_operator("tenant.add", tenant, audit::Detail({{"shop", shop}}));
  NewShop made{tenant, std::move(shop), std::move(origins), {}};
  auto done = co_await add_tenant(pool_, std::move(event), std::move(made));
  if (!done) co_return std::unexpected(done.error());
  co_return tenant;
}

net::Task<Result<Done>> Identity::allow_origin(TenantId tenant, std::string origin) {
  if (!is_origin(origin))
    co_return fail(Code::invalid, "an origin looks like https://shop.example or http://localhost:3000, without a path",
                   "origin");
  std::vector<db::Query> asks{db::query(kOrigins, tenant)};
  auto rows = co_await run(std::move(asks));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->at(0).empty()) co_return fail(Code::not_found, "There is no such shop.");
  const auto before = boost::json::parse(rows->at(0).text(0, 0)).as_array();
  auto after = before;
  const boost::json::value added(origin);
  if (std::ranges::find(after, added) == after.end()) after.push_back(added);
  std::vector<db::Query> changes{db::query(kAllowOrigin, tenant, origin)};
  auto event = by_operator("origin.allow", tenant, audit::Detail().changed("origins", before, after));
  co_return co_await configured(std::move(event), std::move(changes));
}

net::Task<Result<std::optional<SubjectId>>> Identity::find_owner(TenantId tenant) {
  std::vector<db::Query> queries{db::query(kOwner, tenant)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::optional<SubjectId> found;
  if (!rows->at(0).empty()) found = rows->at(0).id<SubjectId>(0, 0);
  co_return found;
}

net::Task<Result<SubjectId>> Identity::add_member(TenantId tenant, std::string name, std::string role) {
  const auto subject = SubjectId::fresh();
  const Member member{subject, std::move(name), std::nullopt, role};
  auto keys = co_await shop_keys(pool_, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  std::vector<db::Query> changes{identity::add_member(tenant, member, keys->own)};
  const auto detail = audit::Detail({{"member", to_string(subject)}}).changed("role", nullptr, role);
  auto event = by_operator("member.add", tenant, detail);
  auto done = co_await configured(std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return subject;
}

net::Task<Result<Done>> Identity::suspend(TenantId tenant, std::string why) {
  return configured(
      by_operator("tenant.suspend", tenant, audit::Detail({{"why", why}}).changed("suspended", false, true)),
      {db::query(kSuspend, tenant, why)});
}

net::Task<Result<Done>> Identity::resume(TenantId tenant) {
  return configured(by_operator("tenant.resume", tenant, audit::Detail().changed("suspended", true, false)),
                    {db::query(kResume, tenant)});
}

net::Task<Result<Done>> Identity::halt(std::string why) {
  return configured(
      by_operator("platform.stop", std::nullopt, audit::Detail({{"why", why}}).changed("stopped", false, true)),
      {db::query(kHalt, why)});
}

net::Task<Result<Done>> Identity::unhalt() {
  return configured(by_operator("platform.start", std::nullopt, audit::Detail().changed("stopped", true, false)),
                    {db::query(kUnhalt)});
}

net::Task<Result<Done>> Identity::hold_events(std::optional<TenantId> tenant, std::string why) {
  return configured(by_operator("audit.hold", tenant, audit::Detail({{"why", why}})), {audit::hold(tenant, why)});
}

net::Task<Result<Done>> Identity::release_events(std::optional<TenantId> tenant) {
  return configured(by_operator("audit.release", tenant), {audit::release(tenant)});
}

}  // namespace cordon::identity
