#include "app/rbac.h"
#include "identity/transactions.h"

namespace cordon::app {

static constexpr db::Statement kRoles{
    "rbac.roles",
    "SELECT name, kind, meaning FROM door.role ORDER BY array_position('{merchant,staff,service,visitor}', kind), "
    "(SELECT count(*) FROM door.role_permission p WHERE p.role = name) DESC, name"};
static constexpr db::Statement kPermissions{"rbac.permissions", R"(
  SELECT name, meaning, ARRAY(SELECT p.role FROM door.role_permission p WHERE p.permission = name ORDER BY p.role)
    FROM door.permission ORDER BY name)"};

net::Task<Result<Rbac>> read_rbac(db::Pool& pool) {
  std::vector<db::Query> queries{db::query(kRoles), db::query(kPermissions)};
  auto rows = co_await identity::run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  const db::Rows &roles = rows->at(0), &permissions = rows->at(1);
  Rbac rbac;
  for (int i = 0; i < roles.size(); ++i)
    rbac.roles.push_back({std::string(roles.text(i, 0)), std::string(roles.text(i, 1)), std::string(roles.text(i, 2))});
  for (int i = 0; i < permissions.size(); ++i)
    rbac.permissions.push_back(
        {std::string(permissions.text(i, 0)), std::string(permissions.text(i, 1)), permissions.texts(i, 2)});
  co_return rbac;
}

}  // namespace cordon::app
