#include <boost/json/serialize.hpp>

#include "audit/closing.h"
#include "base/utf8.h"

namespace cordon::audit {

namespace {

// What a caller chose freely is cut and cleaned: one bad byte would lose the event, and with it every other of its
// group.
constexpr size_t kResource = 300;

constexpr db::Statement kAppend{"event.append", R"(
  INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out,
                           bytes_out, request_id, address, agent, purpose, trace, queries, detail, address_index)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7, $8, $9::integer, $10, $11::integer, $12::integer, $13::uuid, $14, $15,
          $16, $17, $18, $19, $20::bytea))"};
// An empty string stands for NULL where an id is unknown: one array type serves them all.
constexpr db::Statement kAppendAll{"event.append_all", R"(
  INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out,
                           bytes_out, request_id, address, agent, purpose, trace, queries, detail, address_index)
  SELECT id::uuid, nullif(tenant, '')::uuid, nullif(subject, '')::uuid, nullif(session, '')::uuid, role, action, resource, method,
         status::integer, code, rows_out::integer, bytes_out::integer, request::uuid, address, agent, purpose, trace, queries, detail, index
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::bytea[])
      AS e (id, tenant, subject, session, role, action, resource, method, status, code, rows_out, bytes_out, request, address, agent,
            purpose, trace, queries, detail, index))"};

/// A whole number as an integer column holds it.
int64_t bounded(int64_t number) { return std::min<int64_t>(number, INT32_MAX); }

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

db::Query append(const ClosedEvent& closed) {
  const Event& e = closed.event();
  const db::Param index = closed.address_index().value.empty() ? std::nullopt : db::param(closed.address_index());
  return db::query(kAppend, e.id, e.tenant, e.subject, e.session, e.role, e.action.name,
                   storable(e.resource, kResource), e.method, e.status, e.code, bounded(e.rows), bounded(e.bytes),
                   e.request, e.address, e.agent, e.purpose, e.trace, closed.queries(), e.detail, index);
}

db::Query append_all(const std::vector<ClosedEvent>& events) {
  std::array<std::vector<std::string>, 19> columns;
  const auto known = [](const auto& id) { return id ? to_string(*id) : std::string(); };
  for (auto& column : columns) column.reserve(events.size());
  std::vector<db::Bytes> indices;
  for (const ClosedEvent& closed : events) {
    const Event& e = closed.event();
    indices.push_back(closed.address_index());
    std::array<std::string, 19> row{to_string(e.id),
                                    known(e.tenant),
                                    known(e.subject),
                                    known(e.session),
                                    e.role,
                                    std::string(e.action.name),
                                    storable(e.resource, kResource),
                                    e.method,
                                    std::to_string(e.status),
                                    e.code,
                                    std::to_string(bounded(e.rows)),
                                    std::to_string(bounded(e.bytes)),
                                    to_string(e.request),
                                    e.address,
                                    e.agent,
                                    e.purpose,
                                    e.trace,
                                    closed.queries(),
                                    e.detail};
    for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(std::move(row[i]));
  }
  db::Query query{&kAppendAll, {}};
  for (const auto& column : columns) query.params.push_back(db::param(column));
  query.params.push_back(db::param(indices));
  return query;
}

db::Query look_for_log() {
  static constexpr db::Statement kLog{"event.log", "SELECT 'audit.event'::regclass"};
  return db::query(kLog);
}

}  // namespace cordon::audit
