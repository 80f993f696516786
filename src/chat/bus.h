// The bus: hints from replica to replica over PostgreSQL's LISTEN/NOTIFY.
#pragma once
#include <memory>
#include <string>

#include "chat/hub.h"

namespace cordon::chat {

/// Runs on one reactor. Hints gather for two milliseconds and go as one NOTIFY outside any message's transaction,
/// because a NOTIFY serialises the commits of all who send one. A hint that is lost costs a delay, never a message: on
/// every reconnection all sockets read again, and all keys are forgotten. Either happens at most once a second, whoever
/// asks for it.
class Bus {
 public:
  /// `conninfo` is cordon_monitor's.
  Bus(Hub& hub, net::Reactor& reactor, std::string conninfo);
  ~Bus();
  /// Starts listening and forwarding; stop() lets the tasks end.
  void start();
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cordon::chat
