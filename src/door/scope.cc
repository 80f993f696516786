#include "door/scope.h"

#include "base/random.h"

namespace cordon::door {

static constexpr db::Statement kEnter{"scope.enter", "SELECT door.enter($1)"};
static constexpr db::Statement kKnock{"scope.knock", "SELECT tenant_id, subject_id, session_id FROM door.knock($1)"};

/// Each parameter behind its length, so that no two lists of them are alike.
Ran ran_of(const db::Query& query) {
  std::string all;
  for (const db::Param& param : query.params) {
    all += param ? std::to_string(param->size()) : "null";
    all += ':';
    if (param) all += *param;
  }
  return {query.statement, sha256(all), std::nullopt};
}

std::function<void(const Pass&, std::vector<Ran>)>& Scope::on_untold() {
  static thread_local std::function<void(const Pass&, std::vector<Ran>)> untold;
  return untold;
}

Scope::~Scope() {
  if (!ran_.empty() && on_untold()) on_untold()(*pass_, std::move(ran_));
}

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
  auto rows = co_await read(std::move(queries));
  if (!rows) co_return std::unexpected(std::move(rows.error()));
  co_return std::move(rows->front());
}

net::Task<Result<std::vector<db::Rows>>> Scope::read(std::vector<db::Query> queries) {
  std::vector<Ran> asked;
  for (const db::Query& query : queries) asked.push_back(ran_of(query));
  auto rows = co_await transact(std::move(queries), db::Access::read);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  for (size_t i = 0; i < asked.size(); ++i) asked[i].rows = rows->at(i).size();
  ran_.insert(ran_.end(), asked.begin(), asked.end());
  co_return std::move(*rows);
}

net::Task<std::expected<std::vector<db::Rows>, db::Refusal>> Scope::change(std::vector<db::Query> queries) {
  const size_t wanted = queries.size();
  std::vector<Ran> all = ran_;
  for (const db::Query& query : queries) all.push_back(ran_of(query));
  if (with_change) {
    auto also = co_await with_change(all, detail);
    if (!also) co_return std::unexpected(db::Refusal{also.error(), {}});
    for (db::Query& query : *also) queries.push_back(std::move(query));
  }
  auto rows = co_await transact(std::move(queries), db::Access::change);
  if (!rows) co_return rows;
  const bool told = rows->size() > wanted && rows->back().affected() > 0;
  in_vain_ = in_vain_ || (with_change && !told);
  changed_ = changed_ || told || !with_change;
  detail.clear();
  if (told) ran_.clear();
  else ran_ = std::move(all);
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
  std::vector<db::Query> queries{db::query(kKnock, wanted)};
  auto rows = co_await transact(std::move(queries), db::Access::read);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  const db::Rows& whose = rows->front();
  const bool own = whose.id<TenantId>(0, 0) == pass_->tenant && whose.id<SubjectId>(0, 1) == pass_->subject &&
                   whose.id<SessionId>(0, 2) == pass_->session;
  if (!own) co_return fail(Code::unauthenticated, "The access token does not hold; get a new one.");
  co_return Done{};
}

}  // namespace cordon::door
