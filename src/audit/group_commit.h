// Group commit: the events of all reactors of a process, many in one transaction.
#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "audit/closing.h"
#include "db/pool.h"

namespace cordon::audit {

/// A process's; any of its reactors may call at any time. Whoever comes while nobody commits does it from then on, on
/// its own reactor and through its own pool, one group after the other while there are any: so no reactor needs
/// another, and each may end once it has nothing under way.
///
/// While one group commits the next one gathers. A commit costs as much as several events, so a group waits for the events
/// that are coming, a millisecond at most. An event that comes alone never waits.
class GroupCommit {
 public:
  GroupCommit() = default;
  GroupCommit(const GroupCommit&) = delete;

  /// Something is under way that will leave an event; it is over.
  void come();
  void leave();
  /// Returns, on the reactor that calls, once the event is durable. Code::unavailable if it is not. `pool` is that
  /// reactor's.
  net::Task<Result<Done>> commit(db::Pool& pool, ClosedEvent event);

 private:
  struct Waiting;
  struct Group {
    std::vector<ClosedEvent> events;
    std::vector<Waiting*> waiting;  ///< one for each event
  };
  bool add(ClosedEvent event, Waiting& waiting);
  net::Task<void> lead(db::Pool& pool);
  bool goes_on();
  net::Task<void> gather();
  Group take();
  static void answer(const Group& group, const Result<Done>& outcome);
  /// Whether nobody is coming who is not in the group. The lock is held.
  bool complete() const { return gathering_.events.size() >= coming_; }
  void wake_if_complete();

  std::mutex mutex_;  ///< for all below; held for moments, and never while anybody waits for anything else
  Group gathering_;
  size_t coming_ = 0;
  bool led_ = false;            ///< whether somebody commits
  std::function<void()> wake_;  ///< whoever commits, while it waits for the group to be complete
};

}  // namespace cordon::audit
