// What the services that stand in for somebody else's have in common: JSON in and out.
#pragma once
#include <boost/json/serialize.hpp>
#include <set>
#include <string>

#include "net/http.h"

namespace cordon::testing {

inline std::set<std::string> names_of(const boost::json::object& body) {
  std::set<std::string> out;
  for (const auto& entry : body) out.emplace(entry.key());
  return out;
}

inline net::Response json_answer(int status, const boost::json::object& body) {
  net::Response out;
  out.status = status;
  out.body = boost::json::serialize(body);
  return out;
}

}  // namespace cordon::testing
