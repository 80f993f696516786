// Audit events as they are looked for: by a shop's own people through their seal, by the platform's auditors through a
// function of the database that shows them all.
#pragma once
#include "audit/closing.h"
#include "audit/log_store.h"
#include "base/schema.h"

namespace cordon::audit {

/// What is personal in an event as it stands in the database, which is what the log's leaf is over.
struct ClosedParts {
  std::string address, agent, detail;
};
CORDON_TYPE(ClosedParts, address, agent, detail)

/// An event.
struct EventRecord {
  EventId event_id;
  Time at;
  std::optional<TenantId> tenant_id;
  std::optional<SubjectId> subject_id;
  std::optional<SessionId> session_id;
  std::string role, action, resource, method;
  int64_t status = 0;
  std::string code;
  int64_t rows_out = 0, bytes_out = 0;
  RequestId request_id;
  std::string address, agent;  ///< empty for whoever may not see what is personal
  std::string purpose, trace, queries;
  std::string detail;  ///< as address
  ClosedParts closed;
  Uuid salt;
  uint64_t xid = 0;  ///< of the transaction that wrote it: its place in the log's order. Known of all_events() only
};
CORDON_TYPE(EventRecord, event_id, at, tenant_id, subject_id, session_id, role, action, resource, method, status, code,
            rows_out, bytes_out, request_id, address, agent, purpose, trace, queries, detail, closed, salt)

/// What to look for; what is not given is not asked.
struct EventQuery {
  std::optional<SubjectId> subject_id;
  std::optional<Text<1, 60>> action;     ///< "conversation.read"
  std::optional<Text<1, 300>> resource;  ///< its beginning: "/v1/customers/"
  std::optional<Int<100, 599>> status;
  std::optional<Text<1, 60>> code;  ///< "forbidden"
  std::optional<Text<1, 60>> address;
  std::optional<Time> from, to;
  std::optional<EventId> cursor;
  std::optional<Int<1, 200>> limit;
};
BOOST_DESCRIBE_STRUCT(EventQuery, (), (subject_id, action, resource, status, code, address, from, to, cursor, limit))

/// The least id that an event of this time can have (UUIDv7: milliseconds first).
Uuid first_id(Time time);

/// A shop's own events, newest first, with what is personal in them.
net::Task<Result<Page<EventRecord>>> own_events(door::Scope& scope, Opener opener, EventQuery query);
/// One of them, without. Code::not_found.
net::Task<Result<EventRecord>> own_event(door::Scope& scope, EventId id);
/// Anybody's, without: of a tenant, or of all. As cordon_identity, for who may is asked before. An address finds those
/// of the tenant; where none is named, the platform's own: each tenant's are indexed with a key of its own.
net::Task<Result<Page<EventRecord>>> all_events(db::Pool& identities, Opener opener, std::optional<TenantId> tenant,
                                                EventQuery query);
/// The same with what is personal, for the operator.
net::Task<Result<Page<EventRecord>>> opened_events(db::Pool& identities, Opener opener, std::optional<TenantId> tenant,
                                                   EventQuery query);
/// An event as it stands there, whatever the log has of it.
struct StandingEvent {
  EventRecord event;          ///< what is personal is closed
  std::string address_index;  ///< empty where it has none
  LogPlace place;
  bool ahead = false;  ///< of a transaction that PostgreSQL has not come to yet
};
/// `most` of everybody's events behind a place, in the order in which they go into the log, and with the last of them
/// all that share its place. `identities` asks as cordon_identity.
net::Task<Result<std::vector<StandingEvent>>> standing_events(const Ask& identities, LogPlace after, int64_t most);
/// Opens what is personal in events of any tenants. Code::unavailable where a key is out of reach.
net::Task<Result<Done>> open(Opener opener, std::vector<EventRecord>& events);

/// What the log has of an event (db/migrations/0013_audit_log.sql), computed from the record alone: SHA-256 over the
/// salt and PostgreSQL's binary form of the row.
Hash commitment_of(const EventRecord& event);

}  // namespace cordon::audit
