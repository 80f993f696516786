#include "keys/wrapping.h"

namespace cordon::keys {

static constexpr std::string_view kTenantKey = "cordon tenant key ";

std::string tenant_key_aad(TenantId tenant, int64_t version) {
  return std::string(kTenantKey) + to_string(tenant) + " " + std::to_string(version);
}

TenantId tenant_of(std::string_view aad) {
  if (!aad.starts_with(kTenantKey)) return {};
  return TenantId::parse(aad.substr(kTenantKey.size(), 36)).value_or(TenantId{});
}

std::string data_key_aad(TenantId tenant, const Uuid& subject, int64_t version) {
  return "cordon data key " + to_string(tenant) + " " + to_string(subject) + " " + std::to_string(version);
}

net::Task<Result<Secret>> unwrap(Kms& kms, TenantId tenant, const TenantKeyRow& row) {
  const std::string aad = tenant_key_aad(tenant, row.version);
  co_return co_await kms.unwrap(row.wrapped, aad);
}

}  // namespace cordon::keys
