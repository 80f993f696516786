// One connection to PostgreSQL: libpq in pipeline mode on a reactor.
#pragma once
#include <chrono>
#include <coroutine>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "db/query.h"
#include "db/result.h"
#include "net/reactor.h"

struct pg_conn;

namespace cordon::db {

/// What PostgreSQL said when it refused: the error for the caller, and the SQLSTATE for code that cares.
struct Refusal {
  Error error;
  std::string sqlstate;
};

/// The error a SQLSTATE becomes. The door's own states keep their meaning; nothing of PostgreSQL's text passes on.
Error error_of(std::string_view sqlstate);

class Connection {
 public:
  /// Connects without blocking the reactor; Code::unavailable if it cannot within 5 s, once the host's name is looked
  /// up. `conninfo` is of keywords and values; where it names several hosts, libpq looks them up, and blocks.
  static net::Task<Result<std::unique_ptr<Connection>>> open(std::string conninfo);
  ~Connection();

  /// Sends all `queries` with one Sync, as one implicit transaction in one round trip: either all took effect, or the
  /// first refusal; that of a record is Code::unavailable, but for what the door says of the seal. Prepares what this
  /// connection has not prepared yet, in the same trip. Transactions may overlap: each is sent at once, PostgreSQL runs
  /// them one after the other, and their answers are read in that order.
  net::Task<std::expected<std::vector<Rows>, Refusal>> transact(std::span<const Query> queries);

  /// Runs the statements of db/reset.h ahead of the next transaction, in its round trip.
  void reset_before_next() { reset_ = true; }
  /// Transactions that were sent and have not been answered.
  int under_way() const { return static_cast<int>(sent_ - answered_); }
  /// Whether one more may be sent behind those under way. Not while one of them prepares: if it fails, what it was to
  /// prepare is missing for the next.
  bool shareable() const { return usable_ && preparing_ == 0; }
  /// False once the connection is lost, or in a state that the next tenant must not meet.
  bool usable() const { return usable_; }
  /// False where the server has hung up since the last transaction: known before anything is sent.
  bool alive() const;
  /// Breaks a transaction that has run for too long; the waiting coroutine gets Code::unavailable. Same reactor.
  void abandon_if_older(std::chrono::steady_clock::time_point limit);
  /// Breaks the connection; whoever waits on it wakes up. Same reactor.
  void abandon();

  /// Waits for a NOTIFY on a connection that listens; empty payloads list when the connection is lost.
  net::Task<std::vector<std::string>> notifications();
  /// LISTENs on a channel (a fixed name of ours) and leaves pipeline mode: the connection is for notifications() from
  /// then on.
  net::Task<Result<Done>> listen(std::string_view channel);

 private:
  Connection(pg_conn* raw);
  bool send(const Query& query, std::vector<const Statement*>& preparing);
  net::Task<bool> flush();
  net::Task<std::expected<std::vector<Rows>, Refusal>> answer(bool sent, std::span<const Query> queries,
                                                              std::vector<const Statement*> preparing, size_t resets);
  net::Task<std::expected<std::vector<Rows>, Refusal>> collect(std::span<const Query> queries,
                                                               std::vector<const Statement*> preparing, size_t resets);
  Refusal lost();

  /// Waits until the transactions that were sent before `place` are answered.
  struct Turn {
    Connection& connection;
    uint64_t place;
    bool await_ready() const noexcept { return connection.answered_ == place; }
    void await_suspend(std::coroutine_handle<> h) { connection.line_.emplace(place, h); }
    void await_resume() const noexcept {}
  };
  void next_turn();

  pg_conn* raw_;
  std::unique_ptr<net::Descriptor> descriptor_;
  std::string prefix_;  ///< random: a name that SQL cannot guess cannot be prepared in our place
  std::unordered_map<const Statement*, std::string> prepared_;
  int names_ = 0;
  std::vector<const char*> values_;  ///< of the statement that is being sent
  std::vector<int> lengths_, formats_;
  bool usable_ = true;
  bool reset_ = false;
  uint64_t sent_ = 0, answered_ = 0;
  int preparing_ = 0;                                 ///< transactions under way that prepare something
  std::map<uint64_t, std::coroutine_handle<>> line_;  ///< who waits for its turn to read, by its place
  std::chrono::steady_clock::time_point busy_since_{};
};

}  // namespace cordon::db
