#include "app/key_commands.h"
#include "commerce/customer_store.h"

namespace cordon::app {

// $1 blind index of the external id
static constexpr db::Statement kSubjects{R"(
  WITH k AS (SELECT customer_id FROM commerce.customer WHERE external_index = $1::bytea)
  SELECT customer_id FROM k UNION ALL SELECT v.visitor_id FROM commerce.visitor v JOIN k USING (customer_id))"};

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
