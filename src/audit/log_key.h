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

/// A log that was begun in another one's place.
struct BegunLog {
  VerifierKey key;
  std::string note;        ///< its first checkpoint: no entries
  int64_t renumbered = 0;  ///< events that were of another cluster's transactions
};
/// Ends the log and begins a new one, with a key and a name of its own, into which every event goes that there is: for
/// a database that does not continue what was signed, or that was restored from a dump. Leaves an event. Errors as
/// log_key(), and Code::conflict where the log has no entries yet, or there has been one of that name.
net::Task<Result<BegunLog>> begin_new_log(db::Pool& identities, const Log& ended, TenantId platform, std::string origin,
                                          std::string why);

}  // namespace cordon::audit
