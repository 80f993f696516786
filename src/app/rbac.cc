#include "app/rbac.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "app/operator.h"

namespace cordon::app {

std::string to_text(const Rbac& rbac) {
  size_t width = 0;
  for (const RbacPermission& permission : rbac.permissions) width = std::max(width, permission.name.size());
  std::string out = fmt::format("{:{}}", "", width);
  for (const RbacRole& role : rbac.roles) out += "  " + role.name;
  out += "\n";
  for (const RbacPermission& permission : rbac.permissions) {
    out += fmt::format("{:{}}", permission.name, width);
    for (const RbacRole& role : rbac.roles) {
      const bool has = std::find(permission.roles.begin(), permission.roles.end(), role.name) != permission.roles.end();
      out += fmt::format("  {:^{}}", has ? "x" : ".", role.name.size());
    }
    out += "  " + permission.meaning + "\n";
  }
  out += "\n";
  for (const RbacRole& role : rbac.roles)
    out += fmt::format("{:{}}  {}: {}\n", role.name, width, role.kind, role.meaning);
  return out;
}

int print_rbac(const Config& config, bool as_json) {
  return operate_on(config, [as_json](identity::Backend& backend) -> net::Task<Result<Done>> {
    auto rbac = co_await read_rbac(backend.identities);
    if (!rbac) co_return std::unexpected(rbac.error());
    std::fputs((as_json ? json::encode(*rbac) + "\n" : to_text(*rbac)).c_str(), stdout);
    co_return Done{};
  });
}

}  // namespace cordon::app
