#include "shopify/shop_store.h"

#include <boost/json/serialize.hpp>

#include "base/random.h"
#include "identity/member_store.h"

namespace cordon::shopify {

namespace {

constexpr db::Statement kFindTenant{"shop.find_tenant", "SELECT tenant_id FROM shopify.shop WHERE domain = $1"};
constexpr db::Statement kAddDomain{"shop.add_domain",
                                   "INSERT INTO shopify.shop (domain, tenant_id) VALUES ($1, $2::uuid)"};

constexpr db::Statement kFindPerson{"shop.find_person", R"(
  SELECT m.subject_id, m.role FROM shopify.person p LEFT JOIN identity.member m USING (tenant_id, subject_id)
   WHERE p.tenant_id = $1::uuid AND p.user_index = $2::bytea)"};
// Whoever comes first adds a person; the other finds them.
constexpr db::Statement kForgetLetGo{
    "shop.forget_let_go",
    "DELETE FROM shopify.person WHERE tenant_id = $1::uuid AND user_index = $2::bytea AND subject_id IS NULL"};
constexpr db::Statement kAddPerson{
    "shop.add_person",
    "INSERT INTO shopify.person (tenant_id, user_index, subject_id) VALUES ($1::uuid, $2::bytea, $3::uuid)"};
constexpr db::Statement kSetRole{
    "shop.set_role", "UPDATE identity.member SET role = $3 WHERE tenant_id = $1::uuid AND subject_id = $2::uuid"};

constexpr db::Statement kSweepTokens{"shop.sweep_tokens", R"(
  DELETE FROM shopify.session_token WHERE digest IN
    (SELECT digest FROM shopify.session_token WHERE expires_at < now() LIMIT 10 FOR UPDATE SKIP LOCKED))"};
constexpr db::Statement kTokenUsed{"shop.token_used",
                                   "SELECT EXISTS (SELECT FROM shopify.session_token WHERE digest = $1::bytea)"};
constexpr db::Statement kUseToken{
    "shop.use_token", "INSERT INTO shopify.session_token (digest, expires_at) VALUES ($1::bytea, $2::timestamptz)"};

constexpr db::Statement kSweepTickets{"shop.sweep_tickets", R"(
  DELETE FROM shopify.proxy_ticket WHERE digest IN
    (SELECT digest FROM shopify.proxy_ticket WHERE expires_at < now() LIMIT 10 FOR UPDATE SKIP LOCKED))"};
constexpr db::Statement kAddTicket{"shop.add_ticket", R"(
  INSERT INTO shopify.proxy_ticket (digest, tenant_id, customer, origin, expires_at)
  VALUES ($1::bytea, $2::uuid, $3::bytea, $4, now() + interval '60 seconds'))"};
constexpr db::Statement kFindTicket{"shop.find_ticket", R"(
  SELECT t.tenant_id, s.shop, t.customer, t.origin FROM shopify.proxy_ticket t JOIN identity.shop s USING (tenant_id)
   WHERE t.digest = $1::bytea AND t.expires_at > now())"};
constexpr db::Statement kUseTicket{"shop.use_ticket", R"(
  WITH used AS (DELETE FROM shopify.proxy_ticket WHERE digest = $1::bytea AND expires_at > now() RETURNING digest)
  SELECT identity.changed_one(count(*)) FROM used)"};

db::Param digest_of(const SessionToken& token) { return identity::digest(token.shop.text() + " " + token.id); }

/// Adds a person as a member. Code::conflict where somebody else has done so meanwhile.
net::Task<Result<identity::Who>> add_person(db::Pool& pool, audit::Event event, TenantId tenant, Person person) {
  identity::Member member;
  member.subject_id = SubjectId::fresh();
  member.name = person.name.empty() ? "Shopify user " + std::to_string(person.user) : person.name;
  if (!person.email.empty()) member.email = person.email;
  member.role = person.account_owner ? "owner" : "agent";
  event.tenant = tenant;
  event.subject = member.subject_id;
  event.role = member.role;
  event.action = "member.add";
  event.detail = boost::json::serialize(boost::json::object{{"role", member.role}});
  auto keys = co_await identity::shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  const db::Bytes user = keys->index.index(kUserId, std::to_string(person.user));
  std::vector<db::Query> changes{identity::add_member(tenant, member, keys->own), db::query(kForgetLetGo, tenant, user),
                                 db::query(kAddPerson, tenant, user, member.subject_id)};
  auto rows = co_await identity::configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return identity::Who{tenant, member.subject_id, member.role};
}

/// Their role is another from now on; sessions of the old one end.
net::Task<Result<Done>> set_role(db::Pool& pool, audit::Event event, identity::Who who, std::string before) {
  event.tenant = who.tenant;
  event.subject = who.subject;
  event.role = who.role;
  event.action = "member.change";
  event.detail = audit::Detail().changed("role", before, who.role).text();
  std::vector<db::Query> changes{db::query(kSetRole, who.tenant, who.subject, who.role),
                                 identity::end_sessions(who.tenant, who.subject)};
  auto rows = co_await identity::configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

}  // namespace

net::Task<Result<std::optional<TenantId>>> find_tenant(db::Pool& pool, ShopDomain shop) {
  std::vector<db::Query> queries{db::query(kFindTenant, shop.text())};
  auto rows = co_await identity::run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::optional<TenantId> found;
  if (!rows->at(0).empty()) found = rows->at(0).id<TenantId>(0, 0);
  co_return found;
}

net::Task<Result<TenantId>> add_tenant(db::Pool& pool, audit::Event event, ShopDomain shop,
                                       std::vector<std::string> origins) {
  const auto tenant = TenantId::fresh();
  event.tenant = tenant;
  event.action = "tenant.add";
  event.detail = boost::json::serialize(boost::json::object{{"shop", shop.name()}, {"domain", shop.text()}});
  identity::NewShop made{tenant, std::string(shop.name()), std::move(origins), {}};
  made.more.push_back(db::query(kAddDomain, shop.text(), tenant));
  auto added = co_await identity::add_tenant(pool, std::move(event), std::move(made));
  if (!added && added.error().code == Code::conflict)
    co_return fail(Code::conflict, "There is a shop of this name that is not Shopify's; ask the operator.", "shop");
  if (!added) co_return std::unexpected(added.error());
  co_return tenant;
}

namespace {

/// What stands of one of Shopify's people: who they are here, or null for whom the shop has let go.
net::Task<Result<db::Rows>> look_up(db::Pool& pool, TenantId tenant, int64_t user) {
  auto keys = co_await identity::shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  std::vector<db::Query> queries{db::query(kFindPerson, tenant, keys->index.index(kUserId, std::to_string(user)))};
  auto rows = co_await identity::run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return std::move(rows->at(0));
}

net::Task<Result<identity::Who>> meet_once(db::Pool& pool, audit::Event event, TenantId tenant, Person person) {
  auto rows = co_await look_up(pool, tenant, person.user);
  if (!rows) co_return std::unexpected(rows.error());
  const db::Rows& r = *rows;
  if (r.empty()) co_return co_await add_person(pool, std::move(event), tenant, std::move(person));
  if (r.null(0, 0)) {
    // Whoever owns the account cannot be locked out of it.
    if (person.account_owner) co_return co_await add_person(pool, std::move(event), tenant, std::move(person));
    co_return fail(Code::forbidden, "The shop has ended your access; ask its owner to invite you again.");
  }
  identity::Who who{tenant, r.id<SubjectId>(0, 0), std::string(r.text(0, 1))};
  const std::string role = person.account_owner ? "owner" : who.role == "owner" ? "agent" : who.role;
  if (role == who.role) co_return who;
  const std::string before = std::exchange(who.role, role);
  auto set = co_await set_role(pool, std::move(event), who, before);
  if (!set) co_return std::unexpected(set.error());
  co_return who;
}

}  // namespace

net::Task<Result<identity::Who>> meet_person(db::Pool& pool, audit::Event event, TenantId tenant, Person person) {
  auto met = co_await meet_once(pool, event, tenant, person);
  if (!met && met.error().code == Code::conflict) co_return co_await meet_once(pool, event, tenant, person);
  co_return met;
}

net::Task<Result<identity::Who>> find_person(db::Pool& pool, ShopDomain shop, int64_t user) {
  auto tenant = co_await find_tenant(pool, std::move(shop));
  if (!tenant) co_return std::unexpected(tenant.error());
  if (!*tenant) co_return fail(Code::unauthenticated, "This shop has not installed the app; open it in Shopify again.");
  auto rows = co_await look_up(pool, **tenant, user);
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty() || rows->null(0, 0)) co_return fail(Code::unauthenticated, "Open the app in Shopify again.");
  co_return identity::Who{**tenant, rows->id<SubjectId>(0, 0), std::string(rows->text(0, 1))};
}

net::Task<Result<std::string>> add_link(db::Pool& pool, audit::Event event, identity::Who who) {
  event.tenant = who.tenant;
  event.subject = who.subject;
  event.role = who.role;
  const std::string link = random_secret();
  std::vector<db::Query> changes{
      identity::add_one_use(link, "shopify", who.tenant, who.subject, std::nullopt, kLinkSeconds)};
  auto rows = co_await identity::configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return link;
}

std::unexpected<Error> used_before() {
  return fail(Code::unauthenticated, "This session token was used before; get a new one from App Bridge.",
              "Authorization");
}

net::Task<Result<Done>> check_unused(db::Pool& pool, SessionToken token) {
  std::vector<db::Query> queries{db::query(kTokenUsed, digest_of(token))};
  auto rows = co_await identity::run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->at(0).boolean(0, 0)) co_return used_before();
  co_return Done{};
}

std::vector<db::Query> use_session_token(const SessionToken& token) {
  constexpr int64_t kAhead = 60'000'000;  // microseconds that the database's clock may be ahead of ours
  const Time until{token.ends_at.micros + kAhead};
  // Each sweeps a few of those that are over.
  return {db::query(kSweepTokens), db::query(kUseToken, digest_of(token), until)};
}

net::Task<Result<std::string>> add_proxy_ticket(db::Pool& pool, Shopper shopper) {
  auto keys = co_await identity::shop_keys(pool, shopper.tenant);
  if (!keys) co_return std::unexpected(keys.error());
  std::optional<db::Bytes> customer;
  if (shopper.customer) customer = keys->own.close(kTicketCustomer, shopper.tenant, *shopper.customer);
  const std::string ticket = random_secret();
  audit::Event event = audit::event_of("visit.ticket", "SHOPIFY");
  event.tenant = shopper.tenant;
  // Each sweeps a few of those that nobody used.
  std::vector<db::Query> changes{db::query(kSweepTickets), db::query(kAddTicket, identity::digest(ticket),
                                                                     shopper.tenant, customer, shopper.origin)};
  auto rows = co_await identity::configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return ticket;
}

std::unexpected<Error> no_ticket() {
  return fail(Code::unauthenticated, "This ticket was used or is too old; get a new one.", "ticket");
}

db::Query use_proxy_ticket(std::string_view ticket) { return db::query(kUseTicket, identity::digest(ticket)); }

net::Task<Result<Shopper>> find_proxy_ticket(db::Pool& pool, std::string ticket) {
  std::vector<db::Query> queries{db::query(kFindTicket, identity::digest(ticket))};
  auto rows = co_await identity::run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  const db::Rows& r = rows->at(0);
  if (r.empty()) co_return no_ticket();
  Shopper out;
  out.tenant = r.id<TenantId>(0, 0);
  out.shop = r.text(0, 1);
  auto keys = co_await identity::shop_keys(pool, out.tenant);
  if (!keys) co_return std::unexpected(keys.error());
  if (!r.null(0, 2)) out.customer = keys->own.open(kTicketCustomer, out.tenant.value, r.text(0, 2));
  out.origin = r.text(0, 3);
  co_return out;
}

}  // namespace cordon::shopify
