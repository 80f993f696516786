#include "net/workers.h"

namespace cordon::net {

Workers::Workers(int threads, size_t waiting) : most_(waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Workers::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    added_.wait(lock, [this] { return stopping_ || !line_.empty(); });
    if (line_.empty()) return;
    auto job = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    job();
  }
}

bool Workers::add(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (line_.size() >= most_) return false;
    line_.push_back(std::move(job));
  }
  added_.notify_one();
  return true;
}

/// Lives in the frame that waits: the job's thread writes to it, then has the reactor resume the frame.
struct Workers::Awaiter {
  Workers& workers;
  std::function<void()> job;
  bool taken = true;
  std::exception_ptr thrown;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    // Once the job is in line, this frame may go on on another thread's word: nothing here is touched after that.
    Awaiter* self = this;
    const bool added = workers.add([self, h, reactor = &Reactor::current()] {
      try {
        self->job();
      } catch (...) {
        self->thrown = std::current_exception();
      }
      reactor->post([h] { h.resume(); });
    });
    if (!added) taken = false;
    return added;
  }
  void await_resume() const {
    if (thrown) std::rethrow_exception(thrown);
  }
};

Task<Result<Done>> Workers::run(std::function<void()> job) {
  Awaiter awaiter{*this, std::move(job)};
  co_await awaiter;
  if (!awaiter.taken) co_return fail(Code::unavailable, "Too much to do right now; try again in a moment.");
  co_return Done{};
}

}  // namespace cordon::net
