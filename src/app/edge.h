// A server that is split: which services may be together, and what stands in front of them.
#pragma once
#include "app/config.h"
#include "door/routes.h"

namespace cordon::app {

/// Whether the services of a process can work together and know where the others are. Code::invalid with the cure.
Result<Done> check_services(const Config& config);

/// Which service answers which path, for a reverse proxy: a line each of a regular expression and a service's name, as
/// HAProxy's maps have them. What stands in no line is the api's.
std::string edge_table(const door::Routes& routes);

/// `cordon edge`: the edge's certificates, towards the services and towards browsers, go into the data folder; the
/// table of paths to standard output. Returns the exit status.
int prepare_edge(const Config& config);

}  // namespace cordon::app
