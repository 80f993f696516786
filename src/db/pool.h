// A reactor's connections for one login, lent to one transaction at a time.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "db/connection.h"

namespace cordon::db {

struct PoolOptions {
  int connections = 6;  ///< of one login, on one reactor
  int waiting = 256;    ///< transactions that may wait for one; more get Code::unavailable at once
  std::chrono::milliseconds patience{2'000};      ///< how long one waits before Code::unavailable
  std::chrono::milliseconds transaction{15'000};  ///< after which a transaction is broken off
  int depth = 1;                                  ///< reads of one tenant that may be under way on one connection
  int spread =
      2;  ///< connections that read for one tenant before its reads share them: fewer, busier backends cost less
};

/// Whether a transaction only reads. Reads of one tenant may share a connection: each is sent behind the others at
/// once, and PostgreSQL goes from one to the next without waiting for us. A change has its connection for itself,
/// because it may wait for a lock.
enum class Access { read, change };

/// One reactor's. A connection that last served another tenant is reset in the round trip of the next transaction, and
/// the pool prefers one that last served the same, so that this is rare.
class Pool {
 public:
  /// Without a conninfo it is that of a login which this process does not have: every transaction is refused.
  Pool(std::string conninfo, PoolOptions options);
  ~Pool();

  /// Runs `queries` as one transaction for `tenant` (any fixed id where there is none). A lost connection before
  /// anything could have been committed is not retried: the caller gets Code::unavailable and decides.
  net::Task<std::expected<std::vector<Rows>, Refusal>> transact(TenantId tenant, std::span<const Query> queries,
                                                                Access access = Access::change);

  /// Breaks off transactions that take too long. Called about once a second.
  void watch();
  const std::string& conninfo() const { return conninfo_; }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    TenantId tenant{};
    int lent = 0;          ///< to so many transactions
    bool reading = false;  ///< to reads, so that one more may share it
  };
  net::Task<Slot*> acquire(TenantId tenant, Access access);
  Slot* free_slot(TenantId tenant, Access access);
  Slot* idle_slot(TenantId tenant);
  /// One that reads for this tenant and may take one more, if at least so many do.
  Slot* shared_slot(TenantId tenant, int at_least);
  void release(Slot* slot);
  /// Gives a slot back however its transaction ends.
  struct Lent {
    Pool& pool;
    Slot* slot;
    ~Lent() { pool.release(slot); }
  };

  std::string conninfo_;
  PoolOptions options_;
  std::vector<std::unique_ptr<Slot>> slots_;
  struct Waiter {
    net::Signal signal;
    Slot* given = nullptr;
  };
  std::deque<Waiter*> waiting_;
  std::chrono::steady_clock::time_point refused_until_{};
};

}  // namespace cordon::db
