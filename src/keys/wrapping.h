// How keys are wrapped, and to what they are bound.
#pragma once
#include "keys/key_store.h"
#include "keys/xaes.h"

namespace cordon::keys {

/// The associated data of a tenant's key in the KMS, and of a data key under the tenant's: "cordon tenant key" and
/// "cordon data key", with ids and version. docs/keys.md has them for strangers.
std::string tenant_key_aad(TenantId tenant, int64_t version);
std::string data_key_aad(TenantId tenant, const Uuid& subject, int64_t version);
/// Whose key is bound to associated data of tenant_key_aad()'s; the platform's for any other.
TenantId tenant_of(std::string_view aad);

/// A tenant's key as the KMS opens it. Errors as Kms::unwrap() has them.
net::Task<Result<Secret>> unwrap(Kms& kms, TenantId tenant, const TenantKeyRow& row);

}  // namespace cordon::keys
