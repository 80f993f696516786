#include "identity/member_store.h"

#include "base/random.h"
#include "base/utf8.h"
#include "db/page.h"
#include "identity/identity.h"

namespace cordon::identity {

namespace {

// $1 tenant, $2 after, $3 limit
constexpr db::Statement kList{"member.list", R"(
  SELECT m.subject_id, m.name, m.email, m.role,
         EXISTS (SELECT FROM shopify.person p WHERE p.tenant_id = m.tenant_id AND p.subject_id = m.subject_id),
         (SELECT max(s.opened_at) FROM identity.session s
           WHERE s.tenant_id = m.tenant_id AND s.subject_id = m.subject_id AND s.expires_at > now())
    FROM identity.member m
   WHERE m.tenant_id = $1::uuid AND m.subject_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
   ORDER BY m.subject_id LIMIT $3::integer)"};
constexpr db::Statement kAdd{
    "member.add",
    "INSERT INTO identity.member (tenant_id, subject_id, name, email, role) VALUES ($1::uuid, $2::uuid, $3::bytea, "
    "$4::bytea, "
    "$5)"};
constexpr db::Statement kEndSessions{"member.end_sessions", "SELECT identity.end_sessions($1::uuid, $2::uuid)"};
constexpr db::Statement kFind{
    "member.find", "SELECT role, email FROM identity.member WHERE tenant_id = $1::uuid AND subject_id = $2::uuid"};
// Locks the member as well: of two links that are made at once, the second is made after the first.
constexpr db::Statement kIndexEmail{
    "member.index_email",
    "UPDATE identity.member SET email_index = $3::bytea WHERE tenant_id = $1::uuid AND subject_id = $2::uuid"};
constexpr db::Statement kForgetLinks{
    "member.forget_links",
    "DELETE FROM identity.one_use WHERE tenant_id = $1::uuid AND subject_id = $2::uuid AND purpose = 'sign-in'"};
// Of two with the same address, the one who came last.
constexpr db::Statement kFindByEmail{"member.find_by_email", R"(
  SELECT m.subject_id FROM identity.member m
   WHERE m.tenant_id = $1::uuid AND m.email_index = $2::bytea
     AND NOT EXISTS (SELECT FROM shopify.person p WHERE p.tenant_id = m.tenant_id AND p.subject_id = m.subject_id)
   ORDER BY m.subject_id DESC LIMIT 1)"};
constexpr db::Statement kChangeRole{"member.change_role", "SELECT identity.change_role($1::uuid, $2::uuid, $3)"};
constexpr db::Statement kLetGo{"member.let_go", "SELECT identity.let_go($1::uuid, $2::uuid)"};

Member read_member(const db::Rows& r, int i, const keys::DataKey& key) {
  Member m;
  m.subject_id = r.id<SubjectId>(i, 0);
  m.name = key.open(kMemberName, m.subject_id.value, r.text(i, 1));
  if (!r.null(i, 2)) m.email = key.open(kMemberEmail, m.subject_id.value, r.text(i, 2));
  m.role = r.text(i, 3);
  if (r.boolean(i, 4)) m.means = "shopify";
  m.signed_in_at = r.maybe_time(i, 5);
  return m;
}

std::unexpected<Error> no_such_member() { return fail(Code::not_found, "There is nothing at this address."); }

/// What went wrong with a change that has to leave the shop an owner.
std::unexpected<Error> refused(const Error& error) {
  if (error.code == Code::not_found) return no_such_member();
  if (error.code == Code::conflict)
    return fail(Code::conflict, "The shop's last owner stays; make somebody else one first.");
  return std::unexpected(error);
}

db::Query index_email(TenantId tenant, SubjectId subject, const std::optional<std::string>& email,
                      const keys::DataKey& key) {
  std::optional<db::Bytes> index;
  if (email) index = key.index(kMemberEmail, lower_case(*email));
  return db::query(kIndexEmail, tenant, subject, index);
}

}  // namespace

db::Query add_member(TenantId tenant, const Member& m, const keys::DataKey& key) {
  std::optional<db::Bytes> email;
  if (m.email) email = key.close(kMemberEmail, m.subject_id, *m.email);
  return db::query(kAdd, tenant, m.subject_id, key.close(kMemberName, m.subject_id, m.name), email, m.role);
}

db::Query end_sessions(TenantId tenant, SubjectId subject) { return db::query(kEndSessions, tenant, subject); }

net::Task<Result<Page<Member>>> list_members(db::Pool& pool, TenantId tenant, std::optional<SubjectId> after,
                                             int64_t limit) {
  std::vector<db::Query> queries{db::query(kList, tenant, after, limit + 1)};
  auto rows = co_await run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  const auto read = [&](const db::Rows& r, int i) { return read_member(r, i, keys->own); };
  co_return db::page_of(rows->at(0), limit, read, [](const Member& last) { return to_string(last.subject_id); });
}

net::Task<Result<std::string>> invite_member(db::Pool& pool, audit::Event event, TenantId tenant, Member member,
                                             int seconds) {
  auto keys = co_await shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  const std::string link = random_secret();
  std::vector<db::Query> changes{add_member(tenant, member, keys->own),
                                 index_email(tenant, member.subject_id, member.email, keys->index),
                                 add_one_use(link, "sign-in", tenant, member.subject_id, std::nullopt, seconds)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return link;
}

net::Task<Result<std::string>> renew_link(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject,
                                          int seconds) {
  std::vector<db::Query> asks{db::query(kFind, tenant, subject)};
  auto found = co_await run(pool, std::move(asks));
  if (!found) co_return std::unexpected(found.error());
  const db::Rows& r = found->at(0);
  if (r.empty()) co_return no_such_member();
  auto keys = co_await shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  std::optional<std::string> email;
  if (!r.null(0, 1)) email = keys->own.open(kMemberEmail, subject.value, r.text(0, 1));
  event.detail = audit::Detail({{"member", to_string(subject)}}).text();
  const std::string link = random_secret();
  std::vector<db::Query> changes{index_email(tenant, subject, email, keys->index),
                                 db::query(kForgetLinks, tenant, subject),
                                 add_one_use(link, "sign-in", tenant, subject, std::nullopt, seconds)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return link;
}

net::Task<Result<std::optional<std::string>>> add_mailed_link(db::Pool& pool, audit::Event event, TenantId tenant,
                                                              std::string email, int seconds) {
  auto keys = co_await shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  std::vector<db::Query> asks{db::query(kFindByEmail, tenant, keys->index.index(kMemberEmail, email))};
  auto found = co_await run(pool, std::move(asks));
  if (!found) co_return std::unexpected(found.error());
  std::optional<std::string> link;
  if (found->at(0).empty()) co_return link;
  const auto subject = found->at(0).id<SubjectId>(0, 0);
  link = random_secret();
  event.tenant = tenant;
  event.detail = audit::Detail({{"member", to_string(subject)}, {"mailed", true}}).text();
  // Those of before stay: strangers who ask for mail must not void an invitation.
  std::vector<db::Query> changes{add_one_use(*link, "sign-in", tenant, subject, std::nullopt, seconds)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return link;
}

net::Task<Result<Done>> change_role(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject,
                                    std::string role) {
  std::vector<db::Query> asks{db::query(kFind, tenant, subject)};
  auto had = co_await run(pool, std::move(asks));
  if (!had) co_return std::unexpected(had.error());
  if (had->at(0).empty()) co_return no_such_member();
  const std::string before(had->at(0).text(0, 0));
  if (before == role) co_return Done{};
  event.detail = audit::Detail({{"member", to_string(subject)}}).changed("role", before, role).text();
  std::vector<db::Query> changes{db::query(kChangeRole, tenant, subject, role)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return refused(rows.error());
  co_return Done{};
}

net::Task<Result<Done>> remove_member(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject) {
  std::vector<db::Query> asks{db::query(kFind, tenant, subject)};
  auto had = co_await run(pool, std::move(asks));
  if (!had) co_return std::unexpected(had.error());
  if (had->at(0).empty()) co_return no_such_member();
  event.detail = audit::Detail({{"member", to_string(subject)}}).changed("role", had->at(0).text(0, 0), nullptr).text();
  std::vector<db::Query> changes{db::query(kLetGo, tenant, subject)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return refused(rows.error());
  co_return Done{};
}

}  // namespace cordon::identity
