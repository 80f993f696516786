#include "chat/sockets.h"

namespace cordon::chat {

using commerce::Author;
using commerce::Conversation;

namespace {

class WidgetSession : public LiveSession {
 public:
  WidgetSession(net::Socket& socket, identity::Backend& backend, Live& live, std::shared_ptr<const door::Pass> pass,
                net::Request& request, int64_t after)
      : LiveSession(socket, backend, live, std::move(pass), request), after_(after) {}

 protected:
  net::Task<Result<Done>> begin() override {
    auto in = scope("conversation.open", "/v1/widget/socket");
    auto opened = co_await commerce::open_conversation(in, VisitorId{pass_->subject.value});
    if (!opened) co_return std::unexpected(opened.error());
    seen_ = *opened;
    if (after_ > seen_.last_seq) after_ = 0;  // of an earlier conversation
    follow(conversation_topic(pass_->tenant, seen_.id));
    std::string hello = R"({"type":"hello","conversation_id":)";
    json::write(hello, seen_.id);
    hello += R"(,"handler":)";
    json::write(hello, seen_.handler);
    hello += R"(,"last_seq":)";
    json::write(hello, seen_.last_seq);
    hello += R"(,"merchant_read_seq":)";
    json::write(hello, seen_.merchant_read_seq);
    socket_.send(hello + "}");
    co_return Done{};
  }

  net::Task<Result<Done>> deliver() override {
    for (bool more = true; more;) {
      auto in = scope("message.read", "/v1/widget/socket");
      auto news = co_await commerce::conversation_news(in, seen_.id, after_, kPage, seen_.changed_at);
      if (!news) co_return std::unexpected(news.error());
      more = news->messages.size() == kPage;
      std::vector<std::string> frames;
      for (const auto& message : news->messages)
        frames.push_back(R"({"type":"message","message":)" + json::encode(message) + "}");
      if (!more && news->conversation) add_state(*news->conversation, frames);
      auto recorded = co_await record_reading(in, frames, "message.read", "/v1/widget/socket");
      if (!recorded) co_return recorded;
      send_all(std::move(frames));
      if (!news->messages.empty()) after_ = news->messages.back().seq;
      if (!more && news->conversation) seen_ = *news->conversation;
    }
    co_return Done{};
  }

  net::Task<Result<Done>> handle(Frame frame) override {
    const std::string& type = frame.type.value;
    if (type == "typing") {
      if (may("typing", 1, 3))
        live_.hub.publish(std::vector<Hint>{{conversation_topic(pass_->tenant, seen_.id), Kind::typing_visitor}});
      co_return Done{};
    }
    if (type == "read") {
      if (!frame.seq) co_return fail(Code::invalid, "`seq` is missing.", "seq");
      if (!may("read", 5, 20)) co_return Done{};
      auto in = scope("conversation.mark-read", "/v1/conversations/" + to_string(seen_.id) + "/read");
      auto done = co_await commerce::mark_read(in, seen_.id, frame.seq->value, false);
      if (done) live_.changed(pass_->tenant, seen_.id);
      co_return done;
    }
    if (type != "send") co_return fail(Code::invalid, "`type` must be one of send, typing, read.", "type");
    if (!frame.client_id || !frame.text || characters(frame.text->value) > 2000)
      co_return fail(Code::invalid, "A message needs `client_id` and `text` of 1 to 2000 characters.", "text");
    if (!may("send", 1, 10)) co_return fail(Code::rate_limited, "Too many messages; wait a moment.");
    commerce::NewMessage message;
    message.conversation_id = seen_.id;
    message.author = Author::visitor;
    message.client_id = frame.client_id;
    message.text = std::move(frame.text->value);
    message.wants_answer = true;
    co_return co_await send(std::move(message));
  }

  void typing(const Topic&, Kind kind) override {
    if (kind == Kind::typing_agent) socket_.send(R"({"type":"typing","author":"agent"})");
    if (kind == Kind::typing_assistant) socket_.send(R"({"type":"typing","author":"assistant"})");
  }

 private:
  static constexpr size_t kPage = 100;

  bool may(std::string_view what, double per_second, double burst) {
    return backend_.limiter.take("visitor:" + std::string(what) + to_string(pass_->subject), per_second, burst);
  }

  /// What of a conversation is another than was seen.
  void add_state(const Conversation& fresh, std::vector<std::string>& frames) const {
    if (fresh.merchant_read_seq != seen_.merchant_read_seq)
      frames.push_back(R"({"type":"read","seq":)" + json::encode(fresh.merchant_read_seq) + "}");
    if (fresh.handler != seen_.handler || fresh.status != seen_.status)
      frames.push_back(R"({"type":"state","handler":)" + json::encode(fresh.handler) + R"(,"status":)" +
                       json::encode(fresh.status) + "}");
  }

  int64_t after_;
  Conversation seen_;
};

}  // namespace

net::Task<void> serve_widget(net::Socket& socket, identity::Backend& backend, Live& live,
                             std::shared_ptr<const door::Pass> pass, net::Request& request, int64_t after) {
  WidgetSession session(socket, backend, live, std::move(pass), request, after);
  co_await session.run();
}

}  // namespace cordon::chat
