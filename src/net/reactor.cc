#include "net/reactor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

#include "base/log.h"

namespace cordon::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Reactor::Loop {
  asio::io_context context{1};
  asio::executor_work_guard<Executor> work{context.get_executor()};
};

static thread_local Reactor* current_reactor = nullptr;

Reactor::Reactor() : loop_(std::make_unique<Loop>()) {}
Reactor::~Reactor() = default;

Reactor& Reactor::current() { return *current_reactor; }

void Reactor::run() {
  Reactor* const outer = std::exchange(current_reactor, this);
  for (;;) {
    try {
      loop_->context.run();
      break;
    } catch (const std::exception& e) {
      log::error("a handler threw", {{"error", e.what()}});
    }
  }
  current_reactor = outer;
}

void Reactor::stop() { loop_->context.stop(); }
void Reactor::post(std::function<void()> work) { asio::post(loop_->context, std::move(work)); }
asio::io_context& Reactor::context() { return loop_->context; }

/// The frame around a spawned coroutine: starts at once, destroys itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  static Detached start(Reactor& reactor, Task<void> task) {
    ++reactor.running_;
    try {
      co_await task;
    } catch (const std::exception& e) {
      log::error("a task threw", {{"error", e.what()}});
    }
    --reactor.running_;
  }
};

void Reactor::spawn(Task<void> task) { Detached::start(*this, std::move(task)); }

namespace {

struct SleepAwaiter {
  Timer timer;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    timer.async_wait([h](boost::system::error_code) { h.resume(); });
  }
  void await_resume() const noexcept {}
};

}  // namespace

Task<void> sleep(std::chrono::microseconds time) {
  // Named: g++ 12 destroys a temporary aggregate twice that is awaited in place.
  SleepAwaiter awaiter{Timer(Reactor::current().context(), time)};
  co_await awaiter;
}

/// Shared by the list, the timer and the awaiting frame; whoever is first to settle it resumes the frame.
struct Signal::Waiter {
  explicit Waiter(std::chrono::microseconds limit) : timer(Reactor::current().context(), limit) {}
  Timer timer;
  std::coroutine_handle<> handle;
  bool notified = false;
};

void Signal::notify() {
  auto waiters = std::exchange(waiters_, {});
  for (auto& waiter : waiters) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

Task<bool> Signal::wait(std::chrono::microseconds limit) {
  struct Awaiter {
    std::shared_ptr<Waiter> waiter;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      waiter->timer.async_wait([keep = waiter, h](boost::system::error_code) { h.resume(); });
    }
    bool await_resume() const noexcept { return waiter->notified; }
  };
  auto waiter = std::make_shared<Waiter>(limit);
  waiters_.push_back(waiter);
  Awaiter awaiter{waiter};
  const bool notified = co_await awaiter;
  if (!notified) waiters_.remove(waiter);
  co_return notified;
}

struct Descriptor::Impl {
  explicit Impl(int fd) : stream(Reactor::current().context(), fd) {}
  asio::posix::basic_stream_descriptor<Executor> stream;
};

Descriptor::Descriptor(int fd) : impl_(std::make_unique<Impl>(fd)) {}
Descriptor::~Descriptor() { impl_->stream.release(); }

namespace {

struct ReadyAwaiter {
  asio::posix::basic_stream_descriptor<Executor>& stream;
  asio::posix::descriptor_base::wait_type what;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    stream.async_wait(what, [h](boost::system::error_code) { h.resume(); });
  }
  void await_resume() const noexcept {}
};

}  // namespace

Task<void> Descriptor::readable() { co_await ReadyAwaiter{impl_->stream, asio::posix::descriptor_base::wait_read}; }
Task<void> Descriptor::writable() { co_await ReadyAwaiter{impl_->stream, asio::posix::descriptor_base::wait_write}; }

}  // namespace cordon::net
