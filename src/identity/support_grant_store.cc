#include <boost/json/serialize.hpp>

#include "identity/support_grant.h"

namespace cordon::identity {

namespace {

// A grant's end stands in two places: here, and in its session, which can also be signed out of.
#define GRANTS                                                                                                       \
  "SELECT g.grant_id, s.shop, g.opened_by, g.reason, g.ticket, g.minutes, CASE WHEN coalesce(g.ended_at, "           \
  "o.revoked_at) IS NOT NULL OR g.expires_at <= now() THEN 'ended' WHEN g.needs_consent AND g.approved_at IS NULL "  \
  "THEN 'waiting' ELSE 'active' END, g.opened_at, g.approved_at, g.expires_at, coalesce(g.ended_at, o.revoked_at), " \
  "g.ended_by, g.tenant_id, g.session_id FROM identity.support_grant g JOIN identity.shop s USING (tenant_id) "      \
  "LEFT JOIN LATERAL door.session_of(g.session_id) o ON true "
constexpr db::Statement kOfStaff{"support_grant.of_staff",
                                 GRANTS "WHERE g.opened_by = $1::uuid ORDER BY g.grant_id DESC LIMIT 500"};
constexpr db::Statement kOneOfStaff{"support_grant.one_of_staff",
                                    GRANTS "WHERE g.opened_by = $1::uuid AND g.grant_id = $2::uuid"};
constexpr db::Statement kOfShop{"support_grant.of_shop",
                                GRANTS "WHERE g.tenant_id = $1::uuid ORDER BY g.grant_id DESC LIMIT 500"};
constexpr db::Statement kOneOfShop{"support_grant.one_of_shop",
                                   GRANTS "WHERE g.tenant_id = $1::uuid AND g.grant_id = $2::uuid"};

// Without `grant.open`: from inside a shop no further one is opened. ($1 tenant, $2 grant, in both statements.)
#define OPEN_SESSION(condition)                                                                   \
  "(SELECT door.open_session(g.tenant_id, g.session_id, g.opened_by, 'support', g.minutes * 60, " \
  "ARRAY['merchant.read', 'catalogue.read', 'conversation.read', 'order.read', 'key.use', "       \
  "'audit.append'])::text " condition ")"
// $3 session, $4 staff, $5 reason, $6 ticket, $7 minutes
constexpr db::Statement kOpen{"support_grant.open", R"(
  WITH g AS (
    INSERT INTO identity.support_grant (tenant_id, grant_id, session_id, opened_by, reason, ticket, minutes, needs_consent, expires_at)
    SELECT s.tenant_id, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7::integer, s.support_needs_consent,
           now() + CASE WHEN s.support_needs_consent THEN interval '1 day' ELSE make_interval(mins => $7::integer) END
      FROM identity.shop s WHERE s.tenant_id = $1::uuid
    RETURNING *)
  SELECT )" OPEN_SESSION("WHERE NOT g.needs_consent") " FROM g"};
// $3 owner
constexpr db::Statement kApprove{"support_grant.approve", R"(
  WITH g AS (
    UPDATE identity.support_grant SET approved_at = now(), approved_by = $3::uuid, expires_at = now() + make_interval(mins => minutes)
     WHERE tenant_id = $1::uuid AND grant_id = $2::uuid AND needs_consent AND approved_at IS NULL AND ended_at IS NULL AND expires_at > now()
    RETURNING *),
  opened AS (SELECT )" OPEN_SESSION("") R"( AS done FROM g)
  SELECT identity.changed_one(count(done)) FROM opened)"};
// $3 who ended it
constexpr db::Statement kEnd{"support_grant.end", R"(
  WITH g AS (
    UPDATE identity.support_grant SET ended_at = now(), ended_by = $3::uuid
     WHERE tenant_id = $1::uuid AND grant_id = $2::uuid AND ended_at IS NULL AND expires_at > now()
    RETURNING grant_id)
  SELECT identity.changed_one(count(*)) FROM g)"};
constexpr db::Statement kRevoke{"support_grant.revoke", "SELECT door.revoke($1::uuid)"};
constexpr db::Statement kAccess{"support_grant.access",
                                "SELECT support_needs_consent FROM identity.shop WHERE tenant_id = $1::uuid"};
constexpr db::Statement kSetAccess{
    "support_grant.set_access",
    "UPDATE identity.shop SET support_needs_consent = $2::boolean WHERE tenant_id = $1::uuid"};

SupportGrant read_grant(const db::Rows& r, int i) {
  SupportGrant g;
  g.grant_id = r.id<GrantId>(i, 0);
  g.shop = r.text(i, 1);
  g.opened_by = r.id<SubjectId>(i, 2);
  g.reason = r.text(i, 3);
  g.ticket = r.text(i, 4);
  g.minutes = r.integer(i, 5);
  boost::describe::enum_from_string(std::string(r.text(i, 6)).c_str(), g.state);
  g.opened_at = r.time(i, 7);
  g.approved_at = r.maybe_time(i, 8);
  g.expires_at = r.time(i, 9);
  g.ended_at = r.maybe_time(i, 10);
  g.ended_by = r.maybe_id<SubjectId>(i, 11);
  return g;
}

/// The event as the shop has it: the staff's own sessions are of no shop.
audit::Event in_shop(audit::Event event, TenantId tenant, boost::json::object detail) {
  event.tenant = tenant;
  event.detail = boost::json::serialize(detail);
  return event;
}

}  // namespace

bool says_something(std::string_view reason) {
  const auto graph = [](unsigned char c) { return c > ' '; };
  return std::count_if(reason.begin(), reason.end(), graph) >= 15;
}

net::Task<Result<std::vector<SupportGrants::Found>>> SupportGrants::find(db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  const db::Rows& r = rows->at(0);
  std::vector<Found> found;
  for (int i = 0; i < r.size(); ++i) found.push_back({read_grant(r, i), r.id<TenantId>(i, 12), r.id<SessionId>(i, 13)});
  co_return found;
}

net::Task<Result<SupportGrants::Found>> SupportGrants::find_one(db::Query query) {
  auto found = co_await find(std::move(query));
  if (!found) co_return std::unexpected(found.error());
  if (found->empty()) co_return fail(Code::not_found, "There is no such support grant.");
  co_return std::move(found->front());
}

static Page<SupportGrant> page_of(auto found) {
  Page<SupportGrant> page;
  for (auto& one : found) page.items.push_back(std::move(one.grant));
  return page;
}

net::Task<Result<SupportGrant>> SupportGrants::open(SubjectId staff, AskForGrant in, audit::Event event) {
  if (!says_something(in.reason.value))
    co_return fail(Code::invalid, "Write the reason out: the merchant reads it.", "reason");
  auto tenant = co_await identity_.find_shop(in.shop.value);
  if (!tenant) co_return std::unexpected(tenant.error());
  if (!*tenant) co_return fail(Code::not_found, "There is no such shop.", "shop");
  const auto id = GrantId::fresh();
  std::vector<db::Query> changes{
      db::query(kOpen, **tenant, id, SessionId::fresh(), staff, in.reason.value, in.ticket.value, in.minutes.value)};
  event = in_shop(std::move(event), **tenant,
                  {{"grant", to_string(id)}, {"ticket", in.ticket.value}, {"minutes", in.minutes.value}});
  auto opened = co_await configure(pool_, std::move(event), std::move(changes));
  if (!opened) co_return std::unexpected(opened.error());
  auto found = co_await find_one(db::query(kOneOfStaff, staff, id));
  if (!found) co_return std::unexpected(found.error());
  co_return std::move(found->grant);
}

net::Task<Result<Page<SupportGrant>>> SupportGrants::list_of(SubjectId staff) {
  auto found = co_await find(db::query(kOfStaff, staff));
  if (!found) co_return std::unexpected(found.error());
  co_return page_of(std::move(*found));
}

net::Task<Result<std::shared_ptr<const door::Pass>>> SupportGrants::enter(const door::Pass& staff, GrantId id,
                                                                          audit::Event event) {
  auto found = co_await find_one(db::query(kOneOfStaff, staff.subject, id));
  if (!found) co_return std::unexpected(found.error());
  if (found->grant.state == GrantState::waiting)
    co_return fail(Code::conflict, "The shop's owner has not let you in yet.");
  if (found->grant.state == GrantState::ended) co_return fail(Code::conflict, "This grant is over; open another.");
  std::vector<db::Query> nothing;
  event = in_shop(std::move(event), found->tenant, {{"grant", to_string(id)}});
  auto minted = co_await identity_.mint(found->session, std::move(event), std::move(nothing));
  if (!minted) co_return std::unexpected(minted.error());
  auto pass = std::make_shared<door::Pass>(**minted);
  pass->key = staff.key;
  pass->expires_at.micros = std::min(pass->expires_at.micros, found->grant.expires_at.micros);
  co_return pass;
}

net::Task<Result<Done>> SupportGrants::end(const Found& found, SubjectId by, audit::Event event) {
  if (found.grant.state == GrantState::ended) co_return fail(Code::conflict, "This grant is over already.");
  std::vector<db::Query> changes{db::query(kEnd, found.tenant, found.grant.grant_id, by),
                                 db::query(kRevoke, found.session)};
  event = in_shop(std::move(event), found.tenant, {{"grant", to_string(found.grant.grant_id)}});
  auto done = co_await configure(pool_, std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return Done{};
}

net::Task<Result<Done>> SupportGrants::withdraw(SubjectId staff, GrantId id, audit::Event event) {
  auto found = co_await find_one(db::query(kOneOfStaff, staff, id));
  if (!found) co_return std::unexpected(found.error());
  co_return co_await end(*found, staff, std::move(event));
}

net::Task<Result<Page<SupportGrant>>> SupportGrants::list(TenantId tenant) {
  auto found = co_await find(db::query(kOfShop, tenant));
  if (!found) co_return std::unexpected(found.error());
  co_return page_of(std::move(*found));
}

net::Task<Result<SupportGrant>> SupportGrants::approve(const door::Pass& owner, GrantId id, audit::Event event) {
  const TenantId tenant = owner.tenant;
  const SubjectId by = owner.subject;
  auto may = co_await identity_.fresh(owner);
  if (!may) co_return std::unexpected(may.error());
  auto found = co_await find_one(db::query(kOneOfShop, tenant, id));
  if (!found) co_return std::unexpected(found.error());
  if (found->grant.state != GrantState::waiting) co_return fail(Code::conflict, "This grant does not wait for a yes.");
  std::vector<db::Query> changes{db::query(kApprove, tenant, id, by)};
  event = in_shop(std::move(event), tenant, {{"grant", to_string(id)}});
  auto done = co_await configure(pool_, std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  auto now_open = co_await find_one(db::query(kOneOfShop, tenant, id));
  if (!now_open) co_return std::unexpected(now_open.error());
  co_return std::move(now_open->grant);
}

net::Task<Result<Done>> SupportGrants::revoke(TenantId tenant, SubjectId owner, GrantId id, audit::Event event) {
  auto found = co_await find_one(db::query(kOneOfShop, tenant, id));
  if (!found) co_return std::unexpected(found.error());
  co_return co_await end(*found, owner, std::move(event));
}

net::Task<Result<SupportAccess>> SupportGrants::access(TenantId tenant) {
  std::vector<db::Query> queries{db::query(kAccess, tenant)};
  auto rows = co_await run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->at(0).empty()) co_return fail(Code::not_found, "There is no such shop.");
  co_return SupportAccess{rows->at(0).boolean(0, 0)};
}

net::Task<Result<Done>> SupportGrants::set_access(const door::Pass& owner, SupportAccess access, audit::Event event) {
  const TenantId tenant = owner.tenant;
  if (!access.needs_consent) {
    auto may = co_await identity_.fresh(owner);
    if (!may) co_return may;
  }
  auto before = co_await this->access(tenant);
  if (!before) co_return std::unexpected(before.error());
  std::vector<db::Query> changes{db::query(kSetAccess, tenant, access.needs_consent)};
  event.tenant = tenant;
  event.detail = audit::Detail().changed("needs_consent", before->needs_consent, access.needs_consent).text();
  auto done = co_await configure(pool_, std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return Done{};
}

}  // namespace cordon::identity
