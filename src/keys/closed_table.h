// Tables with closed columns, as whoever closes all of their rows anew walks through them.
#pragma once
#include <vector>

#include "door/scope.h"
#include "keys/data_key.h"
#include "keys/key_store.h"

namespace cordon::keys {

/// Where a walk through a table has come to: its rows in the order of (id, number), the table's key after the tenant.
struct Place {
  Uuid id{};
  int64_t number = -1;
};

/// Who reaches a table: whoever has a seal, which says whose rows there are; or the identity login, which has none and
/// names the tenant.
enum class Reached { by_seal, by_login };

/// A table with a tenant's rows. `read`: $1, $2 the place to go on after, $3 limit; returns id, number, the row's id
/// (of the associated data), its data subject, then the columns of `fields`. `write`: $1 ids, $2 numbers (as text),
/// then for each field what was read and what to put there instead; leaves alone what has changed since. Of one that is
/// reached by the login, $1 is the tenant in both, and the rest comes after it.
struct ClosedTable {
  const db::Statement* read;
  const db::Statement* write;
  std::vector<Field> fields;
  Reached reached = Reached::by_seal;
};

/// The way to a tenant's rows, and to the keys that they are closed with.
struct Way {
  Transact read, change;
  std::function<net::Task<Result<DataKeys>>(std::vector<Uuid> subjects)> find_keys;
  std::vector<db::Param> first;  ///< what every statement begins its parameters with
};
Way by_seal(door::Scope& scope);
Way by_login(const Transact& identity, TenantId tenant);

/// What a value becomes; nullopt leaves it as it is.
using Reclose = std::function<std::optional<db::Bytes>(const DataKey& key, const Field& field, const Uuid& row,
                                                       std::string_view value)>;

struct Walked {
  Place place;
  int64_t rows = 0;     ///< that were read
  int64_t changed = 0;  ///< that were written
  bool end = false;     ///< there are no more
};
/// One step: at most `limit` rows from `place` on, read in one transaction and written in another.
net::Task<Result<Walked>> walk(const Way& way, const ClosedTable& table, Place place, int64_t limit,
                               const Reclose& reclose);

/// Closes with the newest key what an older version of it has closed.
std::optional<db::Bytes> with_newest(const DataKey& key, const Field& field, const Uuid& row, std::string_view value);

}  // namespace cordon::keys
