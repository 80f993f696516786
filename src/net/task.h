// Task<T>: a coroutine that starts when it is awaited and hands its result to the one that awaits it.
#pragma once
#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.h"

namespace cordon::net {

template <class T = void>
class Task;

/// What a coroutine is at work for, such as one request: known to all that it awaits from set_errand() on, so that
/// nobody has to hand it on. What is spawned has none. It has to live until the coroutine that sets it ends.
struct Errand {
 protected:
  ~Errand() = default;
};

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr exception;
  Errand* errand = nullptr;

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() { exception = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace detail

/// Not started until awaited, awaited at most once, destroyed with its frame. Runs on the thread that resumes it;
/// nothing here is shared between threads.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> continuation) noexcept {
    handle_.promise().continuation = continuation;
    if constexpr (std::derived_from<P, detail::PromiseBase>) handle_.promise().errand = continuation.promise().errand;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

/// Both look into the promise of the coroutine that awaits them, which goes on at once.
class SetErrand {
 public:
  explicit SetErrand(Errand& errand) : errand_(&errand) {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<PromiseBase> P>
  bool await_suspend(std::coroutine_handle<P> self) const noexcept {
    self.promise().errand = errand_;
    return false;
  }
  void await_resume() const noexcept {}

 private:
  Errand* errand_;
};
template <class T>
class GetErrand {
 public:
  GetErrand() {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<PromiseBase> P>
  bool await_suspend(std::coroutine_handle<P> self) noexcept {
    errand_ = self.promise().errand;
    return false;
  }
  T* await_resume() const noexcept { return static_cast<T*>(errand_); }

 private:
  Errand* errand_ = nullptr;
};
}  // namespace detail

/// `co_await set_errand(mine)`: whatever the calling coroutine awaits after this knows it.
inline detail::SetErrand set_errand(Errand& errand) { return detail::SetErrand(errand); }
/// `co_await errand<T>()`: what the calling coroutine is at work for; null where nobody has said. There is one kind.
template <std::derived_from<Errand> T>
detail::GetErrand<T> errand() {
  return {};
}

/// What `work` throws is its error, Code::internal: for what goes on with its next round all the same.
template <class T>
Task<Result<T>> caught(Task<Result<T>> work) {
  try {
    co_return co_await work;
  } catch (const std::exception& e) {
    co_return fail(Code::internal, e.what());
  }
}

}  // namespace cordon::net
