#include <map>

#include "audit/row_counts.h"

namespace cordon::audit {

namespace {

constexpr db::Statement kSeen{"row_counts.seen", "SELECT statement, rows, since, variants FROM audit.rows_seen()"};
constexpr db::Statement kNoHurry{"row_counts.no_hurry", "SELECT set_config('statement_timeout', '30min', true)"};
constexpr db::Statement kRecorded{
    "row_counts.recorded", "SELECT statement, coalesce(rows, 0), certain FROM audit.rows_recorded($1::timestamptz)"};

/// Seals, wrapped keys, events themselves and what resets a connection: no tenant's data, and in no event.
bool reads_no_data(std::string_view statement) {
  for (const std::string_view one : {"scope.enter", "scope.knock", "key.tenant_keys", "key.data_keys",
                                     "key.add_data_keys", "event.append", "connection.reset"})
    if (statement == one) return true;
  return false;
}

net::Task<Result<db::Rows>> ask(db::Pool& pool, db::Query query) {
  // Since PostgreSQL began to count there may be many millions of events.
  std::vector<db::Query> queries{db::query(kNoHurry)};
  queries.push_back(std::move(query));
  auto rows = co_await pool.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return std::move(rows->back());
}

}  // namespace

net::Task<Result<RowCounts>> compare_rows(db::Pool& identities, std::chrono::milliseconds settle) {
  auto seen = co_await ask(identities, db::query(kSeen));
  if (!seen && seen.error().code == Code::not_found)
    co_return fail(Code::not_found,
                   "PostgreSQL does not count statements here: load pg_stat_statements, and create it in the "
                   "schema `statements`.");
  if (!seen) co_return std::unexpected(seen.error());
  RowCounts out;
  if (seen->empty()) co_return out;
  out.since = seen->time(0, 2);
  co_await net::sleep(settle);
  auto recorded = co_await ask(identities, db::query(kRecorded, out.since));
  if (!recorded) co_return std::unexpected(recorded.error());
  std::map<std::string, std::optional<int64_t>, std::less<>> told;
  for (int i = 0; i < recorded->size(); ++i)
    told[std::string(recorded->text(i, 0))] =
        recorded->boolean(i, 2) ? std::optional(recorded->integer(i, 1)) : std::nullopt;
  for (int i = 0; i < seen->size(); ++i) {
    const std::string statement(seen->text(i, 0));
    const int64_t rows = seen->integer(i, 1), variants = seen->integer(i, 3);
    if (rows == 0) continue;
    const auto found = told.find(statement);
    // A change's own rows are not known when its event is written: of what is named so, the name alone is looked at.
    const bool uncounted = reads_no_data(statement) || (found != told.end() && !found->second);
    const int64_t known = uncounted ? rows : found == told.end() ? 0 : *found->second;
    if (!uncounted) ++out.statements;
    if (rows > known || variants > 1) out.excessive.push_back({statement, rows, known, variants});
  }
  co_return out;
}

}  // namespace cordon::audit
