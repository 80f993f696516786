// Letting go: events whose kind's days (door/audit_action.h) are over leave the database, with a signed statement of
// which leaves of the log stand for nothing any more.
#pragma once
#include "audit/let_go_store.h"

namespace cordon::audit {

/// Bundles that are looked through for each kind in one transaction: growing the log waits for it, a fraction of a
/// second.
inline constexpr int64_t kLetGoPortion = 32;

/// Lets go one portion, through a `store` whose connection grows the log, with a statement signed by the log's `key`,
/// and returns whether there may be more. Where nothing is due there is no statement. Errors: the store's;
/// Code::conflict where the database would let go what this program would not.
net::Task<Result<bool>> let_go(LetGoStore& store, const std::string& origin, const keys::SigningKey& key);

/// What is due by now: how many events of each kind, and older than when. Changes nothing; anybody's connection.
net::Task<Result<std::vector<LetGo::Kind>>> look_for_due(LetGoStore& store);

}  // namespace cordon::audit
