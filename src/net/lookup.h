// Names of hosts: which addresses they stand for, asked beside the reactor.
#pragma once
#include <string>
#include <vector>

#include "net/task.h"

namespace cordon::net {

/// The addresses of a host, in the order in which to try them; none where the system's resolver knows none. Takes as
/// long as that takes, and the reactor goes on meanwhile.
Task<std::vector<std::string>> addresses_of(std::string host);

}  // namespace cordon::net
