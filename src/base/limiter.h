// Token buckets: how often each caller may do something.
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace cordon {

/// A key's bucket holds up to `burst` tokens and gains `per_second` of them; taking needs a whole one. Any thread.
class Limiter {
 public:
  explicit Limiter(double scale = 1) : scale_(scale) {}
  /// True if the caller may go on; otherwise it should wait about a second.
  bool take(const std::string& key, double per_second, double burst);

 private:
  struct Bucket {
    double tokens;
    std::chrono::steady_clock::time_point at;
  };
  double scale_;
  std::mutex mutex_;  ///< guards what follows
  std::unordered_map<std::string, Bucket> buckets_;
  std::chrono::steady_clock::time_point swept_{};
};

}  // namespace cordon
