// A shop with one shopper in its chat and an agent at the other end.
#pragma once
#include <algorithm>

#include "support/wire.h"
#include "support/world.h"

namespace cordon::testing {

inline std::string fresh_id() { return to_string(ClientId::fresh()); }

inline std::string inbox_ticket(uint16_t port, const std::string& token) {
  return field(json_of(ask(port, "POST", "/v1/inbox/ticket", {{"Authorization", "Bearer " + token}}, "{}")), "ticket");
}

inline std::unique_ptr<WireSocket> open_inbox(uint16_t port, const std::string& token) {
  auto socket = std::make_unique<WireSocket>(port, "/v1/inbox/socket?ticket=" + inbox_ticket(port, token));
  if (socket->status() != 101) throw std::runtime_error("no socket: " + socket->refusal().body);
  socket->await("hello");
  return socket;
}

struct Chat {
  /// In a shop of its own; `at` is the server's port, if not the world's.
  explicit Chat(World& world, uint16_t at = 0) : Chat(world, world.add_shop(), at) {}
  /// Another shopper in the same shop.
  Chat(const Chat& other) : Chat(other.world, other.shop, other.port) {}

  std::unique_ptr<WireSocket> open_inbox() { return testing::open_inbox(port, agent); }
  /// The next message of `author` that the widget gets.
  Frame message(std::string_view author) {
    return widget->await("message", [&](const Frame& f) { return field(f.at("message"), "author") == author; })
        .at("message");
  }
  net::Reply as_agent(std::string_view method, const std::string& what, const std::string& body = "{}") {
    return ask(port, method, "/v1/conversations/" + conversation + what, {{"Authorization", "Bearer " + agent}},
               method == "GET" ? "" : body);
  }
  net::Reply answer_as_shop(const std::string& text) {
    return as_agent("POST", "/messages", R"({"client_id":")" + fresh_id() + R"(","text":")" + text + "\"}");
  }
  /// An agent takes the conversation over: the assistant is quiet from here on.
  void take() {
    if (as_agent("POST", "/take").status != 200) throw std::runtime_error("cannot take over");
    widget->await("state");
  }
  /// What is stored, oldest first; a hundred at most.
  std::vector<Frame> messages() {
    const auto page = json_of(as_agent("GET", "/messages?limit=100"));
    const auto& items = page.at("items").get_array();
    return {std::make_reverse_iterator(items.end()), std::make_reverse_iterator(items.begin())};
  }

  World& world;
  Shop shop;
  uint16_t port;
  std::string agent;
  Shopper shopper;
  std::unique_ptr<WireSocket> widget;
  std::string conversation;

 private:
  Chat(World& w, Shop s, uint16_t at)
      : world(w),
        shop(std::move(s)),
        port(at ? at : w.port()),
        agent(w.token(*w.sign_in(shop, "agent"))),
        shopper(visit(port, shop.name)),
        widget(open_chat(shopper)),
        conversation(field(widget->await("hello"), "conversation_id")) {}
};

}  // namespace cordon::testing
