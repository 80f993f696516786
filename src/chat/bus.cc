#include "chat/bus.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/log.h"
#include "base/random.h"
#include "db/pool.h"

namespace cordon::chat {

using namespace std::chrono_literals;

namespace {

constexpr db::Statement kNotify{"bus.notify", "SELECT pg_notify('cordon', $1)"};
constexpr size_t kPayload = 7900;  // PostgreSQL's limit is 8000 bytes
constexpr size_t kHintChars = 33;  // 32 hexadecimal digits and the kind

}  // namespace

struct Bus::State : std::enable_shared_from_this<State> {
  State(Hub& h, net::Reactor& r, std::string c)
      : hub(h), reactor(r), conninfo(std::move(c)), name(random_secret().substr(0, 12)), sender(conninfo, {1}) {}

  Hub& hub;
  net::Reactor& reactor;
  std::string conninfo;
  std::string name;  ///< this replica's, so that it knows its own echo
  std::mutex mutex;
  std::vector<Hint> outgoing;
  bool sending = false;
  std::atomic<bool> stopping{false};
  std::unique_ptr<db::Connection> listener;
  std::set<Kind> due;                                          ///< what all will be told
  std::map<Kind, std::chrono::steady_clock::time_point> next;  ///< when they may be told it again
  db::Pool sender;

  void forward(std::span<const Hint> hints) {
    if (stopping) return;  // the reactor may end before what would be started there now
    std::lock_guard lock(mutex);
    outgoing.insert(outgoing.end(), hints.begin(), hints.end());
    if (std::exchange(sending, true)) return;
    reactor.post([self = shared_from_this()] { self->reactor.spawn(send(self)); });
  }

  static net::Task<void> send(std::shared_ptr<State> self) {
    for (;;) {
      co_await net::sleep(2ms);
      std::vector<Hint> batch;
      {
        std::lock_guard lock(self->mutex);
        batch.swap(self->outgoing);
        if (batch.empty() || self->stopping) {
          self->sending = false;
          co_return;
        }
      }
      std::vector<db::Query> queries;
      std::string payload = self->name;
      for (const Hint& hint : batch) {
        if (payload.size() + kHintChars > kPayload) {
          queries.push_back(db::query(kNotify, payload));
          payload = self->name;
        }
        payload += to_hex(hint.topic) + static_cast<char>(hint.kind);
      }
      queries.push_back(db::query(kNotify, payload));
      // A connection that was lost shows it only when it is used: then once more on a fresh one. Twice told does no
      // harm.
      bool told = false;
      for (int attempt = 0; attempt < 2 && !told; ++attempt) {
        const auto sent = co_await self->sender.transact(TenantId{}, queries);
        told = sent.has_value();
      }
    }
  }

  void receive(std::string_view payload) {
    if (payload.starts_with(name) || payload.size() < name.size()) return;
    payload.remove_prefix(name.size());
    std::vector<Hint> hints;
    for (; payload.size() >= kHintChars; payload.remove_prefix(kHintChars)) {
      Hint hint{{}, static_cast<Kind>(payload[32])};
      for (size_t i = 0; i < 16; ++i)
        hint.topic[i] = static_cast<uint8_t>(std::strtoul(std::string(payload.substr(2 * i, 2)).c_str(), nullptr, 16));
      // What suspending and stopping send from inside PostgreSQL: everybody asks whether the own seal still holds.
      if (hint.kind == Kind::resync || hint.kind == Kind::keys) tell_all(hint.kind);
      else hints.push_back(hint);
    }
    hub.receive(hints);
  }

  void tell_all(Kind kind) { reactor.spawn(tell_all(shared_from_this(), kind)); }

  /// Has every socket read again, or every key forgotten; at most once a second, for any login of PostgreSQL can ask
  /// for it. What is asked meanwhile is done together when the second is over.
  static net::Task<void> tell_all(std::shared_ptr<State> self, Kind kind) {
    if (!self->due.insert(kind).second) co_return;
    auto& next = self->next[kind];
    const auto wait = next - std::chrono::steady_clock::now();
    if (wait > 0s) co_await net::sleep(std::chrono::ceil<std::chrono::microseconds>(wait));
    self->due.erase(kind);
    next = std::chrono::steady_clock::now() + 1s;
    if (self->stopping) co_return;
    if (kind == Kind::resync) self->hub.resync();
    else if (self->hub.keys_ended) self->hub.keys_ended();
  }

  /// Nobody heard what was said until now: neither what is new, nor that keys have ended.
  void read_again() {
    tell_all(Kind::resync);
    tell_all(Kind::keys);
  }

  static net::Task<void> listen(std::shared_ptr<State> self) {
    while (!self->stopping) {
      auto opened = co_await db::Connection::open(self->conninfo);
      if (opened) {
        self->listener = std::move(*opened);
        auto listening = co_await self->listener->listen("cordon");
        if (listening) self->read_again();
        while (!self->stopping && self->listener->usable())
          for (const std::string& payload : co_await self->listener->notifications()) self->receive(payload);
        self->listener.reset();
      }
      if (!self->stopping) co_await net::sleep(500ms);
    }
  }
};

Bus::Bus(Hub& hub, net::Reactor& reactor, std::string conninfo)
    : state_(std::make_shared<State>(hub, reactor, std::move(conninfo))) {
  hub.forward = [state = state_](std::span<const Hint> hints) { state->forward(hints); };
}

Bus::~Bus() = default;

void Bus::start() {
  state_->reactor.post([state = state_] { state->reactor.spawn(State::listen(state)); });
}

void Bus::stop() {
  state_->stopping = true;
  state_->reactor.post([state = state_] {
    if (state->listener) state->listener->abandon();
  });
}

}  // namespace cordon::chat
