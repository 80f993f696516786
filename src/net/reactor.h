// Reactor: one thread's event loop. Everything that a request touches lives on one reactor and needs no lock.
#pragma once
#include <chrono>
#include <coroutine>
#include <functional>
#include <list>
#include <memory>

#include "net/task.h"

namespace boost::asio {
class io_context;
}

namespace cordon::net {

class Reactor {
 public:
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;

  /// The reactor whose run() is on this thread's stack.
  static Reactor& current();

  /// Serves until stop(); the calling thread becomes this reactor's thread.
  void run();
  /// Makes run() return after the handler it is in. Any thread.
  void stop();
  /// Runs `work` on this reactor's thread, later. Any thread.
  void post(std::function<void()> work);
  /// Starts a coroutine that nobody waits for. Its exceptions are logged. This reactor's thread only.
  void spawn(Task<void> task);
  /// How many spawned coroutines have not ended.
  int running() const { return running_; }

  boost::asio::io_context& context();

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
  int running_ = 0;
  friend struct Detached;
};

/// Suspends the awaiting coroutine for `time` at least.
Task<void> sleep(std::chrono::microseconds time);

/// Lets coroutines of one reactor wait for something that another of them announces.
class Signal {
 public:
  ~Signal() { notify(); }
  /// Wakes everybody who waits, through the reactor's queue.
  void notify();
  /// Waits for the next notify(), or until `limit` has passed; true if notified.
  Task<bool> wait(std::chrono::microseconds limit);

 private:
  struct Waiter;
  std::list<std::shared_ptr<Waiter>> waiters_;
};

/// A file descriptor of somebody else (libpq's socket) to wait on. Does not own it.
class Descriptor {
 public:
  explicit Descriptor(int fd);
  ~Descriptor();
  /// Waits until the descriptor can be read or written, or has failed. There is no limit: who needs one shuts the
  /// socket down.
  Task<void> readable();
  Task<void> writable();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon::net
