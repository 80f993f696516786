#include "app/key_commands.h"
#include "commerce/customer_store.h"
#include "db/plain.h"

namespace cordon::app {

// $1 blind index of the external id
static constexpr db::Statement kSubjects{"key_commands.subjects", R"(
  WITH k AS (SELECT customer_id FROM commerce.customer WHERE external_index = $1::bytea)
  SELECT customer_id FROM k UNION ALL SELECT v.visitor_id FROM commerce.visitor v JOIN k USING (customer_id))"};

Result<bool> has_wrapped_keys(const std::string& identity_conninfo) {
  auto connection = db::Plain::open(identity_conninfo);
  if (!connection) return std::unexpected(connection.error());
  auto rows = connection->rows("SELECT EXISTS (SELECT FROM keys.tenant_key WHERE wrapped IS NOT NULL)");
  if (!rows) return std::unexpected(rows.error());
  return rows->at(0).at(0) == "t";
}

net::Task<Result<std::vector<Uuid>>> subjects_of_customer(door::Scope& scope, std::string external_id) {
  auto index = co_await commerce::index_of_customer(scope, external_id);
  if (!index) co_return std::unexpected(index.error());
  std::vector<Uuid> subjects;
  if (*index) {
    auto rows = co_await scope.read(db::query(kSubjects, **index));
    if (!rows) co_return std::unexpected(rows.error());
    for (int i = 0; i < rows->size(); ++i) subjects.push_back(rows->uuid(i, 0));
  }
  if (subjects.empty()) co_return fail(Code::not_found, "There is no such customer.");
  co_return subjects;
}

}  // namespace cordon::app
