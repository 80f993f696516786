// Rows that SQL wrote in the clear, closed as the server would have closed them.
#pragma once
#include "commerce/closed_tables.h"
#include "identity/backend.h"
#include "keys/keyring.h"

namespace cordon::testing {

/// A shop's conversations and customers; throws what goes wrong. Blind indices stay as they are.
inline net::Task<void> close_rows(identity::Backend& backend, TenantId tenant) {
  static constexpr db::Statement kSubjects{
      "closing.subjects", "SELECT visitor_id FROM commerce.visitor UNION SELECT customer_id FROM commerce.customer"};
  const auto must = [](auto result) {
    if (!result) throw std::runtime_error(result.error().detail);
    return std::move(*result);
  };
  std::vector<Uuid> own{tenant.value};
  must(co_await keys::Keyring::current().make(backend.identities, tenant, std::move(own)));
  door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
  const auto rows = must(co_await scope.read(db::query(kSubjects)));
  std::vector<Uuid> subjects;
  for (int i = 0; i < rows.size(); ++i) {
    subjects.push_back(rows.uuid(i, 0));
    if (subjects.size() < 1000 && i + 1 < rows.size()) continue;
    must(co_await keys::make_keys(scope, std::move(subjects)));
    subjects.clear();
  }
  const keys::Reclose close = [](const keys::DataKey& key, const keys::Field& field, const Uuid& row,
                                 std::string_view value) -> std::optional<db::Bytes> {
    if (value.front() == 1) return std::nullopt;
    return key.close(field, row, value);
  };
  const keys::Way way = keys::by_seal(scope);
  const auto tables = commerce::closed_tables();
  for (const keys::ClosedTable& table : tables)
    for (keys::Walked at; !at.end;) at = must(co_await keys::walk(way, table, at.place, 1000, close));
}

}  // namespace cordon::testing
