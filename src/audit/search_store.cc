#include "audit/search.h"

#include <charconv>

#include "audit/this_call.h"
#include "base/random.h"
#include "db/page.h"

namespace cordon::audit {

namespace {

#define COLUMNS                                                                                                   \
  "e.event_id, e.at, e.tenant_id, e.subject_id, e.session_id, e.role, e.action, e.resource, e.method, e.status, " \
  "e.code, e.rows_out, e.bytes_out, e.request_id, e.address, e.agent, e.purpose, e.trace, e.queries, e.detail, "  \
  "e.salt"
#define MATCHING "($1::uuid, $2::uuid, $3, $4, $5::integer, $6, $7::bytea, $8::uuid, $9::uuid, $10::integer) e"
constexpr db::Statement kOwn{"search.own", "SELECT " COLUMNS " FROM audit.search" MATCHING};
constexpr db::Statement kOwnOne{
    "search.own_one", "SELECT " COLUMNS " FROM audit.event e WHERE e.tenant_id = $1::uuid AND e.event_id = $2::uuid"};
constexpr db::Statement kAll{"search.all", "SELECT " COLUMNS ", e.xid::text::bigint FROM audit.find" MATCHING};

// By the table itself, and not by a function that whoever changed an event may have changed too. Transactions are
// counted further than a bigint goes, if somebody says so.
constexpr db::Statement kStanding{
    "search.standing",
    "SELECT " COLUMNS R"(, e.xid::text, e.xid >= (SELECT pg_snapshot_xmax(pg_current_snapshot())), e.address_index
    FROM audit.event e
   WHERE e.xid >= $1::xid8 AND (e.xid, e.event_id) > ($1::xid8, $2::uuid)
   ORDER BY e.xid, e.event_id FETCH FIRST ($3::integer) ROWS WITH TIES)"};

constexpr int kXid = 21;  // behind the columns of a record, in kAll and kStanding

EventRecord read_event(const db::Rows& r, int i) {
  EventRecord e;
  e.event_id = r.id<EventId>(i, 0);
  e.at = r.time(i, 1);
  e.tenant_id = r.maybe_id<TenantId>(i, 2);
  e.subject_id = r.maybe_id<SubjectId>(i, 3);
  e.session_id = r.maybe_id<SessionId>(i, 4);
  e.role = r.text(i, 5);
  e.action = r.text(i, 6);
  e.resource = r.text(i, 7);
  e.method = r.text(i, 8);
  e.status = r.integer(i, 9);
  e.code = r.text(i, 10);
  e.rows_out = r.integer(i, 11);
  e.bytes_out = r.integer(i, 12);
  e.request_id = r.id<RequestId>(i, 13);
  e.purpose = r.text(i, 16);
  e.trace = r.text(i, 17);
  e.queries = r.text(i, 18);
  e.closed = {std::string(r.text(i, 14)), std::string(r.text(i, 15)), std::string(r.text(i, 19))};
  e.salt = r.uuid(i, 20);
  return e;
}

/// Ids in question: from the first on, up to the second.
std::pair<Uuid, Uuid> range_of(const EventQuery& query) {
  Uuid from, to;
  to.bytes.fill(0xFF);
  if (query.from) from = first_id(*query.from);
  if (query.to) to = first_id(*query.to);
  if (query.cursor) to = std::min(to, query.cursor->value);
  return {from, to};
}

int64_t limit_of(const EventQuery& query) { return query.limit ? query.limit->value : 50; }

template <class T>
db::Param param_of(const std::optional<T>& field) {
  return field ? db::param(field->value) : std::nullopt;
}

/// MATCHING, and one more than the page has: there is a next one then.
db::Query query_of(const db::Statement& statement, std::optional<TenantId> tenant, const EventQuery& in,
                   db::Param address) {
  const auto [from, to] = range_of(in);
  return {&statement,
          {db::param(tenant), db::param(in.subject_id), param_of(in.action), param_of(in.resource), param_of(in.status),
           param_of(in.code), std::move(address), db::param(from), db::param(to), db::param(limit_of(in) + 1)}};
}

Page<EventRecord> page_of(const db::Rows& rows, int64_t limit) {
  return db::page_of(rows, limit, read_event, [](const EventRecord& last) { return to_string(last.event_id); });
}

void put(std::string& out, int64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xFF);
}

/// One column as a record has it: its type's oid, its length, its bytes.
void put_column(std::string& out, int64_t oid, std::optional<std::string> bytes) {
  put(out, oid, 4);
  put(out, bytes ? static_cast<int64_t>(bytes->size()) : -1, 4);
  if (bytes) out += *bytes;
}

std::string raw(const Uuid& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }
std::string integer(int64_t value, int bytes) {
  std::string out;
  put(out, value, bytes);
  return out;
}

constexpr int64_t kUuid = 2950, kTimestamptz = 1184, kText = 25, kInteger = 23;  // pg_type.oid
constexpr int64_t kPostgresEpoch = 946'684'800'000'000;                          // 2000-01-01, microseconds

/// The blind index of the address that is asked for. One that no event can have, where the tenant has no key for it.
net::Task<Result<db::Param>> index_of(Opener& opener, std::optional<TenantId> tenant, const EventQuery& query) {
  if (!query.address) co_return db::Param();
  auto key = co_await opener.key(tenant);
  if (!key) co_return std::unexpected(key.error());
  if (!*key || !(*key)->closes()) co_return db::bytes("");
  co_return db::param((*key)->index(kAddress, query.address->value));
}

}  // namespace

Uuid first_id(Time time) {
  Uuid out;
  uint64_t ms = static_cast<uint64_t>(std::max<int64_t>(time.micros, 0)) / 1000;
  for (int i = 5; i >= 0; --i, ms >>= 8) out.bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(ms & 0xFF);
  return out;
}

net::Task<Result<Page<EventRecord>>> own_events(door::Scope& scope, Opener opener, EventQuery in) {
  auto index = co_await index_of(opener, scope.tenant(), in);
  if (!index) co_return std::unexpected(index.error());
  db::Query query = query_of(kOwn, scope.tenant(), in, std::move(*index));
  auto rows = co_await scope.read(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  auto page = page_of(*rows, limit_of(in));
  auto opened = co_await open(std::move(opener), page.items);
  if (!opened) co_return std::unexpected(opened.error());
  co_return page;
}

net::Task<Result<EventRecord>> own_event(door::Scope& scope, EventId id) {
  auto rows = co_await scope.read(db::query(kOwnOne, scope.tenant(), id));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return fail(Code::not_found, "There is no such event.");
  co_return read_event(*rows, 0);
}

net::Task<Result<Page<EventRecord>>> all_events(db::Pool& identities, Opener opener, std::optional<TenantId> tenant,
                                                EventQuery in) {
  auto index = co_await index_of(opener, tenant, in);
  if (!index) co_return std::unexpected(index.error());
  std::vector<db::Query> queries;
  queries.push_back(query_of(kAll, tenant, in, std::move(*index)));
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  auto* call = co_await net::errand<ThisCall>();
  if (call) call->tell(queries, *rows);
  auto page = page_of(rows->front(), limit_of(in));
  for (size_t i = 0; i < page.items.size(); ++i)
    page.items[i].xid = static_cast<uint64_t>(rows->front().integer(static_cast<int>(i), kXid));
  co_return page;
}

net::Task<Result<Page<EventRecord>>> opened_events(db::Pool& identities, Opener opener, std::optional<TenantId> tenant,
                                                   EventQuery query) {
  auto page = co_await all_events(identities, opener, tenant, std::move(query));
  if (!page) co_return page;
  auto opened = co_await open(std::move(opener), page->items);
  if (!opened) co_return std::unexpected(opened.error());
  co_return page;
}

net::Task<Result<std::vector<StandingEvent>>> standing_events(const Ask& identities, LogPlace after, int64_t most) {
  std::vector<db::Query> queries;
  queries.push_back(db::query(kStanding, std::to_string(after.xid), after.event, most));
  auto rows = co_await identities(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  const db::Rows& found = rows->front();
  std::vector<StandingEvent> out;
  for (int i = 0; i < found.size(); ++i) {
    StandingEvent one;
    one.event = read_event(found, i);
    const std::string_view xid = found.text(i, kXid);
    std::from_chars(xid.data(), xid.data() + xid.size(), one.event.xid);
    one.place = {one.event.xid, one.event.event_id.value};
    one.ahead = found.boolean(i, kXid + 1);
    one.address_index = found.text(i, kXid + 2);
    out.push_back(std::move(one));
  }
  co_return out;
}

net::Task<Result<Done>> open(Opener opener, std::vector<EventRecord>& events) {
  std::map<std::optional<TenantId>, std::optional<keys::DataKey>> keys;
  for (EventRecord& event : events) {
    auto found = keys.find(event.tenant_id);
    if (found == keys.end()) {
      auto key = co_await opener.key(event.tenant_id);
      if (!key) co_return std::unexpected(key.error());
      found = keys.emplace(event.tenant_id, std::move(*key)).first;
    }
    event.address = Opener::open(found->second, kAddress, event.event_id, event.closed.address);
    event.agent = Opener::open(found->second, kAgent, event.event_id, event.closed.agent);
    event.detail = Opener::open(found->second, kDetail, event.event_id, event.closed.detail);
  }
  co_return Done{};
}

Hash commitment_of(const EventRecord& e) {
  const auto id = [](const auto& maybe) { return maybe ? std::optional(raw(maybe->value)) : std::nullopt; };
  std::string out = raw(e.salt);
  put(out, 20, 4);
  put_column(out, kUuid, raw(e.event_id.value));
  put_column(out, kTimestamptz, integer(e.at.micros - kPostgresEpoch, 8));
  put_column(out, kUuid, id(e.tenant_id));
  put_column(out, kUuid, id(e.subject_id));
  put_column(out, kUuid, id(e.session_id));
  for (const std::string* text : {&e.role, &e.action, &e.resource, &e.method}) put_column(out, kText, *text);
  put_column(out, kInteger, integer(e.status, 4));
  put_column(out, kText, e.code);
  put_column(out, kInteger, integer(e.rows_out, 4));
  put_column(out, kInteger, integer(e.bytes_out, 4));
  put_column(out, kUuid, raw(e.request_id.value));
  for (const std::string* text :
       {&e.closed.address, &e.closed.agent, &e.purpose, &e.trace, &e.queries, &e.closed.detail})
    put_column(out, kText, *text);
  return sha256(out);
}

}  // namespace cordon::audit
