// How keys are wrapped, and to what they are bound.
#pragma once
#include <functional>

#include "keys/key_store.h"
#include "keys/xaes.h"

namespace cordon::keys {

/// The associated data of a tenant's key in the KMS, and of a data key under the tenant's: "cordon tenant key" and
/// "cordon data key", with ids and version. docs/keys.md has them for strangers.
std::string tenant_key_aad(TenantId tenant, int64_t version);
std::string data_key_aad(TenantId tenant, const Uuid& subject, int64_t version);

/// Asked before a KMS opens a tenant's key, where it is set: what fails keeps it closed. For the audit log.
using BeforeUse = std::function<net::Task<Result<Done>>(TenantId tenant, std::string kms_version)>;
net::Task<Result<Done>> ask_before(const BeforeUse& before_use, TenantId tenant, const TenantKeyRow& row);
/// A tenant's key as the KMS opens it. Errors: before_use's, and Kms::unwrap()'s.
net::Task<Result<Secret>> unwrap(Kms& kms, const BeforeUse& before_use, TenantId tenant, const TenantKeyRow& row);

}  // namespace cordon::keys
