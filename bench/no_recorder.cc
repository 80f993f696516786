// The other side of `audit.api_over_off`: a server that records nothing, linked in src/audit/recorder.cc's place into a
// program that only the benchmark runs. Changes carry their events as ever; what is measured are reads.
#include "audit/recorder.h"

namespace cordon::audit {

static thread_local Recorder* current_recorder = nullptr;

Recorder& Recorder::current() { return *current_recorder; }
void Recorder::settle() { before_ = std::exchange(current_recorder, this); }
Recorder::Coming::Coming(Recorder& recorder) : recorder_(recorder) {}
Recorder::Coming::~Coming() = default;

Recorder::~Recorder() {
  if (current_recorder == this) current_recorder = before_;
}

net::Task<Result<Done>> Recorder::record(Event) { co_return Done{}; }

net::Task<void> Recorder::told() { co_return; }

net::Task<Result<Done>> Recorder::answers() { co_return Done{}; }

net::Task<Result<Done>> record_egress(door::AuditAction, std::optional<TenantId>, std::string, std::string) {
  co_return Done{};
}

}  // namespace cordon::audit
