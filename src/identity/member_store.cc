#include "identity/member_store.h"

#include "base/random.h"
#include "db/page.h"
#include "identity/identity.h"

namespace cordon::identity {

namespace {

// $1 tenant, $2 after, $3 limit
constexpr db::Statement kList{"member.list", R"(
  SELECT subject_id, name, email, role FROM identity.member
   WHERE tenant_id = $1::uuid AND subject_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
   ORDER BY subject_id LIMIT $3::integer)"};
constexpr db::Statement kAdd{
    "member.add",
    "INSERT INTO identity.member (tenant_id, subject_id, name, email, role) VALUES ($1::uuid, $2::uuid, $3::bytea, "
    "$4::bytea, "
    "$5)"};
constexpr db::Statement kEndSessions{"member.end_sessions", "SELECT identity.end_sessions($1::uuid, $2::uuid)"};
constexpr db::Statement kRole{"member.role",
                              "SELECT role FROM identity.member WHERE tenant_id = $1::uuid AND subject_id = $2::uuid"};
constexpr db::Statement kLetGo{"member.let_go", "SELECT identity.let_go($1::uuid, $2::uuid)"};

Member read_member(const db::Rows& r, int i, const keys::DataKey& key) {
  Member m;
  m.subject_id = r.id<SubjectId>(i, 0);
  m.name = key.open(kMemberName, m.subject_id.value, r.text(i, 1));
  if (!r.null(i, 2)) m.email = key.open(kMemberEmail, m.subject_id.value, r.text(i, 2));
  m.role = r.text(i, 3);
  return m;
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
                                 add_one_use(link, "sign-in", tenant, member.subject_id, std::nullopt, seconds)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  co_return link;
}

net::Task<Result<Done>> remove_member(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject) {
  std::vector<db::Query> asks{db::query(kRole, tenant, subject)};
  auto had = co_await run(pool, std::move(asks));
  if (!had) co_return std::unexpected(had.error());
  if (had->at(0).empty()) co_return fail(Code::not_found, "There is nothing at this address.");
  event.detail = audit::Detail({{"member", to_string(subject)}}).changed("role", had->at(0).text(0, 0), nullptr).text();
  std::vector<db::Query> changes{db::query(kLetGo, tenant, subject)};
  auto rows = co_await configure(pool, std::move(event), std::move(changes));
  if (rows) co_return Done{};
  if (rows.error().code == Code::not_found) co_return fail(Code::not_found, "There is nothing at this address.");
  if (rows.error().code == Code::conflict)
    co_return fail(Code::conflict, "The shop's last owner stays; make somebody else one first.");
  co_return std::unexpected(rows.error());
}

}  // namespace cordon::identity
