#include "keys/closed_table.h"

#include "keys/keyring.h"

namespace cordon::keys {

namespace {

constexpr int kFirstColumn = 4;

/// What one step writes: for each field what was there, and what comes there.
struct Changes {
  explicit Changes(size_t fields) : was(fields), is(fields) {}
  std::vector<Uuid> ids;
  std::vector<std::string> numbers;
  std::vector<std::vector<db::Bytes>> was, is;
};

/// Adds a row if one of its values changes.
void add(Changes& changes, const db::Rows& rows, int i, const ClosedTable& table, const DataKey& key,
         const Reclose& reclose) {
  const Uuid row = rows.uuid(i, 2);
  std::vector<db::Bytes> was, is;
  bool any = false;
  for (size_t f = 0; f < table.fields.size(); ++f) {
    const int column = kFirstColumn + static_cast<int>(f);
    db::Bytes old{std::string(rows.text(i, column))};
    std::optional<db::Bytes> fresh;
    if (!old.value.empty()) fresh = reclose(key, table.fields[f], row, old.value);
    any = any || fresh;
    is.push_back(fresh ? std::move(*fresh) : old);
    was.push_back(std::move(old));
  }
  if (!any) return;
  changes.ids.push_back(rows.uuid(i, 0));
  changes.numbers.push_back(std::to_string(rows.integer(i, 1)));
  for (size_t f = 0; f < table.fields.size(); ++f) {
    changes.was[f].push_back(std::move(was[f]));
    changes.is[f].push_back(std::move(is[f]));
  }
}

/// One of a table's statements, with what the way puts before its parameters.
template <class... Values>
std::vector<db::Query> asking(const Way& way, const db::Statement& statement, const Values&... values) {
  std::vector<db::Query> queries{db::query(statement, values...)};
  auto& params = queries.front().params;
  params.insert(params.begin(), way.first.begin(), way.first.end());
  return queries;
}

/// Not in the lambda: a coroutine does not own what the lambda that it was captured.
net::Task<Result<std::vector<db::Rows>>> change_under_seal(door::Scope& scope, std::vector<db::Query> queries) {
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return std::move(*rows);
}

}  // namespace

Way by_seal(door::Scope& scope) {
  return {[&scope](std::vector<db::Query> queries) { return scope.read(std::move(queries)); },
          [&scope](std::vector<db::Query> queries) { return change_under_seal(scope, std::move(queries)); },
          [&scope](std::vector<Uuid> subjects) { return find_keys(scope, std::move(subjects)); },
          {}};
}

Way by_login(const Transact& identity, TenantId tenant) {
  const auto find = [identity, tenant](std::vector<Uuid> subjects) {
    return Keyring::current().find(identity, tenant, std::move(subjects));
  };
  return {identity, identity, find, {db::param(tenant)}};
}

net::Task<Result<Walked>> walk(const Way& way, const ClosedTable& table, Place place, int64_t limit,
                               const Reclose& reclose) {
  std::vector<db::Query> reads = asking(way, *table.read, place.id, place.number, limit);
  auto read = co_await way.read(std::move(reads));
  if (!read) co_return std::unexpected(read.error());
  const db::Rows& rows = read->front();
  std::vector<Uuid> subjects;
  for (int i = 0; i < rows.size(); ++i) subjects.push_back(rows.uuid(i, 3));
  auto keys = co_await way.find_keys(std::move(subjects));
  if (!keys) co_return std::unexpected(keys.error());
  Changes changes(table.fields.size());
  Walked walked{place, rows.size(), 0, rows.size() < limit};
  for (int i = 0; i < rows.size(); ++i) {
    // A subject whose key has been destroyed keeps what nobody can open.
    if (keys->has(rows.uuid(i, 3))) add(changes, rows, i, table, keys->of(rows.uuid(i, 3)), reclose);
    walked.place = {rows.uuid(i, 0), rows.integer(i, 1)};
  }
  walked.changed = static_cast<int64_t>(changes.ids.size());
  if (changes.ids.empty()) co_return walked;
  std::vector<db::Query> writes = asking(way, *table.write, changes.ids, changes.numbers);
  for (size_t f = 0; f < table.fields.size(); ++f) {
    writes.front().params.push_back(db::param(changes.was[f]));
    writes.front().params.push_back(db::param(changes.is[f]));
  }
  auto written = co_await way.change(std::move(writes));
  if (!written) co_return std::unexpected(written.error());
  co_return walked;
}

std::optional<db::Bytes> with_newest(const DataKey& key, const Field& field, const Uuid& row, std::string_view value) {
  if (!key.is_old(value)) return std::nullopt;
  return key.close(field, row, key.open(field, row, value));
}

}  // namespace cordon::keys
