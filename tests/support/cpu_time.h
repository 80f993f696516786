// What work costs in processor time: other programs of a busy machine do not add to it, as they do to the time it
// takes.
#pragma once
#include <time.h>

#include <chrono>

namespace cordon::testing {

inline std::chrono::nanoseconds cpu_time(clockid_t of) {
  timespec spent{};
  ::clock_gettime(of, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}
/// What the calling thread has used so far.
inline std::chrono::nanoseconds cpu_of_thread() { return cpu_time(CLOCK_THREAD_CPUTIME_ID); }
/// What all threads of this program have.
inline std::chrono::nanoseconds cpu_of_program() { return cpu_time(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace cordon::testing
