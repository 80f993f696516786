#include "door/scope.h"

namespace cordon::door {

static constexpr db::Statement kEnter{"scope.enter", "SELECT door.enter($1)"};
static constexpr db::Statement kKnock{"scope.knock", "SELECT tenant_id, subject_id, session_id FROM door.knock($1)"};

net::Task<std::expected<std::vector<db::Rows>, db::Refusal>> Scope::transact(std::vector<db::Query> queries,
                                                                             db::Access access) {
  queries.insert(queries.begin(), db::query(kEnter, pass_->seal.hex()));
  auto rows = co_await pool_.transact(pass_->tenant, queries, access);
  if (rows) {
    asked_ = true;
    rows->erase(rows->begin());
  }
  co_return rows;
}

net::Task<Result<db::Rows>> Scope::read(db::Query query) {
  std::vector<db::Query> queries;
  queries.reserve(2);
  queries.push_back(std::move(query));
  auto rows = co_await transact(std::move(queries), db::Access::read);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  co_return std::move(rows->front());
}

net::Task<Result<std::vector<db::Rows>>> Scope::read(std::vector<db::Query> queries) {
  auto rows = co_await transact(std::move(queries), db::Access::read);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  co_return std::move(*rows);
}

net::Task<std::expected<std::vector<db::Rows>, db::Refusal>> Scope::change(std::vector<db::Query> queries) {
  const size_t wanted = queries.size();
  if (with_change)
    for (db::Query& also : with_change()) queries.push_back(std::move(also));
  auto rows = co_await transact(std::move(queries), db::Access::change);
  if (!rows) co_return rows;
  changed_ = true;
  rows->resize(wanted);
  co_return rows;
}

net::Task<Result<std::vector<db::Rows>>> Scope::keep(std::vector<db::Query> queries) {
  auto rows = co_await transact(std::move(queries), db::Access::change);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  co_return std::move(*rows);
}

net::Task<Result<Done>> Scope::knock(std::string_view permission) {
  const db::Param wanted = permission.empty() ? std::nullopt : db::param(permission);
  auto whose = co_await read(db::query(kKnock, wanted));
  if (!whose) co_return std::unexpected(whose.error());
  const bool own = whose->id<TenantId>(0, 0) == pass_->tenant && whose->id<SubjectId>(0, 1) == pass_->subject &&
                   whose->id<SessionId>(0, 2) == pass_->session;
  if (!own) co_return fail(Code::unauthenticated, "The access token does not hold; get a new one.");
  co_return Done{};
}

}  // namespace cordon::door
