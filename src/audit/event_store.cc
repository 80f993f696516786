#include <boost/json/serialize.hpp>
#include <map>

#include "audit/closing.h"
#include "base/utf8.h"

namespace cordon::audit {

namespace {

// What a caller chose freely is cut and cleaned: one bad byte would lose the event, and with it every other of its
// group.
constexpr size_t kResource = 300;

#define INSERT                                                                                                     \
  "INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, resource, method, status, " \
  "code, rows_out, bytes_out, request_id, address, agent, purpose, trace, queries, detail, address_index) "
constexpr size_t kColumns = 20;

/// "INSERT ... VALUES ($1, ..., $20), ($21, ...".
std::string insert_of(size_t rows) {
  std::string sql(INSERT "VALUES ");
  for (size_t i = 0; i < rows * kColumns; ++i)
    sql.append(i == 0 ? "($" : i % kColumns == 0 ? "), ($" : ", $").append(std::to_string(i + 1));
  return sql + ")";
}

/// What writes so many rows.
struct Append {
  explicit Append(size_t rows) : sql(insert_of(rows)), statement{"event.append_all", sql, true} {}
  Append(const Append&) = delete;
  std::string sql;
  db::Statement statement;
};

// What it selects has to have its types said. A transaction has a number once it has written something.
constexpr db::Statement kAppendIfChanged{"event.append", INSERT R"(
  SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text, $7::text, $8::text, $9::integer, $10::text, $11::integer,
         $12::integer, $13::uuid, $14::text, $15::text, $16::text, $17::text, $18::text, $19::text, $20::bytea
   WHERE pg_current_xact_id_if_assigned() IS NOT NULL)",
                                         true};

/// By how many rows they write at once. A statement costs much beside its rows, so a small group is one; a large one is
/// made of several, that there are not too many to prepare.
const std::map<size_t, Append>& appends() {
  static const auto kAll = [] {
    std::map<size_t, Append> all;
    for (size_t rows = 1; rows <= 16; ++rows) all.try_emplace(rows, rows);
    for (size_t rows = 32; rows <= 128; rows *= 2) all.try_emplace(rows, rows);
    return all;
  }();
  return kAll;
}

/// A whole number as an integer column holds it.
int32_t bounded(int64_t number) { return static_cast<int32_t>(std::min<int64_t>(number, INT32_MAX)); }

void add_row(db::Query& query, const ClosedEvent& closed) {
  const Event& e = closed.event();
  std::optional<db::Bytes> index = closed.address_index();
  if (index->value.empty()) index.reset();
  db::add_binary(query, e.id, e.tenant, e.subject, e.session, e.role, e.action.name, storable(e.resource, kResource),
                 e.method, e.status, e.code, bounded(e.rows), bounded(e.bytes), e.request, e.address, e.agent,
                 e.purpose, e.trace, closed.queries(), e.detail, index);
}

/// The trace id of a `traceparent` (W3C Trace Context, section 3.2.2): 32 hexadecimal digits. Empty for anything else.
std::string_view trace_of(std::string_view header) {
  if (header.size() < 55 || header[2] != '-' || header[35] != '-') return {};
  const auto id = header.substr(3, 32);
  return id.find_first_not_of("0123456789abcdef") == id.npos ? id : std::string_view();
}

}  // namespace

void Event::by(const door::Pass& pass) {
  tenant = pass.tenant;
  subject = pass.subject;
  session = pass.session;
  role = pass.role;
  if (!pass.purpose.empty()) purpose = pass.purpose;
}

Event event_of(const net::Request& request) {
  Event event;
  event.resource = request.path;
  event.method = net::to_string(request.method);
  event.status = 200;
  event.request = request.id;
  event.address = request.address;
  event.agent = request.header("user-agent");
  event.trace = trace_of(request.header("traceparent"));
  return event;
}

Event event_of(door::AuditAction action, std::string_view method) {
  Event event;
  event.action = action;
  event.method = method;
  event.status = 200;
  event.request = RequestId::fresh();
  return event;
}

Event by_operator(door::AuditAction action, std::optional<TenantId> tenant, const Detail& detail) {
  Event event = event_of(action, "COMMAND");
  event.tenant = tenant;
  event.role = "operator";
  event.detail = detail.text();
  return event;
}

Detail& Detail::changed(std::string_view field, boost::json::value_ref before, boost::json::value_ref after) {
  boost::json::object both{{"before", before}, {"after", after}};
  if (both["before"] != both["after"]) members_[field] = std::move(both);
  return *this;
}

std::string Detail::text() const { return boost::json::serialize(members_); }

db::Query append_if_changed(const ClosedEvent& event) {
  db::Query query{&kAppendIfChanged, {}};
  add_row(query, event);
  return query;
}

std::vector<db::Query> append_all(std::span<const ClosedEvent> events) {
  std::vector<db::Query> queries;
  while (!events.empty()) {
    const auto& [rows, made] = *std::prev(appends().upper_bound(events.size()));
    db::Query query{&made.statement, {}};
    query.params.reserve(rows * kColumns);
    for (const ClosedEvent& event : events.first(rows)) add_row(query, event);
    queries.push_back(std::move(query));
    events = events.subspan(rows);
  }
  return queries;
}

db::Query append(const ClosedEvent& event) { return std::move(append_all({&event, 1}).front()); }

db::Query look_for_log() {
  static constexpr db::Statement kLog{"event.log", "SELECT 'audit.event'::regclass"};
  return db::query(kLog);
}

}  // namespace cordon::audit
