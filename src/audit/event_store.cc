#include "audit/event.h"
#include "base/utf8.h"

namespace cordon::audit {

void Event::by(const door::Pass& pass) {
  tenant = pass.tenant;
  subject = pass.subject;
  session = pass.session;
  role = pass.role;
}

Event event_of(const net::Request& request) {
  Event event;
  event.resource = request.path;
  event.method = net::to_string(request.method);
  event.status = 200;
  event.request = request.id;
  event.address = request.address;
  event.agent = request.header("user-agent");
  return event;
}

// What a caller chose freely is cut and cleaned: one bad byte would lose the event, and with it every other of its
// group.
static constexpr size_t kResource = 300, kAgent = 200;

static constexpr db::Statement kAppend{R"(
  INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out,
                           request_id, address, agent, detail)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7, $8, $9::integer, $10, $11::integer, $12::uuid, $13, $14, $15)
)"};

db::Query append(const Event& e) {
  return db::query(kAppend, e.id, e.tenant, e.subject, e.session, e.role, e.action, storable(e.resource, kResource),
                   e.method, e.status, e.code, e.rows, e.request, e.address, storable(e.agent, kAgent), e.detail);
}

// An empty string stands for NULL where an id is unknown: one array type serves them all.
static constexpr db::Statement kAppendAll{R"(
  INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, resource, method, status, code, rows_out,
                           request_id, address, agent, detail)
  SELECT id::uuid, nullif(tenant, '')::uuid, nullif(subject, '')::uuid, nullif(session, '')::uuid, role, action, resource, method,
         status::integer, code, rows_out::integer, request::uuid, address, agent, detail
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
      AS e (id, tenant, subject, session, role, action, resource, method, status, code, rows_out, request, address, agent, detail)
)"};

db::Query append_all(const std::vector<Event>& events) {
  std::array<std::vector<std::string>, 15> columns;
  const auto known = [](const auto& id) { return id ? to_string(*id) : std::string(); };
  for (const Event& e : events) {
    const std::array<std::string, 15> row{to_string(e.id),
                                          known(e.tenant),
                                          known(e.subject),
                                          known(e.session),
                                          e.role,
                                          e.action,
                                          storable(e.resource, kResource),
                                          e.method,
                                          std::to_string(e.status),
                                          e.code,
                                          std::to_string(e.rows),
                                          to_string(e.request),
                                          e.address,
                                          storable(e.agent, kAgent),
                                          e.detail};
    for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i]);
  }
  db::Query query{&kAppendAll, {}};
  for (const auto& column : columns) query.params.push_back(db::param(column));
  return query;
}

db::Query look_for_log() {
  static constexpr db::Statement kLog{"SELECT 'audit.event'::regclass"};
  return db::query(kLog);
}

}  // namespace cordon::audit
