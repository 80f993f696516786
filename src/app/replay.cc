#include "app/replay.h"

#include "commerce/conversation_store.h"

namespace cordon::app {

namespace {

using boost::json::object;
using json::text_of;

/// Reads frames until one satisfies `wanted`; nullopt if the socket closes first.
net::Task<std::optional<object>> await_frame(net::ClientSocket& socket, std::function<bool(const object&)> wanted) {
  while (auto text = co_await socket.receive()) {
    auto frame = json::parse_object(*text);
    if (frame && wanted(*frame)) co_return std::move(*frame);
  }
  co_return std::nullopt;
}

bool is(const object& frame, std::string_view type) { return text_of(frame, "type") == type; }

std::string say(const ClientId& id, const std::string& text) {
  std::string frame = R"({"type":"send","client_id":)";
  json::write(frame, id);
  frame += R"(,"text":)";
  json::write(frame, text);
  return frame + "}";
}

bool from_assistant(const object& frame) {
  const auto* message = is(frame, "message") ? json::object_of(frame, "message") : nullptr;
  return message && text_of(*message, "author") == "assistant";
}

/// A shopper at the other end of the socket: says something, and reads until it is acknowledged and answered.
struct Shopper {
  net::ClientSocket& socket;
  bool with_person = false;  ///< handed over: nobody answers by itself any more

  void note(const object& frame) {
    if (is(frame, "state")) with_person = text_of(frame, "handler") != "assistant";
  }

  net::Task<Result<Done>> turn(const std::string& text) {
    const auto id = ClientId::fresh();
    bool stored = false, answered = false;
    if (!co_await socket.send(say(id, text))) co_return closed();
    while (!stored || !(answered || with_person)) {
      auto frame = co_await await_frame(socket, [](const object&) { return true; });
      if (!frame) co_return closed();
      note(*frame);
      answered = answered || from_assistant(*frame);
      if (is(*frame, "ack") && text_of(*frame, "client_id") == to_string(id)) stored = true;
      if (!is(*frame, "error")) continue;
      if (!frame->contains("retry_after"))
        co_return fail(read_code(text_of(*frame, "code")).value_or(Code::internal),
                       "a shopper's message was refused: " + std::string(text_of(*frame, "detail")));
      // Asked to slow down: the same client_id again, later.
      co_await net::sleep(std::chrono::seconds(1));
      if (!co_await socket.send(say(id, text))) co_return closed();
    }
    co_return Done{};
  }

  std::unexpected<Error> closed() const {
    return fail(Code::unavailable, "the socket closed with code " + std::to_string(socket.close_code()));
  }
};

net::Task<Result<Done>> answer_as_shop(net::Client& api, const ReplayShop& shop, std::string_view conversation,
                                       const std::string& text) {
  std::string body = R"({"client_id":)";
  json::write(body, ClientId::fresh());
  body += R"(,"text":)";
  json::write(body, text);
  std::vector<net::Header> headers{{"Authorization", "Bearer " + shop.owner_token}};
  auto reply = co_await api.request(net::Method::post, "/v1/conversations/" + std::string(conversation) + "/messages",
                                    headers, body + "}");
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->status != 201)
    co_return fail(Code::internal,
                   "the shop's answer got status " + std::to_string(reply->status) + ": " + reply->body);
  co_return Done{};
}

}  // namespace

door::Scope importer(identity::Backend& backend, std::shared_ptr<const door::Pass> pass) {
  audit::Event event = audit::event_of("import", "COMMAND");
  event.purpose = "importing a shop's data";
  return backend.scope(std::move(pass), std::move(event));
}

net::Task<Result<Done>> replay_chat(identity::Backend& backend, const net::ClientOptions& server,
                                    const ReplayShop& shop, const DemoChat& chat, std::function<void()> sent) {
  net::Client api(server);
  std::string body = R"({"shop":)";
  json::write(body, shop.shop);
  auto visit = co_await api.request(net::Method::post, "/v1/widget/visits", {}, body + "}");
  if (!visit) co_return std::unexpected(visit.error());
  auto visitor = json::parse_object(visit->body);
  if (visit->status != 200 || !visitor)
    co_return fail(Code::internal, "a visit got status " + std::to_string(visit->status) + ": " + visit->body);
  net::ClientSocket socket;
  auto opened =
      co_await socket.open(server, "/v1/widget/socket?after=0&ticket=" + std::string(text_of(*visitor, "ticket")));
  if (!opened) co_return opened;
  auto hello = co_await await_frame(socket, [](const object& f) { return is(f, "hello"); });
  if (!hello) co_return fail(Code::unavailable, "the socket closed at once");
  const std::string conversation(text_of(*hello, "conversation_id"));
  auto pass = co_await backend.identity.service(shop.tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  if (chat.customer) {
    auto scope = importer(backend, *pass);
    auto linked = co_await commerce::link_visitor(scope, *VisitorId::parse(text_of(*visitor, "visitor_id")),
                                                  shop.customers.at(*chat.customer));
    if (!linked) co_return linked;
  }

  Shopper shopper{socket};
  for (const DemoChat::Turn& turn : chat.turns) {
    // (g++ 12 copies a result bit by bit out of a conditional expression that awaits.)
    Result<Done> done;
    if (turn.by_agent) done = co_await answer_as_shop(api, shop, conversation, turn.text);
    else done = co_await shopper.turn(turn.text);
    if (!done) co_return done;
    if (turn.by_agent) shopper.with_person = true;
    sent();
  }
  co_await socket.close();
  if (chat.days_ago > 0) {
    auto scope = importer(backend, *pass);
    co_return co_await commerce::backdate_conversation(scope, *ConversationId::parse(conversation),
                                                       static_cast<int64_t>(chat.days_ago * 86400));
  }
  co_return Done{};
}

}  // namespace cordon::app
