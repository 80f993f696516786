// An audit event: what was asked, by whom, and how it ended. No content, no secret.
#pragma once
#include <boost/json/value.hpp>
#include <boost/json/value_ref.hpp>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "db/query.h"
#include "door/audit_action.h"
#include "door/scope.h"
#include "net/http.h"

namespace cordon::audit {

struct Event {
  EventId id = EventId::fresh();
  std::optional<TenantId> tenant;
  std::optional<SubjectId> subject;
  std::optional<SessionId> session;
  std::string role;
  door::AuditAction action = "request.unknown";  ///< the route's or socket message's
  std::string resource;                          ///< the path it was called with
  std::string method;
  int status = 0;
  std::string code;   ///< the error's code, empty where it succeeded
  int64_t rows = 0;   ///< rows that left with the answer
  int64_t bytes = 0;  ///< bytes of its body
  RequestId request;
  std::string address;
  std::string agent;               ///< User-Agent, cut at 200 bytes
  std::string purpose;             ///< what for, where whoever asks had to say
  std::string trace;               ///< the trace id of W3C Trace Context, if the caller sent one
  std::vector<door::Ran> queries;  ///< the statements that were run for it
  std::string detail;              ///< a configuration change: what was before and after, as JSON

  /// Fills in who is asking.
  void by(const door::Pass& pass);
};

/// The detail of a change's event: what it is about, and then {"role":{"before":"agent","after":"owner"}} for each
/// field that has become another. A secret is told of by its name or id only.
class Detail {
 public:
  Detail() = default;
  explicit Detail(boost::json::object about) : members_(std::move(about)) {}
  /// null: there was, or is, none.
  Detail& changed(std::string_view field, boost::json::value_ref before, boost::json::value_ref after);
  std::string text() const;

 private:
  boost::json::object members_;
};

/// What `request` was and where it came from, as if it succeeded: status 200. Who asks (`by`) and the action are left.
Event event_of(const net::Request& request);

/// What no request asked for, as if it succeeded: `method` says what did.
Event event_of(door::AuditAction action, std::string_view method);

/// What somebody did from the command line, who is nobody that the server knows.
Event by_operator(door::AuditAction action, std::optional<TenantId> tenant, const Detail& detail = Detail());

class ClosedEvent;
/// The statement that appends `event` inside a change's own transaction.
db::Query append(const ClosedEvent& event);
/// The same where the statements before it have changed something, and nothing where there was nothing to change.
db::Query append_if_changed(const ClosedEvent& event);

/// The statements that append many events, as cordon_audit.
std::vector<db::Query> append_all(std::span<const ClosedEvent> events);
/// Fails where there is no audit log.
db::Query look_for_log();

}  // namespace cordon::audit
