// The recorder: makes events durable before their answers leave, many at a time.
#pragma once
#include <memory>
#include <vector>

#include "audit/event.h"
#include "audit/log_store.h"
#include "db/pool.h"

namespace cordon::audit {

/// One reactor's. While one group commits the next one gathers; when several events come at a time, a group waits a
/// millisecond for more, because a commit costs as much as ten events. An event that comes alone never waits.
class Recorder {
 public:
  explicit Recorder(db::Pool& pool) : pool_(pool) {}

  /// Returns once the event is durable. Code::unavailable if it is not: then the answer must not leave.
  net::Task<Result<Done>> record(Event event);
  /// Whether the database answers: an audit event is the one thing that every request needs.
  net::Task<Result<Done>> answers();
  /// The log that the events go into.
  LogStore log() { return LogStore(through(pool_)); }

 private:
  struct Group {
    std::vector<Event> events;
    net::Signal committed;
    std::optional<Result<Done>> outcome;
  };
  net::Task<void> commit_groups();

  db::Pool& pool_;
  std::shared_ptr<Group> gathering_;
  bool committing_ = false;
};

}  // namespace cordon::audit
