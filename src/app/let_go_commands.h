// What `cordon audit` does about events whose time is over: lets them go, holds them, and says what went.
#pragma once
#include "identity/backend.h"

namespace cordon::app {

/// Prints what is due by now, for each kind, and the holds that there are; changes nothing.
net::Task<Result<Done>> print_due(identity::Backend& backend);
/// Has the server that grows the log let go what is due, and waits for it: Code::unavailable where it is not done
/// within `patience`. Prints the statements that came of it.
net::Task<Result<Done>> have_let_go(identity::Backend& backend, std::chrono::seconds patience);
/// Prints the log's statements of what was let go, oldest first, from the one of that number on.
net::Task<Result<Done>> print_statements(identity::Backend& backend, uint64_t first);

}  // namespace cordon::app
