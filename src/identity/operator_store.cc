// What an operator does from the command line: each change with its audit event, in one transaction.
#include <boost/json/serialize.hpp>

#include "audit/let_go_store.h"
#include "base/address.h"
#include "identity/identity.h"
#include "identity/member_store.h"
#include "keys/keyring.h"

namespace cordon::identity {

namespace {

constexpr db::Statement kAddTenant{"operator.add_tenant", "SELECT door.add_tenant($1::uuid)"};
constexpr db::Statement kAddShop{
    "operator.add_shop", "INSERT INTO identity.shop (tenant_id, shop, origins) VALUES ($1::uuid, $2, $3::text[])"};
constexpr db::Statement kAllowOrigin{
    "operator.allow_origin",
    "UPDATE identity.shop SET origins = array_append(origins, $2) WHERE tenant_id = $1::uuid AND $2 <> ALL (origins)"};
constexpr db::Statement kOwner{
    "operator.owner",
    "SELECT subject_id FROM identity.member WHERE tenant_id = $1::uuid AND role = 'owner' ORDER BY subject_id LIMIT 1"};
constexpr db::Statement kSuspend{"operator.suspend", "SELECT door.suspend($1::uuid, $2)"};
constexpr db::Statement kResume{"operator.resume", "SELECT door.resume($1::uuid)"};
constexpr db::Statement kHalt{"operator.halt", "SELECT door.halt($1)"};
constexpr db::Statement kUnhalt{"operator.unhalt", "SELECT door.unhalt()"};

audit::Event by_operator(door::AuditAction action, std::optional<TenantId> tenant, const boost::json::object& detail) {
  audit::Event event;
  event.tenant = tenant;
  event.role = "operator";
  event.action = action;
  event.method = "COMMAND";
  event.status = 200;
  event.request = RequestId::fresh();
  event.detail = boost::json::serialize(detail);
  return event;
}

}  // namespace

net::Task<Result<std::vector<db::Query>>> new_shop(TenantId tenant, std::string shop,
                                                   std::vector<std::string> origins) {
  std::vector<db::Query> made{db::query(kAddTenant, tenant), db::query(kAddShop, tenant, shop, origins)};
  auto key = co_await keys::Keyring::current().first_key(tenant);
  if (!key) co_return std::unexpected(key.error());
  for (db::Query& query : *key) made.push_back(std::move(query));
  co_return made;
}

net::Task<Result<Done>> Identity::configured(audit::Event event, std::vector<db::Query> changes) {
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<TenantId>> Identity::add_shop(std::string shop, std::vector<std::string> origins) {
  const auto tenant = TenantId::fresh();
  auto changes = co_await new_shop(tenant, shop, std::move(origins));
  if (!changes) co_return std::unexpected(changes.error());
  auto event = by_operator("tenant.add", tenant, {{"shop", shop}});
  auto done = co_await configured(std::move(event), std::move(*changes));
  if (!done) co_return std::unexpected(done.error());
  co_return tenant;
}

net::Task<Result<Done>> Identity::allow_origin(TenantId tenant, std::string origin) {
  if (!is_origin(origin))
    co_return fail(Code::invalid, "an origin looks like https://shop.example or http://localhost:3000, without a path",
                   "origin");
  std::vector<db::Query> changes{db::query(kAllowOrigin, tenant, origin)};
  auto event = by_operator("origin.allow", tenant, {{"origin", origin}});
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
  auto event = by_operator("member.add", tenant, {{"member", to_string(subject)}, {"role", role}});
  auto done = co_await configured(std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return subject;
}

net::Task<Result<Done>> Identity::suspend(TenantId tenant, std::string why) {
  return configured(by_operator("tenant.suspend", tenant, {{"why", why}}), {db::query(kSuspend, tenant, why)});
}

net::Task<Result<Done>> Identity::resume(TenantId tenant) {
  return configured(by_operator("tenant.resume", tenant, {}), {db::query(kResume, tenant)});
}

net::Task<Result<Done>> Identity::halt(std::string why) {
  return configured(by_operator("platform.stop", std::nullopt, {{"why", why}}), {db::query(kHalt, why)});
}

net::Task<Result<Done>> Identity::unhalt() {
  return configured(by_operator("platform.start", std::nullopt, {}), {db::query(kUnhalt)});
}

net::Task<Result<Done>> Identity::hold_events(std::optional<TenantId> tenant, std::string why) {
  return configured(by_operator("audit.hold", tenant, {{"why", why}}), {audit::hold(tenant, why)});
}

net::Task<Result<Done>> Identity::release_events(std::optional<TenantId> tenant) {
  return configured(by_operator("audit.release", tenant, {}), {audit::release(tenant)});
}

}  // namespace cordon::identity
