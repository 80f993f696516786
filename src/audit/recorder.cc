#include "audit/recorder.h"

#include "base/log.h"

namespace cordon::audit {

using namespace std::chrono_literals;

static constexpr auto kGather = 1ms;

static thread_local Recorder* current_recorder = nullptr;

Recorder& Recorder::current() {
  if (!current_recorder) throw std::logic_error("this thread has no recorder");
  return *current_recorder;
}

void Recorder::settle() {
  before_ = std::exchange(current_recorder, this);
  door::Scope::on_untold() = [](const door::Pass& pass, std::vector<door::Ran> ran) {
    if (!current_recorder) return;
    Event event = event_of("data.read", "SERVICE");
    event.by(pass);
    event.queries = std::move(ran);
    net::Reactor::current().spawn(current_recorder->record_untold(std::move(event)));
  };
}

net::Task<void> Recorder::record_untold(Event event) {
  ++untold_;
  auto done = co_await record(std::move(event));
  --untold_;
  if (!done) log::error("what was read is not on record", {{"why", done.error().detail}});
}

net::Task<void> Recorder::told() {
  while (untold_ > 0) co_await net::sleep(1ms);
}

Recorder::Coming::~Coming() {
  --recorder_.coming_;
  if (recorder_.complete()) recorder_.completed_.notify();
}

Recorder::~Recorder() {
  if (current_recorder == this) current_recorder = before_;
}

net::Task<Result<Done>> Recorder::record(Event event) {
  auto closed = co_await close(keys(), std::move(event));
  if (!gathering_) gathering_ = std::make_shared<Group>();
  auto group = gathering_;
  group->events.push_back(std::move(closed));
  if (complete()) completed_.notify();
  if (!committing_) {
    committing_ = true;
    net::Reactor::current().spawn(commit_groups());
  }
  while (!group->outcome) co_await group->committed.wait(std::chrono::seconds(20));
  co_return *group->outcome;
}

net::Task<Result<Done>> Recorder::answers() {
  std::array<db::Query, 1> queries{look_for_log()};
  auto done = co_await pool_.transact(TenantId{}, queries);
  if (!done) co_return fail(Code::unavailable, "The database cannot be reached right now; try again.");
  co_return Done{};
}

net::Task<void> Recorder::commit_groups() {
  while (gathering_) {
    if (!complete()) co_await completed_.wait(kGather);
    auto group = std::exchange(gathering_, nullptr);
    std::array<db::Query, 1> queries{append_all(group->events)};
    Result<Done> outcome = fail(Code::unavailable, "The audit log cannot be written right now; try again.");
    try {
      auto done = co_await pool_.transact(TenantId{}, queries);
      if (done) outcome = Done{};
    } catch (const std::exception& e) {
      // Whoever waits must hear of it, and the next group must still go.
      log::error("recording audit events threw", {{"error", e.what()}});
    }
    group->outcome = outcome;
    group->committed.notify();
  }
  committing_ = false;
}

net::Task<Result<Done>> record_egress(door::AuditAction action, std::optional<TenantId> tenant, std::string where,
                                      std::string detail) {
  Event event = event_of(action, "EGRESS");
  event.tenant = tenant;
  event.resource = std::move(where);
  event.detail = std::move(detail);
  return Recorder::current().record(std::move(event));
}

}  // namespace cordon::audit
