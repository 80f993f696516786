// Audit before answer, under fire: server and database are killed at random moments under load, and afterwards every
// answer that a client has had has its event, every event's change is there, once, and the log is sound. `make faults`
// runs it for 200 rounds (CORDON_FAULT_ROUNDS); by itself it takes two, about 5 s each: a real server or database
// starts anew in each.
#include <gtest/gtest.h>

#include <csignal>
#include <mutex>
#include <random>
#include <thread>

#include "app/operator.h"
#include "db/plain.h"
#include "identity/api_token.h"
#include "support/served.h"
#include "support/server.h"

namespace cordon {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::must;

/// Programs that read and change over and over, and remember what they were answered.
class Callers {
 public:
  Callers(const std::atomic<uint16_t>& port, std::string token, int count) : port_(port), token_(std::move(token)) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this, i] { call(i % 2 == 0); });
  }
  ~Callers() { leave(); }
  void leave() {
    leaving_ = true;
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  int answered() const { return count_; }

  std::vector<std::string> reads;   ///< paths that were answered, whatever with
  std::vector<std::string> orders;  ///< external ids that were answered 201

 private:
  void call(bool reading) {
    while (!leaving_) try {
        testing::Wire wire(port_);
        while (!leaving_) {
          const std::string id = to_string(new_uuid()), path = "/v1/conversations/" + id;
          const auto reply =
              reading ? wire.ask("GET", path, {{"Authorization", "Bearer " + token_}})
                      : wire.ask("POST", "/v1/orders",
                                 {{"Authorization", "Bearer " + token_}, {"Content-Type", "application/json"}},
                                 R"({"external_id":")" + id +
                                     R"(","total_minor":100,"currency":"EUR","placed_at":"2026-01-01T00:00:00Z"})");
          if (!reply) break;
          std::lock_guard lock(mutex_);
          // A 503 says that it may not be on record.
          if (reading && reply->status == 404) reads.push_back(path), ++count_;
          if (!reading && reply->status == 201) orders.push_back(id), ++count_;
        }
      } catch (const std::exception&) {
        std::this_thread::sleep_for(20ms);
      }
  }

  const std::atomic<uint16_t>& port_;
  std::string token_;
  std::atomic<bool> leaving_{false};
  std::atomic<int> count_{0};
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

class AuditFaults : public ::testing::Test {
 protected:
  AuditFaults() {
    config_.data = folder_.path() / "data";
    start();
    auto database = must(app::Database::attach(config_));
    must(app::operate(database, config_, [&](identity::Backend& backend) -> net::Task<Result<Done>> {
      const TenantId tenant = co_await testing::make_shop(backend, "shop");
      const auto subject = must(co_await backend.identity.add_member(tenant, "Ann", "owner"));
      const identity::Who who{tenant, subject, "owner"};
      const identity::From from;
      const auto owner = must(co_await backend.identity.open(who, from));
      identity::ApiTokens tokens(backend.identities, backend.identity, backend.limiter);
      identity::NewApiToken wanted;
      wanted.name.value = "faults";
      // An order is attributed where it is recorded, and comes back: order.write by itself records none.
      wanted.scopes = {"conversation.read", "customer.read", "merchant.read",
                       "order.read",        "order.write",   "audit.append"};
      wanted.days.value = 1;
      audit::Event event;
      event.action = "token.create";
      event.tenant = tenant;
      event.request = RequestId::fresh();
      const auto made = must(co_await tokens.create(*owner.pass, std::move(wanted), std::move(event)));
      token_ = made.secret;
      co_return Done{};
    }));
  }

  void start() {
    server_ = std::make_unique<testing::ServerProcess>(
        config_.data, std::vector<std::string>{"--log-level", "info", "serve", "--rate-scale", "1000000"});
    if (!server_->wait_until_serving()) throw std::runtime_error("cordon does not serve: " + server_->log());
    port_ = server_->client().port;
  }

  std::set<std::string> column(const std::string& sql) {
    auto admin = must(db::Plain::open(must(app::Database::attach(config_)).admin_conninfo()));
    std::set<std::string> out;
    for (const auto& row : must(admin.rows(sql))) EXPECT_TRUE(out.insert(row[0]).second) << row[0] << " is there twice";
    return out;
  }

  testing::TemporaryFolder folder_;
  app::Config config_;
  std::unique_ptr<testing::ServerProcess> server_;
  std::atomic<uint16_t> port_{0};
  std::string token_;
};

TEST_F(AuditFaults, EveryAnswerHasItsEventAndEveryEventItsChange) {
  const char* wanted = std::getenv("CORDON_FAULT_ROUNDS");
  const int rounds = wanted ? std::max(1, std::atoi(wanted)) : 2;
  std::mt19937 random(std::random_device{}());
  Callers callers(port_, token_, 8);
  for (int round = 0; round < rounds; ++round) {
    const int before = callers.answered();
    ASSERT_TRUE(eventually([&] { return callers.answered() > before + 20; })) << "it recovers";
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    if (round % 2 == 0) {
      server_->signal(SIGKILL);
      server_->wait();
      start();
    } else {
      const pid_t killed = testing::postmaster_of(config_.data);
      ASSERT_EQ(::kill(killed, SIGKILL), 0);
      ASSERT_TRUE(eventually([&] {
        const pid_t now = testing::postmaster_of(config_.data);
        return now != killed && now > 0;
      }));
    }
  }
  const int last = callers.answered();
  EXPECT_TRUE(eventually([&] { return callers.answered() > last + 20; }));
  callers.leave();

  EXPECT_FALSE(callers.reads.empty());
  EXPECT_FALSE(callers.orders.empty());
  // Each path was asked once, and each order sent once: an event, or an order, that came twice shows.
  const auto events = column("SELECT resource FROM audit.event WHERE action = 'conversation.read' AND status = 404");
  const auto orders = column("SELECT external_id FROM commerce.shop_order");
  const auto changes = column("SELECT event_id FROM audit.event WHERE action = 'order.record' AND status = 201");
  size_t unaudited = 0, lost = 0;
  for (const std::string& path : callers.reads) unaudited += !events.contains(path);
  for (const std::string& id : callers.orders) lost += !orders.contains(id);
  EXPECT_EQ(unaudited, 0u) << "answers without an event";
  EXPECT_EQ(lost, 0u) << "changes that were acknowledged and are not there";
  EXPECT_EQ(changes.size(), orders.size()) << "one event for each change, and one change for each event";
  EXPECT_TRUE(eventually([&] {
    return testing::run_cordon({"--data", config_.data.string(), "audit", "verify"}, folder_.path() / "verify")
               .output.find("waiting=0") != std::string::npos;
  }));
  const auto verified =
      testing::run_cordon({"--data", config_.data.string(), "audit", "verify"}, folder_.path() / "verify");
  EXPECT_EQ(verified.status, 0) << verified.output;
  unaudited += changes.size() == orders.size() ? 0 : 1;
  std::printf("answers=%zu\nrounds=%d lost=%zu unaudited=%zu\n", callers.reads.size() + callers.orders.size(), rounds,
              lost, unaudited);
}

}  // namespace
}  // namespace cordon
