#include "app/edge.h"

#include <cstdio>
#include <set>

#include "app/operator.h"
#include "app/routes.h"

namespace cordon::app {

using door::Service;

Result<Done> check_services(const Config& config) {
  const auto is = [&](Service service) { return config.services.contains(service); };
  const auto knows = [&](Service service) { return config.others.contains(service); };
  if (!is(Service::identity) && !knows(Service::identity))
    return fail(Code::invalid, "say where the identity service takes calls: --identity-at");
  if (is(Service::chat) && !is(Service::worker) && !knows(Service::worker))
    return fail(Code::invalid, "say where the worker service takes calls: --worker-at");
  if (is(Service::chat) && is(Service::identity) && !is(Service::worker))
    return fail(Code::invalid, "chat and identity in one process take worker too");
  return Done{};
}

std::string edge_table(const door::Routes& routes) {
  std::set<std::string> lines;
  for (const door::Route& route : routes.all()) {
    if (!route.service || route.service == Service::api) continue;
    std::string line = "^";
    for (const std::string& segment : route.segments) {
      line += '/';
      if (segment.starts_with('{')) {
        line += segment.ends_with("_path}") ? ".+" : "[^/]+";
        continue;
      }
      for (const char c : segment) line += c == '.' ? std::string("\\.") : std::string(1, c);
    }
    lines.insert(line + "$ " + std::string(to_string(*route.service)) + "\n");
  }
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

int prepare_edge(const Config& config) {
  auto inside = net::service_credentials(config.data, {"edge"});
  if (!inside) return complain(inside.error());
  auto outside = net::self_signed(config.data);
  if (!outside) return complain(outside.error());
  std::fputs(edge_table(declare_routes()).c_str(), stdout);
  return 0;
}

}  // namespace cordon::app
