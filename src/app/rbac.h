// The matrix role x permission, as the door's own tables have it: `cordon rbac`.
#pragma once
#include "app/config.h"
#include "base/json.h"
#include "db/pool.h"

namespace cordon::app {

struct RbacRole {
  std::string name, kind, meaning;
};
BOOST_DESCRIBE_STRUCT(RbacRole, (), (name, kind, meaning))

struct RbacPermission {
  std::string name, meaning;
  std::vector<std::string> roles;  ///< that have it
};
BOOST_DESCRIBE_STRUCT(RbacPermission, (), (name, meaning, roles))

struct Rbac {
  std::vector<RbacRole> roles;
  std::vector<RbacPermission> permissions;
};
BOOST_DESCRIBE_STRUCT(Rbac, (), (roles, permissions))

/// Reads the matrix as cordon_identity.
net::Task<Result<Rbac>> read_rbac(db::Pool& pool);
/// As a table for people: a line a permission, a column a role.
std::string to_text(const Rbac& rbac);

/// `cordon rbac`: prints the matrix of the database that is there, not of the one that this program would make. Returns
/// the exit status.
int print_rbac(const Config& config, bool as_json);

}  // namespace cordon::app
