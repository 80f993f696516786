// The other side of `audit.api_over_off`: a server that records nothing, linked in src/audit/recorder.cc's place into a
// program that only the benchmark runs. Changes carry their events as ever; what is measured are reads.
#include "audit/recorder.h"

namespace cordon::audit {

net::Task<Result<Done>> Recorder::record(Event) { co_return Done{}; }

net::Task<Result<Done>> Recorder::answers() { co_return Done{}; }

}  // namespace cordon::audit
