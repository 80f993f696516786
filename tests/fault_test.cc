// Faults, injected into the real program on a data folder of its own: the database and the server are killed in the
// middle of many chats, and what was acknowledged is there afterwards, once. Slow, about 25 s: six starts of a real
// server and database, and the five seconds after which others may take up what a lost server left.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "app/operator.h"
#include "base/random.h"
#include "db/plain.h"
#include "support/chat.h"
#include "support/served.h"
#include "support/server.h"

namespace cordon {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::field;
using testing::must;
using testing::postmaster_of;

/// Shoppers who say something, wait for the acknowledgement, and say it again with the same client_id wherever none
/// came.
class Shoppers {
 public:
  Shoppers(const std::atomic<uint16_t>& port, std::string shop, int count) : port_(port), shop_(std::move(shop)) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { chat(); });
  }
  ~Shoppers() { leave(); }
  void leave() {
    leaving_ = true;
    for (auto& t : threads_)
      if (t.joinable()) t.join();
  }
  int acknowledged() const { return count_; }
  /// client_id -> "conversation seq" of every acknowledged message.
  std::map<std::string, std::string> all() {
    std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  /// Tokens, seals, tickets and secrets that were used.
  std::vector<std::string> secrets() {
    std::lock_guard lock(mutex_);
    return secrets_;
  }

 private:
  void chat() {
    std::string secret, id;
    while (!leaving_) try {
        auto shopper = testing::visit(port_, shop_, secret);
        secret = shopper.secret;
        keep(shopper);
        auto socket = testing::open_chat(shopper);
        const auto conversation = field(socket->await("hello"), "conversation_id");
        while (!leaving_) {
          if (id.empty()) id = testing::fresh_id();
          socket->send(testing::say(id, "Hello"));
          const auto seq = outcome(*socket, id);
          if (seq.empty()) {
            std::this_thread::sleep_for(50ms);
            continue;
          }
          note(std::exchange(id, {}), conversation + " " + seq);
          // Not so fast that the assistant's backlog, rather than a fault, would be what the end waits for.
          std::this_thread::sleep_for(20ms);
        }
      } catch (const std::exception&) {
        std::this_thread::sleep_for(50ms);  // the server is away: come back, with the message that has no answer yet
      }
  }

  void note(const std::string& id, const std::string& where) {
    std::lock_guard lock(mutex_);
    acknowledged_[id] = where;
    ++count_;
  }

  /// The number that a message got, or "" if it has to be sent again.
  static std::string outcome(testing::WireSocket& socket, const std::string& id) {
    while (auto text = socket.receive()) {
      const auto frame = must(json::parse(*text));
      if (field(frame, "client_id") == id) return field(frame, "seq");
    }
    throw std::runtime_error("closed");
  }

  void keep(const testing::Shopper& s) {
    const std::string claims =
        from_base64url(s.token.substr(s.token.find('.') + 1, s.token.rfind('.') - s.token.find('.') - 1));
    std::lock_guard lock(mutex_);
    for (const std::string& secret : {s.token, s.ticket, s.secret, field(must(json::parse(claims)), "seal")})
      secrets_.push_back(secret);
  }

  const std::atomic<uint16_t>& port_;
  std::string shop_;
  std::atomic<bool> leaving_{false};
  std::atomic<int> count_{0};
  std::mutex mutex_;
  std::map<std::string, std::string> acknowledged_;
  std::vector<std::string> secrets_;
  std::vector<std::thread> threads_;
};

/// Asks over and over and counts the answers by status.
class Poller {
 public:
  explicit Poller(uint16_t port) : thread_([this, port] { run(port); }) {}
  ~Poller() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::atomic<int> good{0}, unavailable{0}, other{0};

 private:
  void run(uint16_t port) {
    while (!stopping_) try {
        const auto reply = testing::ask(port, "GET", "/readyz");
        if (reply.status == 200) ++good;
        else if (reply.status == 503 && !reply.header("retry-after").empty()) ++unavailable;
        else ++other;
      } catch (const std::exception&) {
        ++other;
      }
  }
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class Faults : public ::testing::Test {
 protected:
  Faults() {
    config_.data = folder_.path() / "data";
    start();
    auto database = must(app::Database::attach(config_));
    must(app::operate(database, config_, [&](identity::Backend& backend) -> net::Task<Result<Done>> {
      co_await testing::make_shop(backend, "shop");
      co_return Done{};
    }));
  }

  void start() {
    server_ = std::make_unique<testing::ServerProcess>(
        config_.data, std::vector<std::string>{"--log-level", "debug", "serve", "--rate-scale", "1000000"});
    if (!server_->wait_until_serving()) throw std::runtime_error("cordon does not serve: " + server_->log());
    port_ = server_->client().port;
  }

  /// Its exit status, -1 if it was killed.
  int end(int signal) {
    server_->signal(signal);
    const int status = server_->wait();
    logs_ += server_->log();
    return status;
  }

  std::vector<std::vector<std::string>> rows(const std::string& sql) {
    auto admin = must(db::Plain::open(must(app::Database::attach(config_)).admin_conninfo()));
    return must(admin.rows(sql));
  }

  /// Lets everything that is queued be answered, then compares the database with what the shoppers were told.
  void expect_all_there_once(Shoppers& shoppers) {
    EXPECT_TRUE(eventually([&] { return rows("SELECT count(*) FROM work.job")[0][0] == "0"; }))
        << "every question left behind is taken up";
    std::map<std::string, std::string> stored;
    for (const auto& row :
         rows("SELECT client_id, conversation_id || ' ' || seq FROM commerce.message WHERE author = 'visitor'"))
      EXPECT_TRUE(stored.emplace(row[0], row[1]).second);
    for (const auto& [id, where] : shoppers.all()) EXPECT_EQ(stored[id], where) << "an acknowledged message";
    EXPECT_EQ(
        rows("SELECT conversation_id FROM commerce.message GROUP BY 1 HAVING min(seq) <> 1 OR max(seq) <> count(*)")
            .size(),
        0u)
        << "numbers have no gaps";
    EXPECT_EQ(rows("SELECT FROM commerce.conversation c WHERE last_seq <> (SELECT count(*) FROM commerce.message m "
                   "WHERE m.conversation_id = c.conversation_id)")
                  .size(),
              0u);
    EXPECT_EQ(rows("SELECT conversation_id FROM commerce.message GROUP BY 1 HAVING count(*) FILTER (WHERE author = "
                   "'visitor') <> count(*) FILTER (WHERE author = 'assistant')")
                  .size(),
              0u)
        << "each question has exactly one answer";
  }

  testing::TemporaryFolder folder_;
  app::Config config_;
  std::unique_ptr<testing::ServerProcess> server_;
  std::atomic<uint16_t> port_{0};
  std::string logs_;
};

TEST_F(Faults, LoseNothingThatWasAcknowledged) {
  Shoppers shoppers(port_, "shop", 8);
  const auto more = [&](int count) {
    const int wanted = shoppers.acknowledged() + count;
    return eventually([&] { return shoppers.acknowledged() >= wanted; });
  };
  ASSERT_TRUE(more(50));

  // The database, twice: the server stays, says so, and comes back by itself.
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE("database killed");
    Poller poller(port_);
    const pid_t killed = postmaster_of(config_.data);
    ASSERT_EQ(::kill(killed, SIGKILL), 0);
    EXPECT_TRUE(eventually([&] { return poller.unavailable > 0; }));
    EXPECT_TRUE(eventually([&] { return postmaster_of(config_.data) != killed && postmaster_of(config_.data) > 0; }));
    EXPECT_TRUE(more(50)) << "it recovers by itself";
    poller.stop();
    EXPECT_EQ(poller.other, 0) << "nothing but answers and 503 with Retry-After";
  }

  // The server, twice, in the middle of the chats.
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE("server killed");
    EXPECT_EQ(end(SIGKILL), -1);
    start();
    EXPECT_TRUE(more(50));
  }

  // An orderly end in the middle of the chats.
  EXPECT_EQ(end(SIGTERM), 0);
  EXPECT_EQ(postmaster_of(config_.data), 0) << "the database has ended too";
  start();
  EXPECT_TRUE(more(20));
  shoppers.leave();
  expect_all_there_once(shoppers);

  // Nothing that opens a door stands in any log of all this.
  end(SIGTERM);
  std::ostringstream database;
  database << std::ifstream(config_.data / "postgres" / "cordon.log").rdbuf();
  logs_ += database.str();
  EXPECT_NE(logs_.find("the database is back"), std::string::npos);
  for (const std::string& secret : shoppers.secrets()) {
    ASSERT_GE(secret.size(), 40u);
    EXPECT_EQ(logs_.find(secret), std::string::npos) << "a secret in a log";
  }
}

}  // namespace
}  // namespace cordon
