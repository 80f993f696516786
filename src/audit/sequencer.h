// The sequencer: puts events into the log in one order, and signs how far it has come.
#pragma once
#include <functional>
#include <optional>

#include "audit/memory.h"
#include "db/connection.h"

namespace cordon::audit {

struct SequencerOptions {
  std::chrono::milliseconds pause{400};       ///< between two looks for events: a checkpoint is at most twice this late
  int64_t batch = 32'768;                     ///< events that are put into the log in one transaction
  std::chrono::milliseconds silence{1'000};   ///< after which PostgreSQL takes whoever has the turn for gone
  std::chrono::milliseconds rest{1'600};      ///< until one that could not grow the log tries again
  std::chrono::milliseconds patience{5'000};  ///< with an event that waits; after that it is said, once a minute
};

/// What is told of a checkpoint once it stands in the database: witnesses.
using OnCheckpoint = std::function<void(const std::string& note)>;

/// Whether the log continues a checkpoint that was signed before: Code::conflict where the database has gone back
/// behind it, or has another history, with the cure. Of a log of another name nothing is said.
net::Task<Result<Done>> continues(LogStore& store, const Log& log, const Checkpoint& before);

/// One at a time of all replicas grows the log: whose connection holds an advisory lock, and is heard of. One that has
/// the turn and cannot grow it, because it remembers another log, gives it back. Should two ever think that it is
/// theirs, what the database adds is conditional on where the log ends, and only one of them does.
class Sequencer {
 public:
  /// `conninfo` is cordon_audit's. `signer` gets the log's key, when it is first this one's turn. What was signed
  /// before is in `memory`, and what is signed is told to it.
  Sequencer(std::string conninfo, std::function<net::Task<Result<keys::SigningKey>>()> signer, Memory& memory,
            SequencerOptions options = {})
      : conninfo_(std::move(conninfo)), signer_(std::move(signer)), memory_(memory), options_(options) {}

  /// One round: takes the turn if it is free, and seals what there is. Returns how many events were sealed; 0 where it
  /// is another's turn. Errors: the database's, the KMS's; Code::conflict where the database does not continue what was
  /// signed here, or is another cluster's: nothing is signed then. Where the log stands still, whoever's turn it is,
  /// the server's log says why.
  net::Task<Result<int64_t>> round();
  /// While it is this one's turn: lets go a portion of the events whose time is over, if it is time to look for them,
  /// and, once there are no more, a day that is empty. Errors as audit::let_go() has them.
  net::Task<Result<Done>> let_go();
  /// Whether it was this one's turn when it last looked.
  bool holds() const { return edge_.has_value(); }
  std::chrono::milliseconds pause() const { return options_.pause; }
  OnCheckpoint on_checkpoint;  ///< unset where no witness is asked

 private:
  net::Task<Result<int64_t>> grow();
  net::Task<void> look();
  net::Task<Result<bool>> take_turn();
  Error leave(Error why);
  net::Task<Result<int64_t>> seal(std::vector<Unsealed> events);
  net::Task<Result<std::vector<db::Rows>>> ask(std::vector<db::Query> queries);

  std::string conninfo_;
  std::function<net::Task<Result<keys::SigningKey>>()> signer_;
  Memory& memory_;
  SequencerOptions options_;
  std::unique_ptr<db::Connection> connection_;
  std::optional<keys::SigningKey> key_;
  std::optional<Edge> edge_;  ///< while it is this one's turn
  Log log_;
  std::optional<Checkpoint> signed_;  ///< the newest that this process has signed
  std::optional<Error> unfit_;        ///< why it could not grow the log, when it had the turn
  std::chrono::steady_clock::time_point again_{}, next_look_{};
};

}  // namespace cordon::audit
