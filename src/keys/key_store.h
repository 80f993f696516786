// All SQL of wrapped keys. Statements take the tenant, so that the same ones serve a seal and the identity login.
#pragma once
#include <functional>
#include <vector>

#include "db/pool.h"
#include "keys/kms.h"

namespace cordon::keys {

/// Runs statements in one transaction: under a seal (scope), or as the identity login.
using Transact = std::function<net::Task<Result<std::vector<db::Rows>>>(std::vector<db::Query>)>;
/// As the identity login, which sees every tenant's wrapped keys and nothing that they close.
Transact as_identity(db::Pool& identities);

struct TenantKeyRow {
  int64_t version = 0;
  bool active = false;
  Wrapped wrapped;  ///< empty: destroyed
};
struct DataKeyRow {
  Uuid subject;
  int64_t version = 0, tenant_version = 0;
  Time active_from;
  std::string wrapped;  ///< empty: destroyed
};

db::Query select_tenant_keys(TenantId tenant);
std::vector<TenantKeyRow> read_tenant_keys(const db::Rows& rows);
db::Query select_data_keys(TenantId tenant, const std::vector<Uuid>& subjects);
std::vector<DataKeyRow> read_data_keys(const db::Rows& rows);

/// A tenant's new active key; the one that was is decrypt-only from here on (two statements).
std::vector<db::Query> add_tenant_key(TenantId tenant, int64_t version, const Wrapped& wrapped);
/// Keys of new subjects, each for the version given; one that is there already stays.
db::Query add_data_keys(TenantId tenant, const std::vector<DataKeyRow>& keys);

}  // namespace cordon::keys
