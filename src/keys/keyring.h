// The keyring: a reactor's keys, fetched once for many waiters and kept for minutes.
#pragma once
#include <list>
#include <unordered_map>

#include "door/scope.h"
#include "keys/data_key.h"
#include "keys/key_store.h"
#include "keys/lives.h"
#include "keys/recorded_kms.h"
#include "net/reactor.h"

namespace cordon::keys {

/// One reactor's. Errors of everything that gets keys: Code::unavailable where the KMS or the database is away, or the
/// KMS is not the one that wrapped the tenant's key or may not use it (nothing is written in the clear then);
/// Code::conflict where the tenant's key has been destroyed, here or in the KMS.
///
/// A KMS that was away is not asked again for a moment (KeyringOptions::pause): until then, and while somebody asks it
/// afterwards, tenants that are known go on at once. Who is not known gets Code::unavailable at once.
///
/// Where the memory for keys is full, the calling thread's keyring keeps fewer.
class Keyring {
 public:
  /// What the KMS is asked is put on record with `before_ask`, if there is one.
  Keyring(std::unique_ptr<Kms> kms, KeyringOptions options = {}, BeforeAsk before_ask = {});
  ~Keyring();
  Keyring(const Keyring&) = delete;

  /// The keyring of the reactor that calls; throws std::logic_error where it has none.
  static Keyring& current();
  /// Makes it the calling thread's, until it goes.
  void settle();

  /// The key of a subject as it was read some minutes ago at most, if it was: asks nobody.
  std::optional<DataKey> known(TenantId tenant, const Uuid& subject);
  /// The keys of `subjects` that there are, destroyed ones among them.
  net::Task<Result<DataKeys>> find(Transact transact, TenantId tenant, std::vector<Uuid> subjects);
  /// The keys of `subjects`, all of which close: those that are not there are made, and are durable by then.
  net::Task<Result<DataKeys>> make(Transact transact, TenantId tenant, std::vector<Uuid> subjects);
  /// The same as the identity login, which makes the tenant's first key where it never had one (the platform's own).
  net::Task<Result<DataKeys>> make(db::Pool& identities, TenantId tenant, std::vector<Uuid> subjects);
  /// The statements that give a tenant its first key.
  net::Task<Result<std::vector<db::Query>>> first_key(TenantId tenant);

  /// Forgets what it knows of a tenant, or of all: a key was destroyed. What is being read meanwhile still answers
  /// those who wait for it, as if it had come a moment earlier; it is not kept, and nobody else gets it.
  void forget(TenantId tenant);
  void forget_all();

  /// The only way to the KMS.
  RecordedKms& kms() { return kms_; }

 private:
  struct Tenant;
  struct Cached;
  struct Loading;
  struct Turn;
  using TenantPtr = std::shared_ptr<Tenant>;

  net::Task<Result<TenantPtr>> tenant(const Transact& transact, TenantId id, std::optional<int64_t> version = {});
  TenantPtr kept(TenantId id, std::optional<int64_t> version, std::chrono::seconds lifetime) const;
  net::Task<Result<TenantPtr>> load(const Transact& transact, TenantId id, bool again);
  net::Task<Result<bool>> is_destroyed(std::string kms_version);
  net::Task<Result<DataKeys>> make_once(Transact transact, TenantId id, std::vector<Uuid> subjects, bool again);
  net::Task<Result<Done>> read(const Transact& transact, Tenant& of, const std::vector<Uuid>& subjects, uint64_t begun,
                               DataKeys& out);
  void keep(TenantId tenant, const Uuid& subject, DataKey key, Time until);
  bool paused() const;
  std::chrono::seconds lifetime() const;
  void note(bool answered);
  void forget_the_least_used(size_t left);
  bool give_back();

  Keyring* before_ = nullptr;  ///< the thread's, until settle()
  RecordedKms kms_;
  KeyringOptions options_;
  std::unordered_map<Uuid, TenantPtr> tenants_;
  std::unordered_map<Uuid, std::shared_ptr<Loading>> loading_;
  std::list<Cached> used_;  ///< the most recently used first
  std::map<std::pair<Uuid, Uuid>, std::list<Cached>::iterator> known_;
  uint64_t forgets_ = 0;                                            ///< what was begun before the last one is not kept
  std::optional<std::chrono::steady_clock::time_point> ask_again_;  ///< set while the KMS is away
};

/// Keys through a seal, from the calling reactor's keyring: those of the subjects whose rows were read.
/// Code::unauthenticated where the seal is another tenant's than the scope says; Tampered for a row whose subject never
/// had a key.
net::Task<Result<DataKeys>> find_keys(door::Scope& scope, std::vector<Uuid> subjects);
net::Task<Result<DataKeys>> make_keys(door::Scope& scope, std::vector<Uuid> subjects);
net::Task<Result<DataKey>> make_key(door::Scope& scope, Uuid subject);
/// None where there is none that closes.
net::Task<Result<std::optional<DataKey>>> find_key(door::Scope& scope, Uuid subject);

}  // namespace cordon::keys
