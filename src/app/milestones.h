// How far a long work has come, for somebody who watches it.
#pragma once
#include <cstdint>

namespace cordon::app {

/// Work is counted as it is done, in batches of any size; at each milestone it is time to tell.
class Milestones {
 public:
  explicit Milestones(int64_t every) : every_(every) {}
  /// Whether the count has passed a multiple of `every` since it was asked last.
  bool passed(int64_t done) {
    const int64_t before = reached_;
    reached_ = done / every_;
    return reached_ > before;
  }

 private:
  int64_t every_, reached_ = 0;
};

}  // namespace cordon::app
