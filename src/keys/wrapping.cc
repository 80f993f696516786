#include "keys/wrapping.h"

namespace cordon::keys {

std::string tenant_key_aad(TenantId tenant, int64_t version) {
  return "cordon tenant key " + to_string(tenant) + " " + std::to_string(version);
}

std::string data_key_aad(TenantId tenant, const Uuid& subject, int64_t version) {
  return "cordon data key " + to_string(tenant) + " " + to_string(subject) + " " + std::to_string(version);
}

net::Task<Result<Secret>> unwrap(Kms& kms, const BeforeUse& before_use, TenantId tenant, const TenantKeyRow& row) {
  if (before_use) {
    auto recorded = co_await before_use(tenant, row.wrapped.version);
    if (!recorded) co_return std::unexpected(recorded.error());
  }
  const std::string aad = tenant_key_aad(tenant, row.version);
  co_return co_await kms.unwrap(row.wrapped, aad);
}

}  // namespace cordon::keys
