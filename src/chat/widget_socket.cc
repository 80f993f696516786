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
      const bool sends = !news->messages.empty() || (news->conversation && differs(*news->conversation));
      auto recorded = co_await record_reading(in, sends, "message.read", "/v1/widget/socket");
      if (!recorded) co_return recorded;
      for (const auto& message : news->messages) {
        std::string frame = R"({"type":"message","message":)";
        json::write(frame, message);
        socket_.send(frame + "}");
        after_ = message.seq;
      }
      more = news->messages.size() == kPage;
      if (!more && news->conversation) state(*news->conversation);
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

  bool differs(const Conversation& fresh) const {
    return fresh.merchant_read_seq != seen_.merchant_read_seq || fresh.handler != seen_.handler ||
           fresh.status != seen_.status;
  }

  void state(const Conversation& fresh) {
    if (fresh.merchant_read_seq != seen_.merchant_read_seq) {
      std::string frame = R"({"type":"read","seq":)";
      json::write(frame, fresh.merchant_read_seq);
      socket_.send(frame + "}");
    }
    if (fresh.handler != seen_.handler || fresh.status != seen_.status) {
      std::string frame = R"({"type":"state","handler":)";
      json::write(frame, fresh.handler);
      frame += R"(,"status":)";
      json::write(frame, fresh.status);
      socket_.send(frame + "}");
    }
    seen_ = fresh;
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
