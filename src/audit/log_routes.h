// The log as anybody may read it (https://c2sp.org/tlog-tiles), below /audit/.
#pragma once
#include "audit/recorder.h"
#include "door/routes.h"

namespace cordon::audit {

void add_log_routes(door::Routes& routes, std::function<Recorder&()> here);

}  // namespace cordon::audit
