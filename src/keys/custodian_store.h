// All SQL of changing and ending keys, as the identity login.
#pragma once
#include "base/schema.h"
#include "door/audit_action.h"
#include "keys/key_store.h"

namespace cordon::keys {

/// How a version of the KMS's key has been used here.
struct KmsUse {
  Time since;         ///< when it was first seen: tokens do not tell when they made it
  int64_t wraps = 0;  ///< tenants' keys that it has wrapped
};

/// Where a walk through tenants' keys has come to.
struct TenantKeyPlace {
  TenantId tenant{};
  int64_t version = -1;
};

/// Something that a KMS has wrapped: a tenant's key.
struct TenantKeyAt {
  TenantId tenant;
  TenantKeyRow key;
};

struct Destruction {
  Uuid id;
  TenantId tenant;
  std::vector<Uuid> subjects;  ///< none: the tenant's own key
  bool whole = false;          ///< the tenant's own key
};

/// waiting for a second person's yes; approved, and done when its time comes; withdrawn before that; the keys gone from
/// the database and not yet from its backups; done.
enum class DestructionState { waiting, approved, withdrawn, ending, done };
BOOST_DESCRIBE_ENUM(DestructionState, waiting, approved, withdrawn, ending, done)

/// A destruction as it is told: who asked for it, who said yes, and how far it is.
struct DestructionRecord {
  Uuid destruction_id;
  TenantId tenant_id;
  std::string shop;
  int64_t subjects = 0;  ///< how many data subjects' keys
  bool whole = false;    ///< the shop's own key, and with it all of its
  DestructionState state = DestructionState::waiting;
  std::string why;
  bool legal = false;
  std::string asked_by;
  Time asked_at, due_at;
  std::optional<std::string> approved_by;
  std::optional<Time> approved_at;
  std::optional<std::string> withdrawn_by;
  std::optional<Time> withdrawn_at, keys_gone_at, done_at;
};
CORDON_TYPE(DestructionRecord, destruction_id, tenant_id, shop, subjects, whole, state, why, legal, asked_by, asked_at,
            due_at, approved_by, approved_at, withdrawn_by, withdrawn_at, keys_gone_at, done_at)

/// How far closing a tenant's rows anew has come.
struct Reclosing {
  TenantId tenant;
  Time asked_at, ready_at;
  int64_t table = 0;  ///< the table that it is in
  Uuid place_id{};    ///< and the row there after which it goes on
  int64_t place_number = -1;
  int64_t changed = 0;  ///< rows in this pass
  int64_t total = 0;    ///< rows in all passes
};

struct KeyCounts {
  int64_t tenants = 0;         ///< with an active key
  int64_t retiring = 0;        ///< tenants' keys that still open what is not wrapped again yet
  int64_t data_keys = 0;       ///< that close
  int64_t to_wrap_again = 0;   ///< of these, those under a retiring key
  int64_t under_old_kms = 0;   ///< tenants' keys under a version of the KMS's key that is not primary
  int64_t destroyed = 0;       ///< data keys that ended
  int64_t waiting = 0;         ///< destructions that are asked for and not done
  std::optional<Time> oldest;  ///< when the oldest active key of a tenant was made
};

/// The statement that leaves an audit event with a change: `action` ("key.destroy"), the tenant, details as JSON.
using Record = std::function<db::Query(door::AuditAction action, TenantId tenant, std::string detail)>;

/// One transaction at a time; every change is conditional on what was read, so that two who do the same do no harm.
class CustodianStore {
 public:
  CustodianStore(db::Pool& identities, Record record)
      : transact_(as_identity(identities)), record_(std::move(record)) {}

  /// Takes the turn for so many seconds, or keeps it (`mine`); false where somebody else has it.
  net::Task<Result<bool>> take_turn(int seconds, bool mine);

  net::Task<Result<KmsUse>> use_of(std::string kms_version);
  /// From here on nothing is wrapped with a version of the KMS's key; false where it still wraps a tenant's key.
  net::Task<Result<bool>> end_version(std::string kms_version);
  net::Task<Result<KeyCounts>> counts(std::string primary);
  /// Tenants' keys that are not under `primary`, at most `limit`.
  net::Task<Result<std::vector<TenantKeyAt>>> under_others(std::string primary, TenantKeyPlace after, int64_t limit);
  /// Code::unavailable where the version that has wrapped it ended meanwhile; and so add().
  net::Task<Result<Done>> replace(TenantKeyAt old, Wrapped fresh);
  net::Task<Result<std::vector<TenantKeyRow>>> keys_of(TenantId tenant);
  /// A new active key; the one before is retiring from here on.
  net::Task<Result<Done>> add(TenantId tenant, int64_t version, Wrapped wrapped);
  /// Tenants whose active key is older than so many seconds or has wrapped more than `wraps`, or that have a retiring
  /// one.
  net::Task<Result<std::vector<TenantId>>> due(int64_t seconds, int64_t wraps);
  net::Task<Result<std::vector<TenantId>>> retiring();

  /// Data keys under another version than `active`, at most `limit`.
  net::Task<Result<std::vector<DataKeyRow>>> wrapped_before(TenantId tenant, int64_t active, int64_t limit);
  net::Task<Result<Done>> replace(TenantId tenant, std::vector<DataKeyRow> old, std::vector<DataKeyRow> fresh);
  /// Ends retiring keys of a tenant that nothing is wrapped with any more.
  net::Task<Result<Done>> end_retired(TenantId tenant);

  /// Subjects of a tenant, those of its indices and audit events apart, whose newest key was made before `asked`: their
  /// newest keys' rows.
  net::Task<Result<std::vector<DataKeyRow>>> subjects_before(TenantId tenant, Time asked, int64_t limit);
  net::Task<Result<Done>> add_data(TenantId tenant, std::vector<DataKeyRow> keys);
  /// Has every process forget the keys that it holds, and so read them again.
  net::Task<Result<Done>> tell();
  /// Tenants with a subject's key that is older than so many seconds, and that are not being closed anew.
  net::Task<Result<std::vector<TenantId>>> aged(int64_t seconds);
  /// Begins closing a tenant's rows anew: ready when `wait_seconds` have passed. Goes on with one that was begun.
  net::Task<Result<Reclosing>> begin_reclosing(TenantId tenant, int64_t wait_seconds);
  /// Puts it off until `wait_seconds` have passed from now, and back to its beginning: there are to be more new keys.
  net::Task<Result<Reclosing>> put_off(TenantId tenant, int64_t wait_seconds);
  net::Task<Result<std::vector<Reclosing>>> reclosings();
  /// False, and nothing is saved, where it was put off meanwhile.
  net::Task<Result<bool>> save(Reclosing at);
  /// Every row is under a newest key: the older ones end. Unless it was put off meanwhile.
  net::Task<Result<Done>> end_reclosing(Reclosing at);

  net::Task<Result<Done>> ask(Destruction wanted, std::string by, std::string why, bool legal);
  /// The newest 500, or one.
  net::Task<Result<std::vector<DestructionRecord>>> destructions(std::optional<Uuid> one);
  /// A yes or a no. Code::conflict where it is the same person's yes, or where nothing is to be decided any more.
  net::Task<Result<Done>> decide(DestructionRecord record, std::string by, bool yes);
  /// Those whose time has come and whose keys are still there; and those whose keys are gone here but not yet in
  /// backups.
  net::Task<Result<std::vector<Destruction>>> ripe();
  net::Task<Result<std::vector<Destruction>>> unfinished();
  /// The keys' end in this database.
  net::Task<Result<Done>> end_keys(Destruction destruction);
  /// Whether a tenant's key is there yet that had wrapped what a destruction of subjects' keys ended, and if so,
  /// whether the active one is.
  net::Task<Result<std::optional<bool>>> still_wrapping(Destruction destruction);
  /// Notes, once for each, that `primary` was the KMS's primary version when all that they end was gone from here;
  /// whether it is that version still for one of them.
  net::Task<Result<bool>> leaves(std::vector<Destruction> of, std::string primary);
  net::Task<Result<Done>> finish(std::vector<Destruction> done);

 private:
  net::Task<Result<db::Rows>> one(db::Query query);
  Transact transact_;
  Record record_;
};

}  // namespace cordon::keys
