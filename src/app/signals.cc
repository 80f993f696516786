#include "app/signals.h"

#include <pthread.h>

namespace cordon::app {

static sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

sigset_t block_signals(std::initializer_list<int> signals) {
  const sigset_t set = set_of(signals);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

bool asked_to_end() {
  const sigset_t set = set_of({SIGINT, SIGTERM});
  const timespec none{};
  return sigtimedwait(&set, nullptr, &none) > 0;
}

}  // namespace cordon::app
