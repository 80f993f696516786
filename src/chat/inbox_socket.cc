#include "chat/sockets.h"

namespace cordon::chat {

using commerce::Author;
using commerce::Conversation;

namespace {

/// What of a conversation makes a new summary worth sending.
using Version = std::tuple<int64_t, int64_t, int64_t, int, int>;
Version version(const Conversation& c) {
  return {c.last_seq, c.visitor_read_seq, c.merchant_read_seq, int(c.status), int(c.handler)};
}

class InboxSession : public LiveSession {
 public:
  using LiveSession::LiveSession;

 protected:
  net::Task<Result<Done>> begin() override {
    // By the clock that changes are dated with; were this machine's ahead of it, the first ones would be missed.
    auto in = scope("conversation.list", "/v1/inbox/socket");
    auto clock = co_await commerce::clock_of_changes(in);
    if (!clock) co_return std::unexpected(clock.error());
    const std::vector<std::string> nothing;
    auto recorded = co_await record_reading(in, nothing, "conversation.list", "/v1/inbox/socket");
    if (!recorded) co_return recorded;
    since_ = {clock->micros - kOverlap};
    follow(inbox_topic(pass_->tenant));
    socket_.send(R"({"type":"hello"})");
    co_return Done{};
  }

  net::Task<Result<Done>> deliver() override {
    if (watched_) {
      auto streamed = co_await stream_watched();
      if (!streamed) co_return streamed;
    }
    // A busy shop changes all the time; a summary a few times a second is soon enough.
    const auto time = std::chrono::steady_clock::now();
    behind_ = time - summed_up_ < kSummaryPause;
    if (behind_) co_return Done{};
    summed_up_ = time;
    co_return co_await stream_changes();
  }

  std::chrono::microseconds patience() const override { return behind_ ? kSummaryPause : LiveSession::patience(); }

  net::Task<Result<Done>> handle(Frame frame) override {
    const std::string& type = frame.type.value;
    if (type == "unwatch") {
      unwatch();
      co_return Done{};
    }
    if (!frame.conversation_id) co_return fail(Code::invalid, "`conversation_id` is missing.", "conversation_id");
    const ConversationId id = *frame.conversation_id;
    if (type == "watch") {
      // Each has the whole conversation read from there on.
      if (!may("watch", 5, 20)) co_return fail(Code::rate_limited, "Too many conversations; wait a moment.");
      unwatch();
      watched_ = id;
      after_ = frame.after ? frame.after->value : 0;
      follow(conversation_topic(pass_->tenant, id));
      wake();
      co_return Done{};
    }
    if (type == "typing") {
      if (!pass_->allows("conversation.write")) co_return fail(Code::forbidden, "Your role does not include this.");
      if (may("typing", 2, 5))
        live_.hub.publish(std::vector<Hint>{{conversation_topic(pass_->tenant, id), Kind::typing_agent}});
      co_return Done{};
    }
    if (type == "read") {
      if (!frame.seq) co_return fail(Code::invalid, "`seq` is missing.", "seq");
      if (!may("read", 5, 20)) co_return Done{};
      auto in = scope("conversation.mark-read", "/v1/conversations/" + to_string(id) + "/read");
      auto done = co_await commerce::mark_read(in, id, frame.seq->value, true);
      if (done) live_.changed(pass_->tenant, id);
      co_return done;
    }
    if (type != "send")
      co_return fail(Code::invalid, "`type` must be one of watch, unwatch, send, typing, read.", "type");
    if (!frame.client_id || !frame.text)
      co_return fail(Code::invalid, "A message needs `client_id` and `text`.", "text");
    if (!may("send", 5, 30)) co_return fail(Code::rate_limited, "Too many messages; wait a moment.");
    commerce::NewMessage message;
    message.conversation_id = id;
    message.author = Author::agent;
    message.author_id = pass_->subject;
    message.client_id = frame.client_id;
    message.text = std::move(frame.text->value);
    co_return co_await send(std::move(message));
  }

  void typing(const Topic&, Kind kind) override {
    if (!watched_ || kind == Kind::typing_agent) return;
    std::string frame = R"({"type":"typing","conversation_id":)";
    json::write(frame, *watched_);
    socket_.send(frame + (kind == Kind::typing_visitor ? R"(,"author":"visitor"})" : R"(,"author":"assistant"})"));
  }

 private:
  static constexpr int64_t kOverlap = 5'000'000;  ///< microseconds: a change that began earlier may commit later
  /// When nothing that began before the newest change can commit any more: it is not read again and again.
  static constexpr std::chrono::seconds kSettled{20};
  static constexpr size_t kPage = 100;
  static constexpr std::chrono::microseconds kSummaryPause{100'000};

  bool may(std::string_view what, double per_second, double burst) {
    return backend_.limiter.take("agent:" + std::string(what) + to_string(pass_->subject), per_second, burst);
  }

  void unwatch() {
    if (watched_) unfollow(conversation_topic(pass_->tenant, *watched_));
    watched_.reset();
  }

  net::Task<Result<Done>> stream_watched() {
    for (bool more = true; more && watched_;) {
      const ConversationId id = *watched_;
      auto in = scope("message.read", "/v1/inbox/socket");
      auto messages = co_await commerce::messages_after(in, id, after_, kPage);
      if (!messages) co_return std::unexpected(messages.error());
      std::vector<std::string> frames;
      for (const auto& message : *messages)
        frames.push_back(R"({"type":"message","conversation_id":)" + json::encode(id) + R"(,"message":)" +
                         json::encode(message) + "}");
      auto recorded =
          co_await record_reading(in, frames, "message.read", "/v1/conversations/" + to_string(id) + "/messages");
      if (!recorded) co_return recorded;
      if (watched_ != id) break;
      send_all(std::move(frames));
      if (!messages->empty()) after_ = messages->back().seq;
      more = messages->size() == kPage;
    }
    co_return Done{};
  }

  net::Task<Result<Done>> stream_changes() {
    auto in = scope("conversation.list", "/v1/inbox/socket");
    auto changes = co_await commerce::conversations_changed(in, since_);
    if (!changes) co_return std::unexpected(changes.error());
    std::vector<std::string> frames;
    for (const Conversation& c : changes->items) {
      const Version& known = known_[c.id];
      if (known == version(c)) continue;
      if (watched_ == c.id && std::get<1>(known) != c.visitor_read_seq)
        frames.push_back(R"({"type":"read","conversation_id":)" + json::encode(c.id) + R"(,"seq":)" +
                         json::encode(c.visitor_read_seq) + "}");
      frames.push_back(R"({"type":"conversation","conversation":)" + json::encode(c) + "}");
    }
    auto recorded = co_await record_reading(in, frames, "conversation.list", "/v1/inbox/socket");
    if (!recorded) co_return recorded;
    send_all(std::move(frames));
    for (const Conversation& c : changes->items) known_[c.id] = version(c);
    if (changes->items.size() >= 200) {
      since_ = changes->until;
      wake();
    } else if (changes->until > newest_) {
      newest_ = changes->until;
      moved_ = summed_up_;
      since_ = std::max(since_, Time{newest_.micros - kOverlap});
    } else if (summed_up_ - moved_ > kSettled) {
      since_ = std::max(since_, Time{newest_.micros + 1});
    }
    if (known_.size() > 20'000) known_.clear();
    co_return Done{};
  }

  std::optional<ConversationId> watched_;
  int64_t after_ = 0;
  std::chrono::steady_clock::time_point summed_up_{};
  bool behind_ = false;
  Time since_, newest_;  ///< what is read from; the newest change that was read
  std::chrono::steady_clock::time_point moved_{};
  std::unordered_map<ConversationId, Version> known_;
};

}  // namespace

net::Task<void> serve_inbox(net::Socket& socket, identity::Backend& backend, Live& live,
                            std::shared_ptr<const door::Pass> pass, net::Request& request) {
  InboxSession session(socket, backend, live, std::move(pass), request);
  co_await session.run();
}

}  // namespace cordon::chat
