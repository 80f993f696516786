#include "identity/transactions.h"

#include "audit/closing.h"
#include "base/random.h"

namespace cordon::identity {

net::Task<Result<std::vector<db::Rows>>> run(db::Pool& pool, std::vector<db::Query> queries) {
  auto rows = co_await pool.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(std::move(rows.error().error));
  co_return std::move(*rows);
}

net::Task<Result<std::vector<db::Rows>>> configure(db::Pool& pool, audit::Event event, std::vector<db::Query> changes) {
  const size_t wanted = changes.size();
  auto closed = co_await audit::close(keys::as_identity(pool), std::move(event));
  if (!closed) co_return std::unexpected(closed.error());
  changes.push_back(audit::append(*closed));
  auto rows = co_await run(pool, std::move(changes));
  if (rows) rows->resize(wanted);
  co_return rows;
}

db::Param digest(std::string_view secret) {
  const auto sum = sha256(secret);
  return db::bytes({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

}  // namespace cordon::identity
