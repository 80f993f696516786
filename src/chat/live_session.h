// What both sockets, the shopper's and the merchant's, have in common: a seal that is renewed while the socket lives,
// hints that wake it to read what is new, and an end as soon as the seal no longer holds.
#pragma once
#include <set>

#include "base/json.h"
#include "chat/hub.h"
#include "commerce/conversation_store.h"
#include "identity/backend.h"
#include "net/http.h"

namespace cordon::chat {

/// One message from the browser; which fields a type needs is checked where it is handled.
struct Frame {
  Text<1, 20> type;
  std::optional<ClientId> client_id;
  std::optional<ConversationId> conversation_id;
  std::optional<Text<1, 4000>> text;
  std::optional<Int<0, INT64_MAX>> seq;
  std::optional<Int<0, INT64_MAX>> after;
};
BOOST_DESCRIBE_STRUCT(Frame, (), (type, client_id, conversation_id, text, seq, after))

/// What chat needs of the process: the hub, and the assistant's queue.
struct Live {
  Hub& hub;
  std::function<void(const identity::PassPtr&, JobId)>
      answer;  ///< has the assistant do a job just queued; may be empty

  /// Tells everybody who follows a conversation that there is something new.
  void changed(TenantId tenant, ConversationId conversation);
};

class LiveSession : public Subscriber {
 public:
  LiveSession(net::Socket& socket, identity::Backend& backend, Live& live, std::shared_ptr<const door::Pass> pass,
              net::Request& request);
  ~LiveSession() override;

  /// Serves the socket until it closes.
  net::Task<void> run();

 protected:
  /// Sends the first frames. Then deliver() after every hint, and handle() for every message of the browser.
  virtual net::Task<Result<Done>> begin() = 0;
  virtual net::Task<Result<Done>> deliver() = 0;
  virtual net::Task<Result<Done>> handle(Frame frame) = 0;
  virtual void typing(const Topic& topic, Kind kind) = 0;
  /// How long to wait for a hint before deliver() is called without one.
  virtual std::chrono::microseconds patience() const { return std::chrono::seconds(30); }

  void follow(const Topic& topic);
  void unfollow(const Topic& topic);
  void wake();
  void hinted(const Topic& topic, Kind kind) override;

  /// A scope for one message of the browser, with the audit event that its change will carry.
  door::Scope scope(door::AuditAction action, std::string_view resource);
  /// Puts on record what was read in `in`, before the frames made of it are sent. Reads that gave no row are in the
  /// next event that there is.
  net::Task<Result<Done>> record_reading(door::Scope& in, const std::vector<std::string>& frames,
                                         door::AuditAction action, std::string_view resource);
  void send_all(std::vector<std::string> frames);
  /// Stores a message, acknowledges it, tells the hub.
  net::Task<Result<Done>> send(commerce::NewMessage message);
  /// Tells the browser why its message came to nothing, which is on record by then.
  net::Task<void> refuse(Error error, std::optional<ClientId> client_id);

  net::Socket& socket_;
  identity::Backend& backend_;
  Live& live_;
  std::shared_ptr<const door::Pass> pass_;

 private:
  net::Task<void> deliveries();
  /// What `work` throws, which is logged, is a fault of ours: neither run() nor deliveries() may end without the other.
  net::Task<Result<Done>> caught(net::Task<Result<Done>> work);
  net::Task<Result<Done>> renew();
  /// Closes the socket because of what went wrong, which is on record by then.
  net::Task<void> close(Error error);
  void end(const Error& error);
  audit::Event event_of(door::AuditAction action, std::string_view resource) const;
  net::Task<Result<Done>> record_refusal(const Error& error);

  net::Request& request_;
  std::vector<door::Ran> unrecorded_;  ///< reads of which nothing was sent
  std::set<Topic> topics_;
  net::Signal woken_;
  bool dirty_ = false, over_ = false, delivering_ = false;
};

}  // namespace cordon::chat
