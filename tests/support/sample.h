// Requests that a declared route takes, made from its own schema, so that a new route is tested by itself.
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "door/routes.h"

namespace cordon::testing {

/// A value that a JSON schema takes.
boost::json::value valid(const boost::json::object& schema);

/// What to send to a route: ids of nobody in the path, every required field filled.
struct Sample {
  std::string target, body;
};
Sample sample(const door::Route& route, const boost::json::object& document);

}  // namespace cordon::testing
