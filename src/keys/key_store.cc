#include "keys/key_store.h"

namespace cordon::keys {

namespace {

// $1 tenant
constexpr db::Statement kTenantKeys{"key.tenant_keys", R"(
  SELECT version, state = 'active', kms_version, wrapped FROM keys.tenant_key
   WHERE tenant_id = $1::uuid ORDER BY version)"};
// $1 tenant, $2 subjects
constexpr db::Statement kDataKeys{"key.data_keys", R"(
  SELECT subject_id, version, tenant_version, active_from, wrapped FROM keys.data_key
   WHERE tenant_id = $1::uuid AND subject_id = ANY ($2::uuid[]))"};
constexpr db::Statement kRetire{"key.retire", R"(
  UPDATE keys.tenant_key SET state = 'decrypt-only', retired_at = now() WHERE tenant_id = $1::uuid AND state = 'active')"};
// $1 tenant, $2 version, $3 the KMS's version, $4 wrapped
constexpr db::Statement kAddTenantKey{"key.add_tenant_key", R"(
  INSERT INTO keys.tenant_key (tenant_id, version, kms_version, wrapped) VALUES ($1::uuid, $2::integer, $3, $4::bytea))"};
// $1 tenant, $2 subjects, $3 versions, $4 the tenant's versions, $5 wrapped, $6 active from
constexpr db::Statement kAddDataKeys{"key.add_data_keys", R"(
  INSERT INTO keys.data_key (tenant_id, subject_id, version, tenant_version, wrapped, active_from)
  SELECT $1::uuid, n.subject_id, n.version::integer, n.tenant_version::integer, n.wrapped, n.active_from::timestamptz
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::text[]) AS n (subject_id, version, tenant_version, wrapped, active_from)
  ON CONFLICT (tenant_id, subject_id, version) DO NOTHING)"};

}  // namespace

Transact as_identity(db::Pool& identities) {
  return [&identities](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
    auto rows = co_await identities.transact(TenantId{}, queries);
    if (!rows) co_return std::unexpected(std::move(rows.error().error));
    co_return std::move(*rows);
  };
}

db::Query select_tenant_keys(TenantId tenant) { return db::query(kTenantKeys, tenant); }

std::vector<TenantKeyRow> read_tenant_keys(const db::Rows& rows) {
  std::vector<TenantKeyRow> out;
  for (int i = 0; i < rows.size(); ++i)
    out.push_back(
        {rows.integer(i, 0), rows.boolean(i, 1), {std::string(rows.text(i, 2)), std::string(rows.text(i, 3))}});
  return out;
}

db::Query select_data_keys(TenantId tenant, const std::vector<Uuid>& subjects) {
  return db::query(kDataKeys, tenant, subjects);
}

std::vector<DataKeyRow> read_data_keys(const db::Rows& rows) {
  std::vector<DataKeyRow> out;
  for (int i = 0; i < rows.size(); ++i)
    out.push_back(
        {rows.uuid(i, 0), rows.integer(i, 1), rows.integer(i, 2), rows.time(i, 3), std::string(rows.text(i, 4))});
  return out;
}

std::vector<db::Query> add_tenant_key(TenantId tenant, int64_t version, const Wrapped& wrapped) {
  const db::Bytes bytes{wrapped.bytes};
  return {db::query(kRetire, tenant), db::query(kAddTenantKey, tenant, version, wrapped.version, bytes)};
}

db::Query add_data_keys(TenantId tenant, const std::vector<DataKeyRow>& keys) {
  std::vector<Uuid> subjects;
  std::vector<std::string> versions, tenant_versions, from;
  std::vector<db::Bytes> wrapped;
  for (const DataKeyRow& key : keys) {
    subjects.push_back(key.subject);
    versions.push_back(std::to_string(key.version));
    tenant_versions.push_back(std::to_string(key.tenant_version));
    from.push_back(to_string(key.active_from));
    wrapped.push_back({key.wrapped});
  }
  return db::query(kAddDataKeys, tenant, subjects, versions, tenant_versions, wrapped, from);
}

}  // namespace cordon::keys
