#include "audit/recorder.h"

#include "base/log.h"

namespace cordon::audit {

using namespace std::chrono_literals;

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

Recorder::Coming::Coming(Recorder& recorder) : recorder_(recorder) { recorder_.commits_.come(); }
Recorder::Coming::~Coming() { recorder_.commits_.leave(); }

Recorder::~Recorder() {
  if (current_recorder == this) current_recorder = before_;
}

net::Task<Result<Done>> Recorder::record(Event event) {
  auto closed = co_await close(keys(), std::move(event));
  if (!closed) co_return std::unexpected(closed.error());
  co_return co_await commits_.commit(pool_, std::move(*closed));
}

net::Task<Result<Done>> Recorder::answers() {
  std::array<db::Query, 1> queries{look_for_log()};
  auto done = co_await pool_.transact(TenantId{}, queries);
  if (!done) co_return fail(Code::unavailable, "The database cannot be reached right now; try again.");
  co_return Done{};
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
