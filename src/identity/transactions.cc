#include "identity/transactions.h"

#include "audit/closing.h"
#include "audit/this_call.h"
#include "base/random.h"

namespace cordon::identity {

net::Task<Result<std::vector<db::Rows>>> run(db::Pool& pool, std::vector<db::Query> queries) {
  auto rows = co_await pool.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  auto* call = co_await net::errand<audit::ThisCall>();
  if (call) call->tell(queries, *rows);
  co_return std::move(*rows);
}

net::Task<Result<std::vector<db::Rows>>> configure(db::Pool& pool, audit::Event event, std::vector<db::Query> changes) {
  auto* call = co_await net::errand<audit::ThisCall>();
  if (call) call->complete(event);
  const size_t wanted = changes.size();
  auto closed = co_await audit::close(keys::as_identity(pool), std::move(event));
  if (!closed) co_return std::unexpected(closed.error());
  changes.push_back(audit::append(*closed));
  auto rows = co_await pool.transact(TenantId{}, changes);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  if (call) call->committed(closed->event());
  rows->resize(wanted);
  co_return std::move(*rows);
}

db::Param digest(std::string_view secret) {
  const auto sum = sha256(secret);
  return db::bytes({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

}  // namespace cordon::identity
