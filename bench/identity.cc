// The load of the identity benchmark: how fast tokens verify, how soon a revocation holds on another process, and
// whether refreshing under load loses a session. Prints one line of JSON a round; bench/identity.mjs starts it.
#include <fmt/format.h>
#include <sodium.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <random>
#include <thread>

#include "base/json.h"
#include "identity/token.h"
#include "load.h"
#include "net/client.h"
#include "staff/password.h"

namespace cordon {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string text_of(const std::string& body, std::string_view name) {
  const auto document = json::parse_object(body);
  return document ? std::string(json::text_of(*document, name)) : std::string();
}

std::vector<net::Header> bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

// Verifying: one thread, each token once, so that nothing is remembered
// -----------------------------------------------------------------------------------------------------------------------

void verify(const std::filesystem::path& folder, int rounds, double seconds) {
  auto signer = identity::Signer::open(folder);
  require(signer.has_value(), "no signing key");
  door::Pass pass;
  pass.role = "owner";
  pass.permissions = {"conversation.read", "conversation.write", "customer.read", "order.read"};
  pass.expires_at = {now().micros + 3'600'000'000};
  pass.seal = door::Seal(std::string(64, 'a'));
  std::vector<std::string> tokens;
  for (int i = 0; i < 2000; ++i) tokens.push_back(issue(**signer, pass));
  for (int round = 0; round < rounds; ++round) {
    int64_t verified = 0;
    const auto start = Clock::now();
    while (ms_since(start) < seconds * 1000) {
      identity::Verifier fresh(*signer);
      for (const std::string& token : tokens) require(fresh.verify(token).has_value(), "a token does not hold");
      verified += static_cast<int64_t>(tokens.size());
    }
    std::cout << fmt::format(R"({{"verify_per_s":{}}})", static_cast<double>(verified) / ms_since(start) * 1000)
              << std::endl;
  }
}

// Passwords: Argon2id by libsodium alone on every core, and staff who sign in with theirs
// -----------------------------------------------------------------------------------------------------------------------

constexpr std::string_view kPassword = "four unrelated words of bench";

void argon2(double seconds) {
  const std::string hash = staff::hash_password(kPassword);
  std::atomic<int64_t> verified{0};
  const auto start = Clock::now();
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back([&] {
      while (ms_since(start) < seconds * 1000) {
        require(crypto_pwhash_argon2id_str_verify(hash.c_str(), kPassword.data(), kPassword.size()) == 0, "no match");
        ++verified;
      }
    });
  threads.clear();
  std::cout << fmt::format(R"({{"argon2_per_s":{}}})", static_cast<double>(verified) / ms_since(start) * 1000)
            << std::endl;
}

struct SigningIn {
  const net::ClientOptions& server;
  Clock::time_point until;
  int64_t signed_in = 0;
  int running = 0;
  net::Signal ended;

  net::Task<void> client(std::string email) {
    net::Client client(server);
    const std::string body = R"({"email":")" + email + R"(","password":")" + std::string(kPassword) + "\"}";
    while (Clock::now() < until) {
      auto reply = co_await client.request(net::Method::post, "/v1/staff/sign-in", {}, body);
      require(reply && reply->status == 200, reply ? reply->body : "no answer");
      ++signed_in;
    }
    --running;
    ended.notify();
  }
};

net::Task<void> sign_in(const net::ClientOptions& server, std::vector<std::string> emails, double seconds) {
  SigningIn all{server, Clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000)), 0, 0, {}};
  const auto start = Clock::now();
  for (const std::string& email : emails) {
    ++all.running;
    net::Reactor::current().spawn(all.client(email));
  }
  while (all.running > 0) co_await all.ended.wait(20s);
  std::cout << fmt::format(R"({{"sign_ins_per_s":{}}})", static_cast<double>(all.signed_in) / ms_since(start) * 1000)
            << std::endl;
}

// Revoking: signed out on one process, refused and closed on the other
// -----------------------------------------------------------------------------------------------------------------------

struct Servers {
  net::ClientOptions here, there;
};

/// One session: somebody works with it on `there` while it is signed out on `here`.
class Revoked {
 public:
  Revoked(const Servers& servers, std::string token) : servers_(servers), token_(std::move(token)) {}

  net::Task<void> run() {
    net::Client here(servers_.here), there(servers_.there);
    const auto headers = bearer(token_);
    auto ticket = co_await there.request(net::Method::post, "/v1/inbox/ticket", headers, "{}");
    require(ticket && ticket->status == 200, "no ticket");
    const std::string target = "/v1/inbox/socket?ticket=" + text_of(ticket->body, "ticket");
    auto opened = co_await socket_.open(servers_.there, target);
    require(opened.has_value(), "the inbox did not open");
    net::Reactor::current().spawn(watch());
    net::Reactor::current().spawn(work());
    co_await net::sleep(100ms);
    start_ = Clock::now();
    auto out = co_await here.request(net::Method::post, "/v1/sign-out", headers, "{}");
    require(out && out->status == 200, "not signed out");
    while (statement_ms < 0 || socket_ms < 0) co_await done_.wait(20s);
  }
  double statement_ms = -1, socket_ms = -1;

 private:
  /// Asks without a pause until it is refused.
  net::Task<void> work() {
    net::Client there(servers_.there);
    const auto headers = bearer(token_);
    for (int status = 200; status == 200;) {
      auto reply = co_await there.request(net::Method::get, "/v1/merchant", headers);
      require(reply.has_value(), "no answer");
      status = reply->status;
    }
    statement_ms = ms_since(start_);
    done_.notify();
  }
  net::Task<void> watch() {
    while (auto text = co_await socket_.receive()) {}
    socket_ms = ms_since(start_);
    require(socket_.close_code() == 4401, "closed for another reason");
    done_.notify();
  }

  const Servers& servers_;
  std::string token_;
  net::ClientSocket socket_;
  net::Signal done_;
  Clock::time_point start_;
};

net::Task<void> revoke(const Servers& servers, std::vector<std::string> tokens) {
  for (const std::string& token : tokens) {
    Revoked one(servers, token);
    co_await one.run();
    std::cout << fmt::format(R"({{"revoked_statement_ms":{},"revoked_socket_ms":{}}})", one.statement_ms, one.socket_ms)
              << std::endl;
  }
}

// Refreshing: every client a family of its own, on both processes, with every eighth answer lost
// -----------------------------------------------------------------------------------------------------------------------

struct Refreshing {
  const Servers& servers;
  Clock::time_point until;
  int64_t refreshed = 0, lost_answers = 0, families_lost = 0;
  int running = 0;
  net::Signal ended;

  net::Task<void> client(std::string secret, unsigned seed) {
    std::minstd_rand dice(seed);
    net::Client here(servers.here), there(servers.there);
    while (Clock::now() < until) {
      net::Client& asked = dice() % 2 ? here : there;
      const std::string body = R"({"refresh_token":")" + secret + "\"}";
      auto reply = co_await asked.request(net::Method::post, "/v1/token", {}, body);
      require(reply && (reply->status == 200 || reply->status == 401), "no answer");
      if (reply->status == 401) {
        ++families_lost;
        break;
      }
      ++refreshed;
      if (dice() % 8 == 0) ++lost_answers;
      else secret = text_of(reply->body, "refresh_token");
    }
    --running;
    ended.notify();
  }
};

net::Task<void> refresh(const Servers& servers, std::vector<std::string> tokens, double seconds) {
  Refreshing all{servers, Clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000)), 0, 0, 0, 0, {}};
  unsigned seed = 1;
  for (const std::string& token : tokens) {
    ++all.running;
    net::Reactor::current().spawn(all.client(token, seed++));
  }
  while (all.running > 0) co_await all.ended.wait(20s);
  std::cout << fmt::format(R"({{"refresh_per_s":{},"lost_answers":{},"refresh_families_lost":{}}})",
                           static_cast<double>(all.refreshed) / seconds, all.lost_answers, all.families_lost)
            << std::endl;
}

std::vector<std::string> lines_of_input() {
  std::vector<std::string> lines;
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

int on_reactor(std::function<net::Task<void>()> work) {
  net::Reactor reactor;
  std::string failed;
  auto all = [&]() -> net::Task<void> {
    try {
      co_await work();
    } catch (const std::exception& e) {
      failed = e.what();
    }
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(all()); });
  reactor.run();
  if (failed.empty()) return 0;
  std::cerr << "cordon_bench_identity: " << failed << "\n";
  return 1;
}

int run(int argc, char** argv) {
  CLI::App app("Load for the identity benchmark. Tokens are read from standard input, one a line.");
  app.require_subcommand(1);
  std::string folder;
  int rounds = 7;
  double seconds = 2;
  Servers servers;
  auto* verifying = app.add_subcommand("verify", "verify fresh access tokens");
  verifying->add_option("--folder", folder, "where a signing key is or will be")->required();
  verifying->add_option("--rounds", rounds);
  auto* revoking = app.add_subcommand("revoke", "sign out on one process, watch the other");
  auto* refreshing = app.add_subcommand("refresh", "refresh on both processes");
  auto* hashing = app.add_subcommand("hash", "print the hash of the password that everybody has here");
  auto* verifying_passwords = app.add_subcommand("argon2", "verify passwords without a server");
  auto* signing_in = app.add_subcommand("sign-in", "sign in the staff whose addresses are on standard input");
  for (auto* command : {revoking, refreshing, signing_in}) {
    command->add_option("--here", servers.here.port)->required();
    command->add_option("--trust-here", servers.here.trust)->required();
  }
  for (auto* command : {revoking, refreshing}) {
    command->add_option("--there", servers.there.port)->required();
    command->add_option("--trust-there", servers.there.trust)->required();
  }
  for (auto* command : {verifying, refreshing, verifying_passwords, signing_in})
    command->add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  for (auto* server : {&servers.here, &servers.there})
    server->origin = "https://" + server->host + ":" + std::to_string(server->port);
  if (*verifying) verify(folder, rounds, seconds);
  if (*hashing) std::cout << staff::hash_password(kPassword) << std::endl;
  if (*verifying_passwords) argon2(seconds);
  if (*signing_in) return on_reactor([&] { return sign_in(servers.here, lines_of_input(), seconds); });
  if (*revoking) return on_reactor([&] { return revoke(servers, lines_of_input()); });
  if (*refreshing) return on_reactor([&] { return refresh(servers, lines_of_input(), seconds); });
  return 0;
}

}  // namespace
}  // namespace cordon

int main(int argc, char** argv) { return cordon::load(cordon::run, argc, argv); }
