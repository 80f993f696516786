// The hub: tells sockets that there is something new to read. It carries hints, never content: whoever gets one reads
// what is new through its own seal, so a revoked seal gets nothing more, whatever the hub says.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "net/reactor.h"

namespace cordon::chat {

/// A topic is a hash of the ids it stands for: it tells nothing to who does not know these.
using Topic = std::array<uint8_t, 16>;
Topic conversation_topic(TenantId tenant, ConversationId conversation);
Topic inbox_topic(TenantId tenant);      ///< any conversation of a shop changed
Topic session_topic(SessionId session);  ///< a session ended

enum class Kind : char {
  message = 'm',  ///< new messages, read marks or another handler
  typing_visitor = 'v',
  typing_agent = 'a',
  typing_assistant = 's',
  ended = 'e',   ///< the session behind this topic has ended
  keys = 'k',    ///< keys have ended: whatever is held of them is forgotten
  resync = 'r',  ///< hints may have been lost: read everything again
};

struct Hint {
  Topic topic;
  Kind kind;
};

/// Gets hints, on its own reactor, until it is destroyed.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual void hinted(const Topic& topic, Kind kind) = 0;
};

class Hub {
 public:
  explicit Hub(std::vector<net::Reactor*> reactors);
  ~Hub();

  /// Both on the subscriber's reactor.
  void subscribe(const Topic& topic, Subscriber& subscriber);
  void unsubscribe(const Topic& topic, Subscriber& subscriber);

  /// Hints every subscriber of this process and, through `forward`, of the other replicas. Any thread.
  void publish(std::vector<Hint> hints);
  /// What another replica sent: for this process only.
  void receive(std::span<const Hint> hints);
  /// Every subscriber reads again.
  void resync();
  /// Called when keys have ended, or may have, on the bus's reactor.
  std::function<void()> keys_ended;

  /// Carries hints to other replicas (the bus). Set before the reactors run; may be empty.
  std::function<void(std::span<const Hint>)> forward;

 private:
  struct TopicHash {
    size_t operator()(const Topic& t) const noexcept {
      size_t h;
      __builtin_memcpy(&h, t.data(), sizeof h);
      return h;
    }
  };
  struct Local {
    net::Reactor* reactor;
    std::unordered_multimap<Topic, Subscriber*, TopicHash> subscribers;
    void deliver(const std::vector<Hint>& hints);
  };
  Local& here();
  std::vector<std::unique_ptr<Local>> locals_;
};

}  // namespace cordon::chat
