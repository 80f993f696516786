// What was let go, as PostgreSQL keeps it (db/migrations/0020_retention.sql).
#pragma once
#include "audit/closing.h"
#include "audit/let_go.h"
#include "audit/log_store.h"

namespace cordon::audit {

/// How far letting go has come with a kind, by the database's own word.
struct Reach {
  std::string kind;
  int64_t days = 0;     ///< that its events stay
  uint64_t bundle = 0;  ///< nothing of it is left before this one
};

/// What the next statement continues.
struct LetGoState {
  Time as_of;         ///< PostgreSQL's clock
  uint64_t size = 0;  ///< the log's
  uint64_t number = 0;
  std::string note;  ///< the newest statement's; empty before the first
  std::vector<Reach> kinds;
};

/// What is due in some bundles.
struct Due {
  std::vector<LetGoPart> parts;  ///< by ascending bundle
  bool waits = false;            ///< whether others there are still to come
};

struct SignedLetGo {
  uint64_t number = 0;
  std::string note;
};

/// Which leaves of a bundle a statement is about.
struct StatedPart : LetGoPart {
  uint64_t statement = 0;
};

struct Hold {
  std::optional<TenantId> tenant;  ///< none: everybody's events
  std::string why;
  Time since;
};

/// Statements of cordon_audit. Errors: Code::unavailable where the database is away.
class LetGoStore {
 public:
  explicit LetGoStore(Ask ask) : ask_(std::move(ask)) {}

  /// Whether it is time to look for what is to be let go.
  net::Task<Result<bool>> is_due();
  /// Code::not_found where there is no log.
  net::Task<Result<LetGoState>> state();
  /// What is due of each kind in `most` bundles from where it stands, in the order of `kinds`.
  net::Task<Result<std::vector<Due>>> due(Time as_of, std::vector<Reach> kinds, int64_t most);
  /// Lets go what is due in those bundles, which has to be `parts`, with its statement and its event, in one
  /// transaction. Returns whether there may be more. Code::conflict where something else is due by now, or the
  /// connection does not grow the log.
  net::Task<Result<bool>> let_go(Time as_of, int64_t most, SignedLetGo statement, std::vector<LetGoPart> parts,
                                 std::optional<ClosedEvent> event);
  /// Drops one past day that has no event any more; returns its partition's name, empty where there is none or the
  /// table is busy.
  net::Task<Result<std::string>> drop_empty_partition();

  /// The statement of that number. Code::not_found.
  net::Task<Result<std::string>> statement(uint64_t number);
  /// Up to `most` statements from the one of that number on.
  net::Task<Result<std::vector<SignedLetGo>>> statements(uint64_t first, int64_t most);
  /// What the statements from the first number to the last are about, by statement, kind and bundle.
  net::Task<Result<std::vector<StatedPart>>> parts_of(uint64_t first, uint64_t last);
  /// What statements say of `most` bundles from `first` on.
  net::Task<Result<std::vector<StatedPart>>> parts_in(uint64_t first, int64_t most);

 private:
  net::Task<Result<db::Rows>> one(db::Query query);
  net::Task<Result<std::vector<StatedPart>>> parts(db::Query query);
  Ask ask_;
};

/// As cordon_identity. Without a tenant: everybody's events. A second hold on the same is 23505: Code::conflict.
db::Query hold(std::optional<TenantId> tenant, const std::string& why);
/// Code::not_found where there is no such hold.
db::Query release(std::optional<TenantId> tenant);
/// Has the process that grows the log look now for what is to be let go.
db::Query ask_to_let_go();
net::Task<Result<std::vector<Hold>>> holds(db::Pool& identities);

}  // namespace cordon::audit
