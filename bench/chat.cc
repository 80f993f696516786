// The load of the chat benchmark: shoppers at widget sockets and, for each, somebody of the shop at an inbox socket.
// Prints one line of JSON a round; bench/chat.mjs starts it and adds up.
#include <sys/resource.h>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>

#include "base/json.h"
#include "load.h"
#include "net/client.h"

namespace cordon {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

net::Task<boost::json::object> post(net::Client& client, std::string path, const std::string& token, std::string body) {
  std::vector<net::Header> headers;
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
  auto reply = co_await client.request(net::Method::post, path, headers, std::move(body));
  require(reply.has_value(), reply ? "" : reply.error().detail);
  auto document = json::parse_object(reply->body);
  require(reply->status < 300 && document, path + " answered " + std::to_string(reply->status) + ": " + reply->body);
  co_return std::move(*document);
}

/// Opens a visit of `shop` and its socket, and returns the conversation's id.
net::Task<std::string> open_widget(net::Client& api, const net::ClientOptions& server, std::string shop,
                                   net::ClientSocket& socket) {
  auto visit = co_await post(api, "/v1/widget/visits", "", R"({"shop":")" + shop + "\"}");
  auto opened =
      co_await socket.open(server, "/v1/widget/socket?after=0&ticket=" + std::string(json::text_of(visit, "ticket")));
  require(opened.has_value(), opened ? "" : opened.error().detail);
  auto hello = co_await socket.receive();
  const auto frame = json::parse_object(hello.value_or(""));
  require(frame && json::text_of(*frame, "type") == "hello", "the socket did not say hello");
  co_return std::string(json::text_of(*frame, "conversation_id"));
}

struct Counters {
  bool open = false;           ///< only what arrives inside a round counts
  int64_t refused = 0;         ///< sends that were told to come again
  std::vector<double> delays;  ///< milliseconds from a shopper's send to the shop's screen
};

/// A shopper who says the next thing as soon as the last one is stored, and somebody of the shop who watches.
class Pair {
 public:
  Pair(const net::ClientOptions& server, Counters& counters) : server_(server), counters_(counters) {}

  net::Task<void> open(std::string shop, std::string token) {
    net::Client api(server_);
    const std::string conversation = co_await open_widget(api, server_, shop, shopper_);
    // A person has taken over: the assistant's answers are another matter.
    co_await post(api, "/v1/conversations/" + conversation + "/take", token, "{}");
    auto ticket = co_await post(api, "/v1/inbox/ticket", token, "{}");
    auto opened =
        co_await shop_.open(server_, "/v1/inbox/socket?ticket=" + std::string(json::text_of(ticket, "ticket")));
    require(opened.has_value(), "the inbox did not open");
    co_await shop_.send(R"({"type":"watch","after":0,"conversation_id":")" + conversation + "\"}");
    net::Reactor::current().spawn(watch());
    net::Reactor::current().spawn(talk());
  }

  net::Task<void> close() {
    co_await shopper_.close();
    co_await shop_.close();
  }
  int64_t sent() const { return sent_; }
  int64_t seen() const { return seen_; }
  void pause(bool paused) {
    paused_ = paused;
    if (!paused) go_.notify();
  }

 private:
  net::Task<void> talk() {
    for (;;) {
      while (paused_) co_await go_.wait(10s);
      const auto id = to_string(ClientId::fresh());
      at_[id] = Clock::now();
      const std::string frame =
          R"({"type":"send","client_id":")" + id + R"(","text":"Do you have the blue jacket in size M?"})";
      if (!co_await shopper_.send(frame)) co_return;
      for (bool stored = false; !stored;) {
        auto text = co_await shopper_.receive();
        if (!text) co_return;
        stored = text->starts_with(R"({"type":"ack")");
        if (!text->starts_with(R"({"type":"error")")) continue;
        // As the widget does: the same client_id again, a moment later.
        ++counters_.refused;
        co_await net::sleep(1s);
        if (!co_await shopper_.send(frame)) co_return;
      }
      ++sent_;
    }
  }

  net::Task<void> watch() {
    while (auto text = co_await shop_.receive()) {
      if (!text->starts_with(R"({"type":"message")")) continue;
      const auto frame = json::parse_object(*text);
      const auto* message = frame ? json::object_of(*frame, "message") : nullptr;
      const auto found = message ? at_.find(std::string(json::text_of(*message, "client_id"))) : at_.end();
      if (found == at_.end()) continue;
      ++seen_;
      if (counters_.open)
        counters_.delays.push_back(std::chrono::duration<double, std::milli>(Clock::now() - found->second).count());
      at_.erase(found);
    }
  }

  const net::ClientOptions& server_;
  Counters& counters_;
  net::ClientSocket shopper_, shop_;
  net::Signal go_;
  bool paused_ = true;
  int64_t sent_ = 0, seen_ = 0;
  std::unordered_map<std::string, Clock::time_point> at_;
};

/// A shopper who reads and says nothing.
net::Task<void> idle(net::ClientSocket& socket) {
  // Not `while (co_await ...)`: g++ 12 makes an illegal instruction of a loop without a body.
  for (bool open = true; open;) {
    const auto text = co_await socket.receive();
    open = text.has_value();
  }
}

/// Resident memory of a process, in bytes.
int64_t resident(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  int64_t size = 0, pages = 0;
  require(static_cast<bool>(in >> size >> pages), "no such process: " + std::to_string(pid));
  return pages * 4096;
}

struct Options {
  net::ClientOptions server;
  int pid = 0, rounds = 7, seconds = 3, sockets = 3000;
  std::vector<std::string> shops, tokens;
  int pairs = 32;
};

/// `counters` and `pairs` outlive the coroutines that each pair leaves waiting.
net::Task<void> messages(const Options& in, Counters& counters, std::vector<std::unique_ptr<Pair>>& pairs) {
  for (int i = 0; i < in.pairs; ++i) {
    pairs.push_back(std::make_unique<Pair>(in.server, counters));
    const size_t shop = static_cast<size_t>(i) % in.shops.size();
    co_await pairs.back()->open(in.shops[shop], in.tokens[shop]);
  }
  for (auto& pair : pairs) pair->pause(false);
  co_await net::sleep(1s);
  for (int round = 0; round < in.rounds; ++round) {
    counters = {true, 0, {}};
    const auto began = Clock::now();
    co_await net::sleep(std::chrono::seconds(in.seconds));
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    counters.open = false;
    auto& delays = counters.delays;
    require(!delays.empty(), "no message reached the shop");
    std::sort(delays.begin(), delays.end());
    std::cout << fmt::format(R"({{"messages_per_s":{:.1f},"delay_ms":{:.3f},"delay_p99_ms":{:.3f},"refused":{}}})",
                             static_cast<double>(delays.size()) / seconds, delays[delays.size() / 2],
                             delays[delays.size() * 99 / 100], counters.refused)
              << std::endl;
  }
  for (auto& pair : pairs) pair->pause(true);
  co_await net::sleep(2s);
  int64_t sent = 0, seen = 0;
  for (auto& pair : pairs) {
    sent += pair->sent();
    seen += pair->seen();
  }
  require(sent == seen, fmt::format("{} messages were acknowledged, but the shop saw {}", sent, seen));
  std::cout << fmt::format(R"({{"stored":{}}})", sent) << std::endl;
  for (auto& pair : pairs) co_await pair->close();
}

/// The shoppers who only hold their sockets.
struct Crowd {
  const Options& in;
  std::vector<std::unique_ptr<net::ClientSocket>> sockets;
  int opening = 0;  ///< coroutines that still open some
  net::Signal opened;
  std::string failed;

  net::Task<void> open(int count) {
    try {
      net::Client api(in.server);
      for (int i = 0; i < count; ++i) {
        sockets.push_back(std::make_unique<net::ClientSocket>());
        net::ClientSocket& socket = *sockets.back();
        co_await open_widget(api, in.server, in.shops[sockets.size() % in.shops.size()], socket);
        net::Reactor::current().spawn(idle(socket));
      }
    } catch (const std::exception& e) {
      failed = e.what();
    }
    if (--opening == 0) opened.notify();
  }

  /// Opens so many more, four at a time.
  net::Task<void> grow(int count) {
    opening = 4;
    for (int i = 0; i < 4; ++i) net::Reactor::current().spawn(open(count / 4));
    while (opening > 0) co_await opened.wait(1s);
    require(failed.empty(), failed);
    co_await net::sleep(500ms);
  }
};

net::Task<void> hold(Crowd& crowd) {
  constexpr int kBatches = 3;
  const Options& in = crowd.in;
  co_await crowd.grow(100);  // warms the server up before its memory is looked at
  for (int batch = 0; batch < kBatches; ++batch) {
    const int64_t before = resident(in.pid);
    co_await crowd.grow(in.sockets / kBatches);
    std::cout << fmt::format(R"({{"sockets":{},"bytes_per_socket":{}}})", crowd.sockets.size(),
                             (resident(in.pid) - before) / (in.sockets / kBatches))
              << std::endl;
  }
}

/// Sockets are files, and the usual soft limit of 1,024 is too few of them.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(int argc, char** argv) {
  CLI::App app("Load for the chat benchmark.");
  Options in;
  app.add_option("--port", in.server.port)->required();
  app.add_option("--trust", in.server.trust, "the server's certificate")->required();
  app.add_option("--pid", in.pid, "the server's process")->required();
  app.add_option("--shop", in.shops)->required();
  app.add_option("--token", in.tokens, "an owner's access token of each shop")->required();
  app.add_option("--pairs", in.pairs);
  app.add_option("--rounds", in.rounds);
  app.add_option("--seconds", in.seconds);
  app.add_option("--sockets", in.sockets);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  in.server.origin = "https://" + in.server.host + ":" + std::to_string(in.server.port);

  net::Reactor reactor;
  std::string failed;
  Counters counters;
  std::vector<std::unique_ptr<Pair>> pairs;
  Crowd crowd{in, {}, 0, {}, {}};
  auto all = [&]() -> net::Task<void> {
    try {
      co_await messages(in, counters, pairs);
      co_await hold(crowd);
    } catch (const std::exception& e) {
      failed = e.what();
    }
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(all()); });
  reactor.run();
  if (failed.empty()) std::_Exit(0);  // thousands of open sockets need no ceremony
  std::cerr << "cordon_bench: " << failed << "\n";
  std::_Exit(1);
}

}  // namespace
}  // namespace cordon

int main(int argc, char** argv) { return cordon::run(argc, argv); }
