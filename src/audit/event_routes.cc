#include "audit/event_routes.h"

#include "audit/export_format.h"
#include "audit/proof.h"
#include "audit/this_call.h"

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

enum class ExportFormat { jsonl, csv };
BOOST_DESCRIBE_ENUM(ExportFormat, jsonl, csv)

struct ExportQuery : EventQuery {
  std::optional<ExportFormat> format;
};
BOOST_DESCRIBE_STRUCT(ExportQuery, (), (subject_id, action, resource, status, code, address, from, to, cursor, format))

/// The same request, going on at `cursor` (RFC 8288).
std::string link_to_next(const net::Request& request, std::string cursor) {
  auto fields = net::parse_query(request.query).value_or(std::vector<net::Header>());
  std::erase_if(fields, [](const net::Header& field) { return field.first == "cursor"; });
  fields.emplace_back("cursor", std::move(cursor));
  return "<" + request.path + "?" + net::write_query(fields) + ">; rel=\"next\"";
}

net::Task<Result<net::Response>> export_own(Call& call, Opener opener, ExportQuery in) {
  static constexpr int64_t kMost = 10'000, kPage = 200;
  const bool csv = in.format == ExportFormat::csv;
  net::Response response;
  response.content_type = csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl";
  response.headers.emplace_back("Content-Disposition",
                                std::string("attachment; filename=\"audit-events.") + (csv ? "csv" : "jsonl") + "\"");
  if (csv) response.body = csv_header() + "\r\n";
  in.limit = Int<1, kPage>{kPage};
  for (;;) {
    auto page = co_await own_events(*call.scope, opener, in);
    if (!page) co_return std::unexpected(page.error());
    for (const EventRecord& event : page->items)
      response.body += csv ? csv_cells(event) + "\r\n" : json::encode(event) + "\n";
    call.rows += static_cast<int64_t>(page->items.size());
    if (!page->next_cursor) co_return response;
    if (call.rows >= kMost) {
      response.headers.emplace_back("Link", link_to_next(call.request, *page->next_cursor));
      co_return response;
    }
    in.cursor = EventId::parse(*page->next_cursor);
  }
}

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
      [here](Call& call, EventQuery in) { return own_events(*call.scope, Opener(here().keys()), std::move(in)); });
  // As rare as a change, for it costs as much as fifty listings.
  routes.add_raw<ExportQuery>(
      {Method::get, "/v1/audit-events/export", read, AuditAction("audit.export"), Rate::write, "export_audit_events",
       "The shop's audit events as a file of JSON Lines or CSV, newest first: 10,000 at most, and a Link (rel=next) "
       "where there are more"},
      [here](Call& call, ExportQuery in) { return export_own(call, Opener(here().keys()), std::move(in)); });
  routes.add_raw<OneEvent>(
      {Method::get, "/v1/audit-events/{event_id}/proof", read, AuditAction("audit.prove"), Rate::read,
       "prove_audit_event", "Proof that an event is in the audit log, as it stands there (c2sp.org/tlog-proof)"},
      [here](Call& call, OneEvent in) -> net::Task<Result<net::Response>> {
        return proof(here(), *call.scope, in.event_id);
      });
}

void add_staff_event_routes(door::Routes& routes, std::function<Recorder&()> here,
                            std::function<db::Pool&()> identities) {
  routes.add<AnybodysEvents, Page<EventRecord>>(
      {Method::get, "/v1/staff/audit-events", Permission("audit.read-all"), AuditAction("audit.list"), Rate::read,
       "list_all_audit_events", "What was done in every shop and on the platform, newest first", 200,
       door::Asks::first},
      [identities, here](Call&, AnybodysEvents in) -> net::Task<Result<Page<EventRecord>>> {
        const auto tenant = in.shop_id;
        auto* call = co_await net::errand<ThisCall>();
        const boost::json::object look{{"query", to_object(tenant, in)}};
        call->event.detail = Detail(look).text();
        Opener opener(here().keys());
        co_return co_await all_events(identities(), std::move(opener), tenant, std::move(in));
      });
}

}  // namespace cordon::audit
