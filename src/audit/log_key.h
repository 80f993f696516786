// The key that signs the log's checkpoints. It stands in the database, closed with the platform's key, so that every
// replica can go on with the log and a dump of the database cannot.
#pragma once
#include "audit/log_store.h"
#include "keys/field.h"

namespace cordon::audit {

inline constexpr keys::Field kLogKey{"audit.log", "private_key"};

/// The log's signing key; makes the log, of the name `origin` (empty: one of its own), where there is none. `platform`
/// is whose key closes it. Errors as keys::Keyring has them.
net::Task<Result<keys::SigningKey>> log_key(db::Pool& identities, TenantId platform, std::string origin);

}  // namespace cordon::audit
