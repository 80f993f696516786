#include "app/key_commands.h"
#include "db/plain.h"

namespace cordon::app {

Result<bool> has_wrapped_keys(const std::string& identity_conninfo) {
  auto connection = db::Plain::open(identity_conninfo);
  if (!connection) return std::unexpected(connection.error());
  auto rows = connection->rows("SELECT EXISTS (SELECT FROM keys.tenant_key WHERE wrapped IS NOT NULL)");
  if (!rows) return std::unexpected(rows.error());
  return rows->at(0).at(0) == "t";
}

}  // namespace cordon::app
