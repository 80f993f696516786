// The custodian: changes keys as time goes by, and ends them.
//
// Three kinds of key stand above each other: the KMS's wraps a tenant's, a tenant's wraps its data keys, a data key
// closes the fields of one data subject. To end a key for good, also in backups that were taken before, is one move at
// each step: make the next version of the key above, wrap with it what stays, destroy the version that had wrapped what
// goes. What stays is read with the keys of today, so a backup of data is restored beside today's `keys` schema
// (docs/keys.md).
//
// Every step is conditional on what was read and is found again in the rows themselves: whoever is killed in the middle
// goes on where it was.
#pragma once
#include "keys/closed_table.h"
#include "keys/custodian_store.h"
#include "keys/lives.h"
#include "keys/wrapping.h"

namespace cordon::keys {

struct KeyStatus {
  std::vector<KmsVersion> kms;
  KeyCounts counts;
};

/// One at a time of all replicas does tend(); the rest is an operator's. Errors: the KMS's and the database's.
class Custodian {
 public:
  Custodian(Kms& kms, db::Pool& identities, Record record, KeyLives lives = {})
      : kms_(kms), identity_(as_identity(identities)), store_(identities, std::move(record)), lives_(lives) {}

  net::Task<Result<KeyStatus>> status();
  /// Called with how many keys were wrapped anew so far, if set.
  std::function<void(int64_t)> progress;

  /// What is due by age, by use, or was begun: rotates, wraps anew, ends keys. Does nothing while another replica is at
  /// it.
  net::Task<Result<Done>> tend();

  /// A new version of the KMS's key, and every tenant's key wrapped with it. The old version stays until shred().
  net::Task<Result<std::string>> rotate_kms();
  /// A new key of a tenant's, every data key wrapped with it, and the end of the old one.
  net::Task<Result<Done>> rotate_tenant(TenantId tenant);
  /// Wraps what is still under older keys, at both steps; returns how many.
  net::Task<Result<int64_t>> rewrap();

  /// New keys for a tenant's data subjects, itself among them, which close fields once every process has read them
  /// (`wait_seconds` after they were made, or a little before). Called again, it makes those that are missing.
  net::Task<Result<Done>> renew(TenantId tenant, int64_t wait_seconds);
  /// One step of closing the rows anew of a tenant for which renew() was called: false when there is nothing left to
  /// do, and then the older keys have ended; or when renew() has put it off, and `at` is to be read again. `scope`
  /// gives a service's seal of that tenant; null for the platform, which has none.
  net::Task<Result<bool>> reclose(Reclosing& at, const std::vector<ClosedTable>& tables, door::Scope* scope);
  /// Tenants that reclose() is to go on with.
  net::Task<Result<std::vector<Reclosing>>> reclosings() { return store_.reclosings(); }

  /// Asks for the end of the keys of some subjects (`whole`: of the tenant's own key). The first happens at the next
  /// tend() or shred(); a tenant's own waits for approve() and seven days, unless `legal`. Code::invalid unless
  /// it says who asks, and why in 10 to 500 characters.
  net::Task<Result<Uuid>> ask(TenantId tenant, std::vector<Uuid> subjects, bool whole, std::string by, std::string why,
                              bool legal);
  /// The newest 500.
  net::Task<Result<std::vector<DestructionRecord>>> destructions() { return store_.destructions({}); }
  /// Code::not_found.
  net::Task<Result<DestructionRecord>> destruction(Uuid id);
  /// Another person's yes. Code::not_found; Code::conflict where it is the same person, or no yes is waited for.
  net::Task<Result<DestructionRecord>> approve(Uuid destruction, std::string by);
  /// Anybody's no, as long as the keys are there. Code::not_found; Code::conflict where it is too late.
  net::Task<Result<DestructionRecord>> withdraw(Uuid destruction, std::string by);
  /// Ends every key whose time has come, here and then for good: see above. Returns how many destructions are done.
  net::Task<Result<int64_t>> shred();

 private:
  net::Task<Result<std::string>> primary();
  net::Task<Result<Done>> rewrap_tenant(TenantKeyAt row, std::string newest);
  net::Task<Result<int64_t>> rewrap_tenants();
  net::Task<Result<int64_t>> rewrap_data(TenantId tenant);
  net::Task<Result<Done>> rotate_old_kms();
  net::Task<Result<Done>> rotate_old_tenants();
  net::Task<Result<Done>> renew_old();
  /// A tenant's keys, unwrapped, and which is active (0: none).
  struct Opened {
    std::map<int64_t, Xaes> keys;
    int64_t active = 0;
  };
  net::Task<Result<Opened>> open(TenantId tenant);
  net::Task<Result<Walked>> step(const ClosedTable& table, TenantId tenant, Place from, door::Scope* scope);
  net::Task<Result<Done>> destroy_old_versions();
  /// Ends the tenant's key that had wrapped what a destruction ended: nothing to do where that was done before.
  net::Task<Result<Done>> leave_tenant_key(const Destruction& destruction);
  /// Ends the KMS's version that had wrapped tenants' keys which are gone, and those before it: what stays is wrapped
  /// with a newer one, which is made where it was not made before.
  net::Task<Result<Done>> leave_kms_version(const std::vector<Destruction>& destructions);

  Kms& kms_;
  Transact identity_;
  CustodianStore store_;
  KeyLives lives_;
  int64_t wrapped_ = 0;
};

}  // namespace cordon::keys
