// The signals that ask a process to end: blocked, and asked for where it can end well.
#pragma once
#include <csignal>
#include <initializer_list>

namespace cordon::app {

/// Blocks `signals` in every thread started later; the caller waits for them.
sigset_t block_signals(std::initializer_list<int> signals);
/// Whether this process was asked to end, by SIGINT or SIGTERM, which it has blocked.
bool asked_to_end();

}  // namespace cordon::app
