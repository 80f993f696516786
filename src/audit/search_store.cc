#include "audit/search.h"

#include "base/random.h"
#include "db/page.h"

namespace cordon::audit {

namespace {

#define COLUMNS                                                                                                   \
  "e.event_id, e.at, e.tenant_id, e.subject_id, e.session_id, e.role, e.action, e.resource, e.method, e.status, " \
  "e.code, e.rows_out, e.bytes_out, e.request_id, e.address, e.agent, e.purpose, e.trace, e.queries, e.detail, "  \
  "e.salt"
#define OWN(condition)                                                                                    \
  "SELECT " COLUMNS                                                                                       \
  " FROM audit.event e WHERE e.tenant_id = $1::uuid AND e.event_id >= $7::uuid AND e.event_id < $8::uuid" \
  " AND ($2::text IS NULL OR e.action = $2) AND ($3::text IS NULL OR starts_with(e.resource, $3))"        \
  " AND ($4::integer IS NULL OR e.status = $4::integer) AND ($5::text IS NULL OR e.code = $5)"            \
  " AND ($6::bytea IS NULL OR e.address_index = $6::bytea) " condition " ORDER BY e.event_id DESC LIMIT $9::integer"
// Planned once for all values (db/migrations/0001_logins.sql), so each index has a statement that says what it needs.
constexpr db::Statement kOwn{"search.own", OWN("")};
constexpr db::Statement kOwnOfSubject{"search.own_of_subject", OWN("AND e.subject_id = $10::uuid")};
constexpr db::Statement kOwnOfThing{"search.own_of_thing",
                                    OWN("AND e.resource COLLATE \"C\" >= $3 AND e.resource COLLATE \"C\" < $10::text")};
constexpr db::Statement kOwnOfAddress{"search.own_of_address", OWN("AND e.address_index = $6::bytea")};
constexpr db::Statement kOwnOfCode{"search.own_of_code", OWN("AND e.code = $5 AND e.code <> ''")};
constexpr db::Statement kOwnOfAction{"search.own_of_action", OWN("AND e.action = $2")};
constexpr db::Statement kOwnRefused{"search.own_refused", OWN("AND e.status = $4::integer AND e.status >= 400")};
constexpr db::Statement kOwnOne{
    "search.own_one", "SELECT " COLUMNS " FROM audit.event e WHERE e.tenant_id = $1::uuid AND e.event_id = $2::uuid"};
constexpr db::Statement kAll{"search.all", "SELECT " COLUMNS
                                           ", e.xid::text::bigint FROM audit.find($1::uuid, $2::uuid, $3, $4, "
                                           "$5::integer, $6, $7::bytea, $8::uuid, $9::uuid, $10::integer) e"};

constexpr int kXid = 21;  // behind the columns of a record, in kAll

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

/// Whether a path names one thing: a part of it is an id. (It is ASCII to its end, for text_after().)
bool names_a_thing(std::string_view path) {
  if (static_cast<uint8_t>(path.back()) >= 0x7F) return false;
  for (size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1))
    if (parse_uuid(path.substr(at + 1, 36))) return true;
  return false;
}

/// The least text that comes after all that begin with `prefix`, byte by byte; `prefix` ends with an ASCII character.
std::string text_after(std::string prefix) {
  ++prefix.back();
  return prefix;
}

/// The statement whose index leaves the least to go through. A path that names no single thing has too many events to
/// be sorted, so it only filters.
const db::Statement* own_statement(const EventQuery& in) {
  if (in.subject_id) return &kOwnOfSubject;
  if (in.resource && names_a_thing(in.resource->value)) return &kOwnOfThing;
  if (in.address) return &kOwnOfAddress;
  if (in.code) return &kOwnOfCode;
  if (in.action) return &kOwnOfAction;
  return in.status && in.status->value >= 400 ? &kOwnRefused : &kOwn;
}

template <class T>
db::Param param_of(const std::optional<T>& field) {
  return field ? db::param(field->value) : std::nullopt;
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
  const auto [from, to] = range_of(in);
  const int64_t limit = limit_of(in);
  db::Query query{own_statement(in),
                  {db::param(scope.tenant()), param_of(in.action), param_of(in.resource), param_of(in.status),
                   param_of(in.code), *index, db::param(from), db::param(to), db::param(limit + 1)}};
  if (query.statement == &kOwnOfSubject) query.params.push_back(db::param(*in.subject_id));
  if (query.statement == &kOwnOfThing) query.params.push_back(db::param(text_after(in.resource->value)));
  auto rows = co_await scope.read(std::move(query));
  if (!rows) co_return std::unexpected(rows.error());
  auto page = page_of(*rows, limit);
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
  const auto [from, to] = range_of(in);
  const int64_t limit = limit_of(in);
  std::vector<db::Query> queries;
  queries.push_back(
      {&kAll,
       {db::param(tenant), db::param(in.subject_id), param_of(in.action), param_of(in.resource), param_of(in.status),
        param_of(in.code), *index, db::param(from), db::param(to), db::param(limit + 1)}});
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  auto page = page_of(rows->front(), limit);
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
