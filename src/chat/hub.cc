#include "chat/hub.h"

#include <cstring>

#include "base/random.h"

namespace cordon::chat {

static Topic hash(char what, std::span<const uint8_t> a, std::span<const uint8_t> b = {}) {
  std::string input(1, what);
  input.append(reinterpret_cast<const char*>(a.data()), a.size());
  input.append(reinterpret_cast<const char*>(b.data()), b.size());
  const auto sum = sha256(input);
  Topic topic;
  std::memcpy(topic.data(), sum.data(), topic.size());
  return topic;
}

Topic conversation_topic(TenantId tenant, ConversationId conversation) {
  return hash('c', tenant.value.bytes, conversation.value.bytes);
}
Topic inbox_topic(TenantId tenant) { return hash('i', tenant.value.bytes); }
Topic session_topic(SessionId session) { return hash('s', session.value.bytes); }

Hub::Hub(std::vector<net::Reactor*> reactors) {
  for (net::Reactor* reactor : reactors) {
    locals_.push_back(std::make_unique<Local>());
    locals_.back()->reactor = reactor;
  }
}

Hub::~Hub() = default;

Hub::Local& Hub::here() {
  for (auto& local : locals_)
    if (local->reactor == &net::Reactor::current()) return *local;
  std::abort();  // a subscriber outside the reactors is a bug of ours
}

void Hub::subscribe(const Topic& topic, Subscriber& subscriber) { here().subscribers.emplace(topic, &subscriber); }

void Hub::unsubscribe(const Topic& topic, Subscriber& subscriber) {
  auto& all = here().subscribers;
  auto [from, to] = all.equal_range(topic);
  for (; from != to; ++from)
    if (from->second == &subscriber) {
      all.erase(from);
      return;
    }
}

void Hub::Local::deliver(const std::vector<Hint>& hints) {
  for (const Hint& hint : hints) {
    // A subscriber may unsubscribe while it is hinted.
    std::vector<Subscriber*> told;
    auto [from, to] = subscribers.equal_range(hint.topic);
    for (; from != to; ++from) told.push_back(from->second);
    for (Subscriber* subscriber : told) subscriber->hinted(hint.topic, hint.kind);
  }
}

void Hub::publish(std::vector<Hint> hints) {
  receive(hints);
  if (forward) forward(hints);
}

void Hub::receive(std::span<const Hint> hints) {
  auto shared = std::make_shared<const std::vector<Hint>>(hints.begin(), hints.end());
  for (auto& local : locals_) local->reactor->post([l = local.get(), shared] { l->deliver(*shared); });
}

void Hub::resync() {
  for (auto& local : locals_)
    local->reactor->post([l = local.get()] {
      std::vector<Hint> all;
      for (const auto& [topic, subscriber] : l->subscribers) all.push_back({topic, Kind::resync});
      l->deliver(all);
    });
}

}  // namespace cordon::chat
