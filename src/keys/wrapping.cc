#include "keys/wrapping.h"

namespace cordon::keys {

std::string tenant_key_aad(TenantId tenant, int64_t version) {
  return "cordon tenant key " + to_string(tenant) + " " + std::to_string(version);
}

std::string data_key_aad(TenantId tenant, const Uuid& subject, int64_t version) {
  return "cordon data key " + to_string(tenant) + " " + to_string(subject) + " " + std::to_string(version);
}

net::Task<Result<Done>> ask_before(const BeforeUse& before_use, TenantId tenant, const TenantKeyRow& row) {
  if (!before_use) co_return Done{};
  co_return co_await before_use(tenant, row.wrapped.version);
}

net::Task<Result<Secret>> unwrap(Kms& kms, const BeforeUse& before_use, TenantId tenant, const TenantKeyRow& row) {
  auto may = co_await ask_before(before_use, tenant, row);
  if (!may) co_return std::unexpected(may.error());
  const std::string aad = tenant_key_aad(tenant, row.version);
  co_return co_await kms.unwrap(row.wrapped, aad);
}

}  // namespace cordon::keys
