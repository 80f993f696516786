// The request that is being answered, as the audit log will have it.
#pragma once
#include <span>

#include "audit/event.h"
#include "db/result.h"
#include "net/task.h"

namespace cordon::audit {

/// The errand (net/task.h) of whoever answers a request, who writes its event in the end. Stores that work for no seal
/// find it: they put down what they have read, and make the event of a change the request's.
class ThisCall : public net::Errand {
 public:
  explicit ThisCall(Event of) : event(std::move(of)) {}

  /// Puts down what has run in no scope.
  void tell(std::span<const db::Query> queries, std::span<const db::Rows> rows);
  /// Has the event of a change say for which request it was made, who asked if it is they whom it names, what was read
  /// before, and where it is the request's own how that is answered.
  void complete(Event& change) const;
  /// The change has committed with that event. Where it says why the request is refused, the request is of whom it
  /// names.
  void committed(const Event& change);
  /// Whether an event of the request's own action has committed with its change.
  bool carried() const;

  Event event;                 ///< the request's own, as far as it is known
  std::vector<door::Ran> ran;  ///< in no event yet

 private:
  std::vector<door::AuditAction> committed_;
};

}  // namespace cordon::audit
