// The recorder: makes events durable before their answers leave, many at a time.
#pragma once
#include <memory>
#include <vector>

#include "audit/closing.h"
#include "audit/log_store.h"
#include "db/pool.h"

namespace cordon::audit {

/// One reactor's. While one group commits the next one gathers. A commit costs as much as ten events, so a group waits
/// for the events that are coming, a millisecond at most. An event that comes alone never waits.
class Recorder {
 public:
  /// Held while something is under way that will leave an event, until that is on record.
  class Coming {
   public:
    explicit Coming(Recorder& recorder) : recorder_(recorder) { ++recorder_.coming_; }
    ~Coming();
    Coming(const Coming&) = delete;

   private:
    Recorder& recorder_;
  };

  explicit Recorder(db::Pool& pool) : pool_(pool) {}
  ~Recorder();
  Recorder(const Recorder&) = delete;

  /// The recorder of the thread that calls; throws std::logic_error where it has none.
  static Recorder& current();
  /// Makes it the calling thread's, until it goes: what runs there in scopes and is in nobody's event gets one of its
  /// own.
  void settle();

  /// Returns once the event is durable. Code::unavailable if it is not: then the answer must not leave.
  net::Task<Result<Done>> record(Event event);
  /// Returns once what ended scopes left untold is on record, or could not be.
  net::Task<void> told();
  /// Whether the database answers: an audit event is the one thing that every request needs.
  net::Task<Result<Done>> answers();
  /// Reads the keys that close events, and adds them.
  keys::Transact keys() { return through(pool_); }
  /// The log that the events go into.
  LogStore log() { return LogStore(through(pool_)); }

 private:
  struct Group {
    std::vector<ClosedEvent> events;
    net::Signal committed;
    std::optional<Result<Done>> outcome;
  };
  net::Task<void> commit_groups();
  /// Whether nobody is coming who is not in the group.
  bool complete() const { return !gathering_ || gathering_->events.size() >= coming_; }
  net::Task<void> record_untold(Event event);

  db::Pool& pool_;
  Recorder* before_ = nullptr;  ///< the thread's, until settle()
  std::shared_ptr<Group> gathering_;
  bool committing_ = false;
  size_t coming_ = 0;
  net::Signal completed_;
  int untold_ = 0;  ///< events of ended scopes that are not on record yet
};

/// Puts on record that something is about to leave for `where`, outside of Cordon, or to be asked of the KMS. What
/// fails must not be sent. `detail` is JSON.
net::Task<Result<Done>> record_egress(door::AuditAction action, std::optional<TenantId> tenant, std::string where,
                                      std::string detail);

}  // namespace cordon::audit
