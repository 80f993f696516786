#include "audit/group_commit.h"

#include <map>

#include "base/log.h"

namespace cordon::audit {

using namespace std::chrono_literals;

static constexpr auto kGather = 1ms;

/// Stands in the frame that waits. Whoever commits the group, maybe on another thread, writes to it and then has its
/// own reactor resume the frame.
struct GroupCommit::Waiting {
  GroupCommit& commits;
  db::Pool& pool;
  ClosedEvent event;
  net::Reactor& reactor = net::Reactor::current();
  std::coroutine_handle<> handle{};
  Result<Done> outcome = Done{};

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    handle = h;
    // Resumed by this reactor alone, so not before this returns.
    if (commits.add(std::move(event), *this)) reactor.spawn(commits.lead(pool));
  }
  void await_resume() const noexcept {}
};

/// Ends however it went: whoever waits must hear of it, and the next group must still go.
static net::Task<Result<Done>> put_on_record(db::Pool& pool, const std::vector<ClosedEvent>& events) {
  Result<Done> outcome = fail(Code::unavailable, "The audit log cannot be written right now; try again.");
  try {
    const auto queries = append_all(events);
    auto done = co_await pool.transact(TenantId{}, queries);
    if (done) outcome = Done{};
  } catch (const std::exception& e) {
    log::error("recording audit events threw", {{"error", e.what()}});
  }
  co_return outcome;
}

void GroupCommit::come() {
  const std::lock_guard lock(mutex_);
  ++coming_;
}

void GroupCommit::leave() {
  const std::lock_guard lock(mutex_);
  --coming_;
  wake_if_complete();
}

void GroupCommit::wake_if_complete() {
  if (wake_ && complete()) std::exchange(wake_, nullptr)();
}

net::Task<Result<Done>> GroupCommit::commit(db::Pool& pool, ClosedEvent event) {
  Waiting waiting{*this, pool, std::move(event)};
  co_await waiting;
  co_return waiting.outcome;
}

/// Whether whoever adds it has to commit, for nobody else does.
bool GroupCommit::add(ClosedEvent event, Waiting& waiting) {
  const std::lock_guard lock(mutex_);
  gathering_.events.push_back(std::move(event));
  gathering_.waiting.push_back(&waiting);
  wake_if_complete();
  return !std::exchange(led_, true);
}

net::Task<void> GroupCommit::lead(db::Pool& pool) {
  while (goes_on()) {
    co_await gather();
    const Group group = take();
    const Result<Done> outcome = co_await put_on_record(pool, group.events);
    answer(group, outcome);
  }
}

bool GroupCommit::goes_on() {
  const std::lock_guard lock(mutex_);
  led_ = !gathering_.events.empty();
  return led_;
}

net::Task<void> GroupCommit::gather() {
  const auto completed = std::make_shared<net::Signal>();
  {
    const std::lock_guard lock(mutex_);
    if (complete()) co_return;
    // A signal is its reactor's: others ask that one to give it.
    wake_ = [reactor = &net::Reactor::current(), completed] { reactor->post([completed] { completed->notify(); }); };
  }
  co_await completed->wait(kGather);
}

GroupCommit::Group GroupCommit::take() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
  return std::exchange(gathering_, {});
}

void GroupCommit::answer(const Group& group, const Result<Done>& outcome) {
  std::map<net::Reactor*, std::vector<std::coroutine_handle<>>> of_reactors;
  for (Waiting* waiting : group.waiting) {
    waiting->outcome = outcome;
    of_reactors[&waiting->reactor].push_back(waiting->handle);
  }
  // From its post on, a reactor's frames are no more to be touched.
  for (auto& [reactor, handles] : of_reactors)
    reactor->post([handles = std::move(handles)] {
      for (const std::coroutine_handle<> handle : handles) handle.resume();
    });
}

}  // namespace cordon::audit
