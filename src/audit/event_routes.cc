#include "audit/event_routes.h"

#include "audit/proof.h"
#include "audit/search.h"

namespace cordon::audit {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct OneEvent {
  EventId event_id;
};
BOOST_DESCRIBE_STRUCT(OneEvent, (), (event_id))

struct AnybodysEvents : EventQuery {
  std::optional<TenantId> shop_id;
};
BOOST_DESCRIBE_STRUCT(AnybodysEvents, (),
                      (shop_id, subject_id, action, resource, status, code, address, from, to, cursor, limit))

net::Task<Result<net::Response>> proof(Recorder& recorder, door::Scope& scope, EventId id) {
  auto event = co_await own_event(scope, id);
  if (!event) co_return std::unexpected(event.error());
  LogStore store = recorder.log();
  // The checkpoint first: what is in its tree has its place by then.
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  auto index = co_await store.index_of(scope.tenant(), id);
  if (!index) co_return std::unexpected(index.error());
  if (!*index) co_return fail(Code::not_found, "This event is not in the log yet; ask again in a second.");
  auto made = co_await prove(store, **index, log->published());
  // What the witnesses have not seen yet is proved by the log's own word.
  if (!made && made.error().code == Code::not_found) made = co_await prove(store, **index, log->checkpoint);
  if (!made) co_return std::unexpected(made.error());
  net::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = made->to_text();
  co_return response;
}

}  // namespace

void add_event_routes(door::Routes& routes, std::function<Recorder&()> here) {
  const Permission read("audit.read");
  routes.add<EventQuery, Page<EventRecord>>(
      {Method::get, "/v1/audit-events", read, AuditAction("audit.list"), Rate::read, "list_audit_events",
       "What was done in the shop and by whom, newest first"},
      [](Call& call, EventQuery in) { return own_events(*call.scope, std::move(in)); });
  routes.add_raw<OneEvent>(
      {Method::get, "/v1/audit-events/{event_id}/proof", read, AuditAction("audit.prove"), Rate::read,
       "prove_audit_event", "Proof that an event is in the audit log, as it stands there (c2sp.org/tlog-proof)"},
      [here](Call& call, OneEvent in) -> net::Task<Result<net::Response>> {
        return proof(here(), *call.scope, in.event_id);
      });
}

void add_staff_event_routes(door::Routes& routes, std::function<db::Pool&()> identities) {
  routes.add<AnybodysEvents, Page<EventRecord>>(
      {Method::get, "/v1/staff/audit-events", Permission("audit.read-all"), AuditAction("audit.list"), Rate::read,
       "list_all_audit_events", "What was done in every shop and on the platform, newest first", 200,
       door::Asks::first},
      [identities](Call&, AnybodysEvents in) -> net::Task<Result<Page<EventRecord>>> {
        const auto tenant = in.shop_id;
        return all_events(identities(), tenant, std::move(in));
      });
}

}  // namespace cordon::audit
