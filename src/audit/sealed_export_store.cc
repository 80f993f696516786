#include "audit/sealed_export_store.h"

namespace cordon::audit {

namespace {

#define COLUMNS "export_id, tenant_id, events, object_key, made_at"
constexpr db::Statement kKeep{"sealed_export.keep", R"(
  INSERT INTO audit.export (export_id, tenant_id, events, object_key) VALUES ($1::uuid, $2::uuid, $3::bigint, $4::bytea))"};
constexpr db::Statement kFind{"sealed_export.find", "SELECT " COLUMNS " FROM audit.export WHERE export_id = $1::uuid"};
constexpr db::Statement kList{"sealed_export.list", "SELECT " COLUMNS " FROM audit.export ORDER BY export_id DESC"};

net::Task<Result<db::Rows>> ask(db::Pool& identities, db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return std::move(rows->front());
}

SealedExport read_export(const db::Rows& rows, int i) {
  SealedExport out;
  out.id = rows.id<EventId>(i, 0);
  out.tenant = rows.maybe_id<TenantId>(i, 1);
  out.events = rows.integer(i, 2);
  out.object_key.value = rows.text(i, 3);
  out.made_at = rows.time(i, 4);
  return out;
}

}  // namespace

net::Task<Result<Done>> keep_export(db::Pool& identities, SealedExport made) {
  auto rows = co_await ask(identities, db::query(kKeep, made.id, made.tenant, made.events, made.object_key));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<SealedExport>> find_export(db::Pool& identities, EventId id) {
  auto rows = co_await ask(identities, db::query(kFind, id));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return fail(Code::not_found, "There is no export " + to_string(id) + " in an object store.");
  co_return read_export(*rows, 0);
}

net::Task<Result<std::vector<SealedExport>>> sealed_exports(db::Pool& identities) {
  auto rows = co_await ask(identities, db::query(kList));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<SealedExport> out;
  for (int i = 0; i < rows->size(); ++i) out.push_back(read_export(*rows, i));
  co_return out;
}

}  // namespace cordon::audit
