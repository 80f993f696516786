// Workers: a few threads for what would hold a reactor up (hashing a password, sending mail).
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "net/reactor.h"

namespace cordon::net {

class Workers {
 public:
  /// At most `waiting` jobs stand in line behind the `threads` that are under way.
  Workers(int threads, size_t waiting);
  /// Finishes what is in line first. No reactor that waits may be gone.
  ~Workers();
  Workers(const Workers&) = delete;

  /// Runs `job` on one of the threads and resumes the caller on its own reactor. Code::unavailable at once where too
  /// many wait. What `job` throws is thrown here.
  Task<Result<Done>> run(std::function<void()> job);

 private:
  struct Awaiter;
  void work();
  bool add(std::function<void()> job);

  size_t most_;
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::function<void()>> line_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cordon::net
