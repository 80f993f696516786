#include "db/pool.h"

namespace cordon::db {

Pool::Pool(std::string conninfo, PoolOptions options) : conninfo_(std::move(conninfo)), options_(options) {
  for (int i = 0; i < options_.connections; ++i) slots_.push_back(std::make_unique<Slot>());
}

Pool::~Pool() = default;

Pool::Slot* Pool::idle_slot(TenantId tenant) {
  Slot* best = nullptr;
  for (auto& slot : slots_) {
    if (slot->lent > 0) continue;
    const bool same = slot->connection && slot->tenant == tenant;
    if (same) return slot.get();
    // Rather open a connection than take another tenant's: there are enough for all or they are rightly shared.
    if (!best || (best->connection && !slot->connection)) best = slot.get();
  }
  return best;
}

Pool::Slot* Pool::shared_slot(TenantId tenant, int at_least) {
  Slot* best = nullptr;
  int reading = 0;
  for (auto& slot : slots_) {
    if (!slot->reading || slot->lent >= options_.depth || slot->tenant != tenant || !slot->connection ||
        !slot->connection->shareable())
      continue;
    ++reading;
    if (!best || slot->lent < best->lent) best = slot.get();
  }
  return reading >= at_least ? best : nullptr;
}

Pool::Slot* Pool::free_slot(TenantId tenant, Access access) {
  // Nobody overtakes those who wait: a connection that goes from reader to reader would never be free for them.
  if (!waiting_.empty()) return nullptr;
  if (access == Access::change) return idle_slot(tenant);
  if (Slot* shared = shared_slot(tenant, options_.spread)) return shared;
  Slot* idle = idle_slot(tenant);
  return idle ? idle : shared_slot(tenant, 1);
}

net::Task<Pool::Slot*> Pool::acquire(TenantId tenant, Access access) {
  Slot* slot = free_slot(tenant, access);
  if (slot) {
    ++slot->lent;
  } else {
    if (waiting_.size() >= static_cast<size_t>(options_.waiting)) co_return nullptr;
    Waiter waiter;
    waiting_.push_back(&waiter);
    co_await waiter.signal.wait(options_.patience);
    slot = waiter.given;
    if (!slot) {
      std::erase(waiting_, &waiter);
      co_return nullptr;
    }
  }
  slot->reading = access == Access::read;
  co_return slot;
}

void Pool::release(Slot* slot) {
  if (--slot->lent > 0) return;
  slot->reading = false;
  if (slot->connection && !slot->connection->usable()) slot->connection.reset();
  if (waiting_.empty()) return;
  // Handed over, not set free: whoever comes before the waiter has woken up would take it.
  Waiter* next = waiting_.front();
  waiting_.pop_front();
  ++slot->lent;
  next->given = slot;
  next->signal.notify();
}

net::Task<std::expected<std::vector<Rows>, Refusal>> Pool::transact(TenantId tenant, std::span<const Query> queries,
                                                                    Access access) {
  const Refusal away{{Code::unavailable, "The database cannot answer right now; try again.", {}}, "08006"};
  if (conninfo_.empty())
    co_return std::unexpected(Refusal{{Code::internal, "This process does not have that login.", {}}, "28000"});
  Slot* slot = co_await acquire(tenant, access);
  if (!slot) co_return std::unexpected(away);
  const Lent lent{*this, slot};
  if (slot->lent > 1) co_return co_await slot->connection->transact(queries);
  if (slot->connection && !slot->connection->alive()) slot->connection.reset();
  if (!slot->connection) {
    // After a failed attempt nobody else tries for a moment: a database that is away is not hammered.
    const auto now = std::chrono::steady_clock::now();
    if (now >= refused_until_) {
      auto opened = co_await Connection::open(conninfo_);
      if (opened) slot->connection = std::move(*opened);
      else refused_until_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    }
    if (!slot->connection) co_return std::unexpected(away);
  } else if (slot->tenant != tenant) {
    slot->connection->reset_before_next();
  }
  slot->tenant = tenant;
  co_return co_await slot->connection->transact(queries);
}

void Pool::watch() {
  const auto limit = std::chrono::steady_clock::now() - options_.transaction;
  for (auto& slot : slots_)
    if (slot->connection) slot->connection->abandon_if_older(limit);
}

}  // namespace cordon::db
