#include "audit/let_go_store.h"

namespace cordon::audit {

namespace {

#define THIS_LOG "log_id = (SELECT l.log_id FROM audit.log l)"
#define PARTS "SELECT statement, kind, bundle, bitmap FROM audit.let_go WHERE " THIS_LOG

constexpr db::Statement kIsDue{"let_go.is_due", "SELECT let_go_due <= now() FROM audit.log"};
constexpr db::Statement kNow{"let_go.now", "SELECT now(), size FROM audit.log"};
constexpr db::Statement kNewest{
    "let_go.newest", "SELECT number, note FROM audit.let_go_statement WHERE " THIS_LOG " ORDER BY number DESC LIMIT 1"};
constexpr db::Statement kReach{"let_go.reach", R"(
  SELECT k.kind, k.days, coalesce(r.bundle, 0)
    FROM audit.kind k LEFT JOIN audit.let_go_reach r ON r.kind = k.kind AND r.log_id = (SELECT l.log_id FROM audit.log l)
   ORDER BY k.kind)"};
constexpr db::Statement kDue{"let_go.due", R"(
  SELECT d.bundle, d.bitmap, d.waits FROM audit.due($1, $2::timestamptz, $3::bigint, $4::integer) AS d)"};
constexpr db::Statement kLetGo{"let_go.let_go", R"(
  SELECT audit.let_go($1::timestamptz, $2::integer, $3::bigint, $4, $5::text[], $6::bigint[], $7::bytea[]))"};
constexpr db::Statement kDrop{"let_go.drop", "SELECT audit.drop_empty_partition()"};
constexpr db::Statement kStatements{"let_go.statements",
                                    "SELECT number, note FROM audit.let_go_statement WHERE " THIS_LOG
                                    " AND number >= $1::bigint ORDER BY number LIMIT $2::integer"};
constexpr db::Statement kPartsOf{
    "let_go.parts_of", PARTS " AND statement BETWEEN $1::bigint AND $2::bigint ORDER BY statement, kind, bundle"};
constexpr db::Statement kPartsIn{
    "let_go.parts_in", PARTS " AND bundle >= $1::bigint AND bundle < $1::bigint + $2::bigint ORDER BY statement"};
constexpr db::Statement kHold{"let_go.hold", "INSERT INTO audit.hold (tenant_id, why) VALUES ($1::uuid, $2)"};
constexpr db::Statement kRelease{"let_go.release", "SELECT audit.release($1::uuid)"};
constexpr db::Statement kAsk{"let_go.ask", "UPDATE audit.log SET let_go_due = now()"};
constexpr db::Statement kHolds{"let_go.holds",
                               "SELECT tenant_id, why, since FROM audit.hold WHERE released_at IS NULL ORDER BY since"};

uint64_t number(const db::Rows& rows, int row, int column) { return static_cast<uint64_t>(rows.integer(row, column)); }

}  // namespace

net::Task<Result<db::Rows>> LetGoStore::one(db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return std::move(rows->front());
}

net::Task<Result<bool>> LetGoStore::is_due() {
  auto rows = co_await one(db::query(kIsDue));
  if (!rows) co_return std::unexpected(rows.error());
  co_return !rows->empty() && rows->boolean(0, 0);
}

net::Task<Result<LetGoState>> LetGoStore::state() {
  std::vector<db::Query> queries{db::query(kNow), db::query(kNewest), db::query(kReach)};
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->front().empty())
    co_return fail(Code::not_found, "There is no audit log yet; it begins when a server starts.");
  const db::Rows &newest = rows->at(1), &kinds = rows->at(2);
  LetGoState out;
  out.as_of = rows->front().time(0, 0);
  out.size = number(rows->front(), 0, 1);
  if (!newest.empty()) {
    out.number = number(newest, 0, 0);
    out.note = newest.text(0, 1);
  }
  for (int i = 0; i < kinds.size(); ++i)
    out.kinds.push_back({std::string(kinds.text(i, 0)), kinds.integer(i, 1), number(kinds, i, 2)});
  co_return out;
}

net::Task<Result<std::vector<Due>>> LetGoStore::due(Time as_of, std::vector<Reach> kinds, int64_t most) {
  std::vector<db::Query> queries;
  for (const Reach& reach : kinds)
    queries.push_back(db::query(kDue, reach.kind, as_of, static_cast<int64_t>(reach.bundle), most));
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<Due> out(kinds.size());
  for (size_t i = 0; i < kinds.size(); ++i)
    for (int row = 0; row < rows->at(i).size(); ++row) {
      const db::Rows& due = rows->at(i);
      if (!due.null(row, 1))
        out[i].parts.push_back({kinds[i].kind, number(due, row, 0), std::string(due.text(row, 1))});
      out[i].waits = out[i].waits || due.boolean(row, 2);
    }
  co_return out;
}

net::Task<Result<bool>> LetGoStore::let_go(Time as_of, int64_t most, SignedLetGo statement,
                                           std::vector<LetGoPart> parts, std::optional<ClosedEvent> event) {
  std::vector<std::string> kinds, bundles;
  std::vector<db::Bytes> bitmaps;
  for (const LetGoPart& part : parts) {
    kinds.push_back(part.kind);
    bundles.push_back(std::to_string(part.bundle));
    bitmaps.push_back({part.bitmap});
  }
  std::vector<db::Query> queries;
  queries.push_back(
      db::query(kLetGo, as_of, most, static_cast<int64_t>(statement.number), statement.note, kinds, bundles, bitmaps));
  if (event) queries.push_back(append(*event));
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->front().boolean(0, 0);
}

net::Task<Result<std::string>> LetGoStore::drop_empty_partition() {
  auto rows = co_await one(db::query(kDrop));
  if (!rows) co_return std::unexpected(rows.error());
  co_return std::string(rows->text(0, 0));
}

net::Task<Result<std::string>> LetGoStore::statement(uint64_t number) {
  auto found = co_await statements(number, 1);
  if (!found) co_return std::unexpected(found.error());
  if (found->empty() || found->front().number != number)
    co_return fail(Code::not_found, "There is no such statement of what was let go.");
  co_return std::move(found->front().note);
}

net::Task<Result<std::vector<SignedLetGo>>> LetGoStore::statements(uint64_t first, int64_t most) {
  auto rows = co_await one(db::query(kStatements, static_cast<int64_t>(first), most));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<SignedLetGo> out;
  for (int i = 0; i < rows->size(); ++i) out.push_back({number(*rows, i, 0), std::string(rows->text(i, 1))});
  co_return out;
}

net::Task<Result<std::vector<StatedPart>>> LetGoStore::parts(db::Query query) {
  auto rows = co_await one(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<StatedPart> out(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    StatedPart& part = out[static_cast<size_t>(i)];
    part.statement = number(*rows, i, 0);
    part.kind = rows->text(i, 1);
    part.bundle = number(*rows, i, 2);
    part.bitmap = rows->text(i, 3);
  }
  co_return out;
}

net::Task<Result<std::vector<StatedPart>>> LetGoStore::parts_of(uint64_t first, uint64_t last) {
  co_return co_await parts(db::query(kPartsOf, static_cast<int64_t>(first), static_cast<int64_t>(last)));
}

net::Task<Result<std::vector<StatedPart>>> LetGoStore::parts_in(uint64_t first, int64_t most) {
  co_return co_await parts(db::query(kPartsIn, static_cast<int64_t>(first), most));
}

db::Query hold(std::optional<TenantId> tenant, const std::string& why) { return db::query(kHold, tenant, why); }
db::Query release(std::optional<TenantId> tenant) { return db::query(kRelease, tenant); }
db::Query ask_to_let_go() { return db::query(kAsk); }

net::Task<Result<std::vector<Hold>>> holds(db::Pool& identities) {
  std::vector<db::Query> queries;
  queries.push_back(db::query(kHolds));
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  const db::Rows& found = rows->front();
  std::vector<Hold> out;
  for (int i = 0; i < found.size(); ++i)
    out.push_back({found.maybe_id<TenantId>(i, 0), std::string(found.text(i, 1)), found.time(i, 2)});
  co_return out;
}

}  // namespace cordon::audit
