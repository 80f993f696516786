#include "base/limiter.h"

#include <algorithm>

namespace cordon {

bool Limiter::take(const std::string& key, double per_second, double burst) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  // Full buckets say nothing: when there are many keys, all that have had time to fill are forgotten.
  // At most once a second: whoever makes many keys must not make every request look at all of them.
  if (buckets_.size() > 100'000 && now - swept_ > std::chrono::seconds(1)) {
    std::erase_if(buckets_, [&](const auto& b) { return now - b.second.at > std::chrono::minutes(1); });
    swept_ = now;
  }
  Bucket& bucket = buckets_.try_emplace(key, Bucket{burst * scale_, now}).first->second;
  const double gained = std::chrono::duration<double>(now - bucket.at).count() * per_second * scale_;
  bucket.tokens = std::min(burst * scale_, bucket.tokens + gained);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace cordon
