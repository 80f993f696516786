// The log as PostgreSQL keeps it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "audit/note.h"
#include "audit/tile.h"
#include "db/pool.h"

namespace cordon::audit {

/// A place in the order in which events go into the log.
struct LogPlace {
  uint64_t xid = 0;  ///< of the transaction that wrote the event
  Uuid event;
  auto operator<=>(const LogPlace&) const = default;
};

/// The log's row.
struct Log {
  Uuid id;
  VerifierKey key;  ///< its name is the log's origin
  uint64_t size = 0;
  LogPlace last;
  std::string checkpoint;  ///< the newest signed one; empty before the first
  std::string cosigned;    ///< the newest with its witnesses' cosignatures; empty where none is asked
  Time sealed_at;

  /// What strangers get: a witnessed log hands out no checkpoint that its witnesses have not seen.
  const std::string& published() const { return cosigned.empty() ? checkpoint : cosigned; }
};

/// One event as the log knows it.
struct Unsealed {
  LogPlace place;
  Hash commitment;
};

/// A part of a bundle: what the next leaves stand for.
struct BundlePart {
  uint64_t number = 0;
  LogPlace first;
  std::string events;       ///< ids, 16 bytes each
  std::string commitments;  ///< 32 bytes each
};

/// Events that wait to be put into the log.
struct HeldUp {
  Time since;                   ///< when the first of them was written
  int64_t transaction_pid = 0;  ///< PostgreSQL's process of the transaction that they wait for; 0 for none
  int64_t turn_pid = 0;         ///< of the connection whose turn it is to grow the log; 0 for nobody's
};

struct Growth {
  uint64_t from_size = 0, to_size = 0;
  LogPlace last;
  std::string checkpoint;
  std::vector<Edge::Tile> tiles;
  std::vector<BundlePart> bundles;
};

using Ask = std::function<net::Task<Result<std::vector<db::Rows>>>(std::vector<db::Query>)>;
/// Asks through a pool.
Ask through(db::Pool& pool);
/// Asks through one connection.
Ask through(db::Connection& connection);

/// Statements of cordon_audit. Errors: Code::unavailable where the database is away.
class LogStore : public TileSource {
 public:
  explicit LogStore(Ask ask) : ask_(std::move(ask)) {}

  /// What it asks through, for what else stands beside the log.
  const Ask& ask() const { return ask_; }
  /// Code::not_found where nobody has made a log yet.
  net::Task<Result<Log>> log();
  /// Hash tiles and bundles.
  net::Task<Result<std::vector<std::string>>> read(std::vector<TilePath> paths) override;
  /// Whether the connection that asks is the one that grows the log. PostgreSQL ends it, and with it its turn, when it
  /// has said nothing for so long: its process may be stopped, or cut off, which closes no connection.
  net::Task<Result<bool>> take_turn(std::chrono::milliseconds silence);
  /// Whether what is written from now on comes after the log's end, and what was since it was sealed. False on another
  /// cluster, as after a dump was restored, whose transactions count anew. May take as long as reading what is
  /// unsealed.
  net::Task<Result<bool>> counts_on();
  net::Task<Result<std::vector<Unsealed>>> unsealed(LogPlace after, int64_t most);
  /// Whether the log stands still: it has not grown for so long, and an event has waited for so long.
  net::Task<Result<std::optional<HeldUp>>> held_up(std::chrono::milliseconds patience);
  /// False where the log does not end at `from_size` any more.
  net::Task<Result<bool>> grow(const Growth& growth);
  /// Takes the checkpoint of that size with cosignatures, if there is none that is newer or has more.
  net::Task<Result<Done>> cosign(uint64_t size, std::string note);
  net::Task<Result<Done>> forget_cosigned();
  /// Up to `most` bundles from the one with that number on.
  net::Task<Result<std::vector<BundlePart>>> bundles(uint64_t first, int64_t most);
  /// Where in the log an event of a tenant's is; nullopt where it is not in it yet, or not at all.
  net::Task<Result<std::optional<uint64_t>>> index_of(TenantId tenant, EventId event);
  /// The same of many, of whatever tenant, by their places.
  net::Task<Result<std::vector<std::optional<uint64_t>>>> indexes_of(const std::vector<LogPlace>& places);
  /// Before whatever ends from now on: all events before it have been committed, or never will be.
  net::Task<Result<LogPlace>> frontier();
  /// The coming week's. Code::unavailable, with the days and SQLSTATEs, where some could not be made.
  net::Task<Result<Done>> prepare_partitions();
  /// Makes one index of a day that is over, which may take minutes: not through a pool, which breaks off what lasts.
  /// False where no day lacks one.
  net::Task<Result<bool>> index_past_day();

 private:
  net::Task<Result<db::Rows>> one(db::Query query);
  Ask ask_;
};

/// Makes the log's row, where there is none, as cordon_identity; `seed` is what signs, closed.
net::Task<Result<Done>> make_log(db::Pool& identities, const Uuid& id, const VerifierKey& key, db::Bytes seed);
/// Ends the log, and begins one with no entries in the same transaction as `event`. Code::conflict where the log has
/// no entries yet, or there has been one of that name.
net::Task<Result<Done>> replace_log(db::Pool& identities, const Uuid& id, const VerifierKey& key, db::Bytes seed,
                                    std::string why, db::Query event);
/// Gives events that have numbers of another cluster's transactions one of this cluster's; how many.
net::Task<Result<int64_t>> renumber_events(db::Pool& identities);
/// The closed private key of the log, as cordon_identity; empty where there is no log.
net::Task<Result<std::pair<Uuid, std::string>>> closed_key(db::Pool& identities);

}  // namespace cordon::audit
