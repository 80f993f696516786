#include "chat/live_session.h"

#include "base/log.h"

namespace cordon::chat {

using namespace std::chrono_literals;

void Live::changed(TenantId tenant, ConversationId conversation) {
  std::vector<Hint> hints{{conversation_topic(tenant, conversation), Kind::message},
                          {inbox_topic(tenant), Kind::message}};
  hub.publish(std::move(hints));
}

LiveSession::LiveSession(net::Socket& socket, identity::Backend& backend, Live& live,
                         std::shared_ptr<const door::Pass> pass, net::Request& request)
    : socket_(socket), backend_(backend), live_(live), pass_(std::move(pass)), request_(request) {}

LiveSession::~LiveSession() {
  for (const Topic& topic : topics_) live_.hub.unsubscribe(topic, *this);
}

void LiveSession::follow(const Topic& topic) {
  if (topics_.insert(topic).second) live_.hub.subscribe(topic, *this);
}

void LiveSession::unfollow(const Topic& topic) {
  if (topics_.erase(topic)) live_.hub.unsubscribe(topic, *this);
}

void LiveSession::wake() {
  dirty_ = true;
  woken_.notify();
}

void LiveSession::hinted(const Topic& topic, Kind kind) {
  switch (kind) {
    case Kind::ended: end({Code::revoked, "This session was ended.", {}}); break;
    case Kind::message:
    case Kind::resync: wake(); break;
    default: typing(topic, kind);
  }
}

void LiveSession::end(const Error& error) {
  static const std::map<Code, int> kCloseCodes{
      {Code::unauthenticated, 4401}, {Code::revoked, 4401},      {Code::forbidden, 4403}, {Code::not_found, 4404},
      {Code::suspended, 4423},       {Code::rate_limited, 4429}, {Code::stopped, 4503},   {Code::unavailable, 4503}};
  const auto found = kCloseCodes.find(error.code);
  socket_.close(found == kCloseCodes.end() ? 1011 : found->second, info(error.code).name);
  over_ = true;
  woken_.notify();
}

net::Task<Result<Done>> LiveSession::caught(net::Task<Result<Done>> work) {
  try {
    co_return co_await work;
  } catch (const std::exception& e) {
    log::error("a socket handler threw", {{"path", request_.path}, {"error", e.what()}});
    co_return fail(Code::internal, "This is a fault of ours; it has been logged.");
  }
}

net::Task<Result<Done>> LiveSession::renew() {
  if (!pass_->fading()) co_return Done{};
  auto fresh = co_await backend_.passes.renew(pass_);
  if (!fresh) co_return std::unexpected(fresh.error());
  pass_ = *fresh;
  co_return Done{};
}

audit::Event LiveSession::event_of(door::AuditAction action, std::string_view resource) const {
  audit::Event event = audit::event_of(action, "SOCKET");
  event.resource = resource;
  event.address = request_.address;
  event.agent = request_.header("user-agent");
  event.by(*pass_);
  return event;
}

door::Scope LiveSession::scope(door::AuditAction action, std::string_view resource) {
  return backend_.scope(pass_, event_of(action, resource));
}

net::Task<Result<Done>> LiveSession::record_reading(door::Scope& in, const std::vector<std::string>& frames,
                                                    door::AuditAction action, std::string_view resource) {
  auto ran = in.take_ran();
  unrecorded_.insert(unrecorded_.end(), ran.begin(), ran.end());
  // What says nothing and was read a thousand times is told at once with the next event.
  if (frames.empty() && std::ranges::none_of(ran, [](const door::Ran& one) { return one.rows != 0; })) co_return Done{};
  auto event = event_of(action, resource);
  std::vector<door::Ran> told = std::exchange(unrecorded_, {});
  event.queries = told;
  for (const door::Ran& one : ran) event.rows += frames.empty() ? 0 : one.rows.value_or(0);
  for (const std::string& frame : frames) event.bytes += static_cast<int64_t>(frame.size());
  auto recorded = co_await backend_.recorder.record(std::move(event));
  // Nothing is sent then, and the next event tells of these reads as well as of those that make up for them.
  if (!recorded) std::ranges::move(told, std::back_inserter(unrecorded_));
  co_return recorded;
}

void LiveSession::send_all(std::vector<std::string> frames) {
  for (std::string& frame : frames) socket_.send(std::move(frame));
}

net::Task<Result<Done>> LiveSession::record_refusal(const Error& error) {
  auto event = event_of("socket.refuse", request_.path);
  event.status = info(error.code).status;
  event.code = info(error.code).name;
  co_return co_await backend_.recorder.record(std::move(event));
}

net::Task<void> LiveSession::close(Error error) {
  auto recorded = co_await record_refusal(error);
  end(recorded ? error : recorded.error());
}

net::Task<void> LiveSession::refuse(Error error, std::optional<ClientId> client_id) {
  auto recorded = co_await record_refusal(error);
  if (!recorded) error = recorded.error();
  std::string frame = R"({"type":"error","code":)";
  json::write(frame, info(error.code).name);
  frame += R"(,"detail":)";
  json::write(frame, error.detail);
  if (!error.field.empty()) {
    frame += R"(,"field":)";
    json::write(frame, error.field);
  }
  if (client_id) {
    frame += R"(,"client_id":)";
    json::write(frame, *client_id);
  }
  if (error.code == Code::rate_limited || error.code == Code::unavailable) frame += R"(,"retry_after":1)";
  socket_.send(frame + "}");
}

net::Task<Result<Done>> LiveSession::send(commerce::NewMessage message) {
  const auto client_id = message.client_id;
  const auto conversation = message.conversation_id;
  auto in = scope("message.send", "/v1/conversations/" + to_string(conversation) + "/messages");
  auto sent = co_await commerce::send_message(in, std::move(message));
  // Whoever reads the refusal may send the message again with the same client_id: that is what makes it safe to say so.
  if (!sent) co_return std::unexpected(sent.error());
  std::string ack = R"({"type":"ack","client_id":)";
  json::write(ack, client_id);
  ack += R"(,"seq":)";
  json::write(ack, sent->message.seq);
  ack += R"(,"id":)";
  json::write(ack, sent->message.id);
  ack += R"(,"sent_at":)";
  json::write(ack, sent->message.sent_at);
  std::vector<std::string> frames{ack + "}"};
  if (sent->repeated) {
    auto recorded = co_await record_reading(in, frames, "message.read", request_.path);
    if (!recorded) co_return recorded;
  }
  send_all(std::move(frames));
  if (sent->repeated) co_return Done{};
  live_.changed(pass_->tenant, conversation);
  if (sent->queued && live_.answer) live_.answer(pass_, *sent->queued);
  co_return Done{};
}

net::Task<void> LiveSession::deliveries() {
  delivering_ = true;
  while (!over_) {
    if (!dirty_) co_await woken_.wait(patience());
    if (over_) break;
    dirty_ = false;
    auto done = co_await caught(renew());
    if (done && !over_) done = co_await caught(deliver());
    if (done) continue;
    // The database being away is no reason to lose the socket: hints went missing, so read again once it answers.
    if (done.error().code != Code::unavailable) {
      co_await close(done.error());
      break;
    }
    dirty_ = true;
    co_await net::sleep(500ms);
  }
  delivering_ = false;
  woken_.notify();
}

net::Task<void> LiveSession::run() {
  follow(session_topic(pass_->session));
  auto begun = co_await caught(begin());
  if (!begun) {
    co_await close(begun.error());
    co_return;
  }
  dirty_ = true;
  net::Reactor::current().spawn(deliveries());
  while (auto text = co_await socket_.receive()) {
    // What a frame asks for has limits of its own; this one is for frames that ask for nothing.
    if (!backend_.limiter.take("frames:" + to_string(pass_->session), 50, 200)) {
      const Error flood{Code::rate_limited, "Too many frames.", {}};
      co_await close(flood);
      break;
    }
    auto frame = json::decode<Frame>(*text);
    if (!frame) {
      co_await refuse(frame.error(), std::nullopt);
      continue;
    }
    const auto client_id = frame->client_id;
    auto done = co_await caught(renew());
    if (done) done = co_await caught(handle(std::move(*frame)));
    if (done) continue;
    const Code code = done.error().code;
    if (code != Code::unauthenticated && code != Code::revoked && code != Code::suspended && code != Code::stopped) {
      co_await refuse(done.error(), client_id);
      continue;
    }
    co_await close(done.error());
  }
  over_ = true;
  woken_.notify();
  while (delivering_) co_await woken_.wait(1s);
  if (unrecorded_.empty()) co_return;
  auto event = event_of("message.read", request_.path);
  event.queries = std::exchange(unrecorded_, {});
  // Nothing of it was sent, and nobody is there to tell.
  auto recorded = co_await backend_.recorder.record(std::move(event));
  if (!recorded) log::error("what was read is not on record", {{"why", recorded.error().detail}});
}

}  // namespace cordon::chat
