// Scope: who asks, for which tenant, and the only way to a tenant's data.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/pool.h"
#include "door/pass.h"

namespace cordon::door {

/// A statement that ran in a scope: what audit events tell of it.
struct Ran {
  const db::Statement* statement;
  std::array<uint8_t, 32> params;  ///< SHA-256 of its parameters
  std::optional<int64_t> rows;     ///< not known of a change until it has committed
};

/// A statement as it is about to run.
Ran ran_of(const db::Query& query);

/// One request's or one job's. Each call is one transaction in one round trip: `door.enter(seal)`, the statements,
/// Sync.
class Scope {
 public:
  Scope(std::shared_ptr<const Pass> pass, db::Pool& pool) : pass_(std::move(pass)), pool_(pool) {}
  Scope(Scope&&) = default;
  /// Hands what ran and is in nobody's event to on_untold().
  ~Scope();

  const Pass& pass() const { return *pass_; }
  TenantId tenant() const { return pass_->tenant; }

  /// Reads: one statement, or several in the same transaction.
  net::Task<Result<db::Rows>> read(db::Query query);
  net::Task<Result<std::vector<db::Rows>>> read(std::vector<db::Query> queries);

  /// Changes: the statements and, in the same transaction, whatever stands in `with_change` (the audit event), which
  /// writes nothing where they found nothing to change.
  net::Task<std::expected<std::vector<db::Rows>, db::Refusal>> change(std::vector<db::Query> queries);

  /// Reads and adds the keys that what is read and changed here needs (src/keys): not what was asked for, so no event
  /// goes with it and changed() stays as it is.
  net::Task<Result<std::vector<db::Rows>>> keep(std::vector<db::Query> queries);

  /// Asks whether the seal is live, carries `permission` (any live seal will do if that is empty), and is the one of
  /// whom the pass names: for what touches no tenant table, where no policy asks. Code::unauthenticated if it is
  /// somebody else's.
  net::Task<Result<Done>> knock(std::string_view permission);

  /// What every change of this scope carries, given what ran for it. Set by whoever made the scope.
  std::function<net::Task<Result<std::vector<db::Query>>>(std::vector<Ran>, std::string detail)> with_change;
  /// What the next change's event says of it, as JSON: what was before, and after.
  std::string detail;
  /// What has run, without keys and seals, and is in no event of a change yet. It is the caller's to put on record.
  std::vector<Ran> take_ran() { return std::exchange(ran_, {}); }
  /// What ran in another scope for the same work: this one's event tells of it.
  void tell(const std::vector<Ran>& ran) { ran_.insert(ran_.end(), ran.begin(), ran.end()); }
  /// The calling thread's, for what ran in a scope that has ended and was not taken; unset where nobody records.
  static std::function<void(const Pass&, std::vector<Ran>)>& on_untold();
  /// True once a change has committed.
  bool changed() const { return changed_; }
  /// True where a change was to be made and there was nothing to change.
  bool in_vain() const { return in_vain_ && !changed_; }
  /// True once PostgreSQL has accepted the seal in a transaction of this scope.
  bool asked() const { return asked_; }

 private:
  net::Task<std::expected<std::vector<db::Rows>, db::Refusal>> transact(std::vector<db::Query> queries,
                                                                        db::Access access);

  std::shared_ptr<const Pass> pass_;
  db::Pool& pool_;
  std::vector<Ran> ran_;
  bool changed_ = false, in_vain_ = false;
  bool asked_ = false;
};

}  // namespace cordon::door
