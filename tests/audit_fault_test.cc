// Audit before answer, under fire: server and database are killed at random moments under load, and afterwards every
// answer that a client has had has its event, every change and its event are one transaction, once, and the log is
// sound. `make faults` runs it for 200 rounds (CORDON_FAULT_ROUNDS); by itself it takes two, about 5 s each: a real
// server or database starts anew in each.
#include <gtest/gtest.h>

#include <csignal>
#include <mutex>
#include <random>
#include <thread>

#include "app/operator.h"
#include "base/random.h"
#include "db/plain.h"
#include "identity/api_token.h"
#include "support/chat.h"
#include "support/served.h"
#include "support/server.h"

namespace cordon {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::must;

/// The sign-in links that there are begin so, and end with a number.
constexpr std::string_view kLinks = "a-link-of-the-fault-test-";

int wanted_rounds() {
  const char* wanted = std::getenv("CORDON_FAULT_ROUNDS");
  return wanted ? std::max(1, std::atoi(wanted)) : 2;
}

/// Programs that read and change, somebody who signs in and out and a shopper who writes, each over and over. They
/// remember what they were answered.
class Callers {
 public:
  Callers(const std::atomic<uint16_t>& port, std::string token) : port_(port), token_(std::move(token)) {
    for (const auto what : {&Callers::read, &Callers::read, &Callers::read, &Callers::order, &Callers::order,
                            &Callers::order, &Callers::sign_in_and_out, &Callers::chat})
      threads_.emplace_back([this, what] { repeat(what); });
  }
  ~Callers() { leave(); }
  void leave() {
    leaving_ = true;
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  int answered() const { return count_; }

  std::vector<std::string> answers;   ///< "trace status" of requests, all but 503, which may not be on record
  std::vector<std::string> orders;    ///< external ids that were answered 201
  std::vector<std::string> messages;  ///< ids that were acknowledged

 private:
  using What = void (Callers::*)(testing::Wire& wire);

  /// On one connection until it breaks, then on the next.
  void repeat(What what) {
    while (!leaving_) try {
        testing::Wire wire(port_);
        while (!leaving_) (this->*what)(wire);
      } catch (const std::exception&) {
        std::this_thread::sleep_for(20ms);
      }
  }

  void keep(std::vector<std::string>& in, std::string what) {
    const std::lock_guard lock(mutex_);
    in.push_back(std::move(what));
    ++count_;
  }

  /// A request with a trace of its own, by which its event is found.
  net::Reply ask(testing::Wire& wire, std::string_view method, std::string_view path, std::vector<net::Header> headers,
                 std::string_view body = {}) {
    std::array<uint8_t, 16> random;
    fill_random(random);
    const std::string trace = to_hex(random);
    headers.emplace_back("traceparent", "00-" + trace + "-00f067aa0ba902b7-01");
    auto reply = wire.ask(method, path, std::move(headers), body);
    if (!reply) throw std::runtime_error("the server has gone");
    if (reply->status == 503) std::this_thread::sleep_for(20ms);
    else keep(answers, trace + " " + std::to_string(reply->status));
    return std::move(*reply);
  }
  static net::Header bearer(const std::string& token) { return {"Authorization", "Bearer " + token}; }

  void read(testing::Wire& wire) { ask(wire, "GET", "/v1/conversations/" + to_string(new_uuid()), {bearer(token_)}); }

  void order(testing::Wire& wire) {
    const std::string id = to_string(new_uuid());
    const auto reply =
        ask(wire, "POST", "/v1/orders", {bearer(token_)},
            R"({"external_id":")" + id + R"(","total_minor":100,"currency":"EUR","placed_at":"2026-01-01T00:00:00Z"})");
    if (reply.status == 201) keep(orders, id);
  }

  /// Every other time without signing out again.
  void sign_in_and_out(testing::Wire& wire) {
    const std::string link = std::string(kLinks) + std::to_string(link_);
    const auto reply = ask(wire, "POST", "/v1/sign-in", {}, R"({"keep":"token","link":")" + link + "\"}");
    if (reply.status != 503) ++link_;
    if (reply.status == 200 && link_ % 2 == 0)
      ask(wire, "POST", "/v1/sign-out", {bearer(testing::field(testing::json_of(reply), "access_token"))}, "{}");
  }

  /// Through one socket as long as that lives.
  void chat(testing::Wire& wire) {
    const std::string known = secret_.empty() ? "" : R"(,"visitor_secret":")" + secret_ + "\"";
    const auto reply =
        ask(wire, "POST", "/v1/widget/visits", {{"Origin", "https://127.0.0.1"}}, R"({"shop":"shop")" + known + "}");
    if (reply.status != 200) throw std::runtime_error("no visit");
    const auto visit = testing::json_of(reply);
    secret_ = testing::field(visit, "visitor_secret");
    testing::WireSocket socket(port_,
                               "/v1/widget/socket?after=" + after_ + "&ticket=" + testing::field(visit, "ticket"));
    if (socket.status() != 101) throw std::runtime_error("no socket");
    // For a person: the assistant is quiet from the first one on.
    while (!leaving_ && socket.send(testing::say(testing::fresh_id(), "Let me talk to a human"))) await_ack(socket);
  }
  /// Until the message that was sent last is acknowledged, or refused.
  void await_ack(testing::WireSocket& socket) {
    for (;;) {
      const auto text = socket.receive();
      if (!text) throw std::runtime_error("the server has gone");
      const auto frame = must(json::parse(*text));
      const std::string type = testing::field(frame, "type");
      if (type == "error") return std::this_thread::sleep_for(20ms);
      if (type != "ack") continue;
      after_ = testing::field(frame, "seq");
      return keep(messages, testing::field(frame, "id"));
    }
  }

  const std::atomic<uint16_t>& port_;
  std::string token_;
  int link_ = 1;                      ///< of whoever signs in: the next one
  std::string secret_, after_ = "0";  ///< the shopper's: who they are, and what they have read
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
      agent_ = must(co_await backend.identity.add_member(tenant, "Bo", "agent"));
      co_return Done{};
    }));
    rows(
        "INSERT INTO identity.one_use (digest, purpose, tenant_id, subject_id, expires_at) SELECT "
        "sha256(convert_to('" +
        std::string(kLinks) +
        "' || n, 'UTF8')), 'sign-in', tenant_id, subject_id, now() + interval '1 day' FROM identity.member, "
        "generate_series(1, " +
        std::to_string(1000 * (wanted_rounds() + 2)) + ") n WHERE subject_id = " + agent());
  }

  void start() {
    server_ = std::make_unique<testing::ServerProcess>(
        config_.data, std::vector<std::string>{"--log-level", "info", "serve", "--rate-scale", "1000000"});
    if (!server_->wait_until_serving()) throw std::runtime_error("cordon does not serve: " + server_->log());
    port_ = server_->client().port;
  }

  void kill_server() {
    server_->signal(SIGKILL);
    server_->wait();
    start();
  }
  void kill_database() {
    const pid_t killed = testing::postmaster_of(config_.data);
    ASSERT_EQ(::kill(killed, SIGKILL), 0);
    ASSERT_TRUE(eventually([&] {
      const pid_t now = testing::postmaster_of(config_.data);
      return now != killed && now > 0;
    }));
  }

  std::vector<std::vector<std::string>> rows(const std::string& sql) {
    auto admin = must(db::Plain::open(must(app::Database::attach(config_)).admin_conninfo()));
    return must(admin.rows(sql));
  }
  size_t count(const std::string& sql) { return std::stoul(rows("SELECT count(*) FROM " + sql).at(0).at(0)); }
  /// How many of these a query's first column does not have.
  size_t missing(const std::vector<std::string>& wanted, const std::string& sql) {
    std::set<std::string> found;
    for (const auto& row : rows(sql)) found.insert(row[0]);
    return static_cast<size_t>(
        std::ranges::count_if(wanted, [&](const std::string& one) { return !found.contains(one); }));
  }

  /// Two queries say where each change, and where each event of one is: a place has one of both. Adds what is missing
  /// on either side.
  void compare(const std::string& what, const std::string& changes, const std::string& events) {
    const auto found = rows(
        "SELECT count(*), count(*) FILTER (WHERE c > e), count(*) FILTER (WHERE e > c) FROM (SELECT count(*) FILTER "
        "(WHERE side = 'c') AS c, count(*) FILTER (WHERE side = 'e') AS e FROM (SELECT 'c' AS side, place FROM (" +
        changes + ") x (place) UNION ALL SELECT 'e', place FROM (" + events + ") x (place)) s GROUP BY place) counted");
    EXPECT_NE(found[0][0], "0") << what;
    EXPECT_EQ(found[0][1], "0") << what << " without an event";
    EXPECT_EQ(found[0][2], "0") << "events without " << what;
    unaudited_ += std::stoul(found[0][1]);
    lost_ += std::stoul(found[0][2]);
  }
  static std::string events_of(std::string_view action, int status) {
    return " FROM audit.event e WHERE action = '" + std::string(action) + "' AND status = " + std::to_string(status);
  }
  std::string agent() const { return "'" + to_string(agent_) + "'"; }

  /// A change and its event are in one transaction, and each is there once.
  void compare_changes() {
    compare("orders", "SELECT xmin::text FROM commerce.shop_order",
            "SELECT xid::xid::text" + events_of("order.record", 201));
    compare("messages", "SELECT xmin::text FROM commerce.message WHERE author = 'visitor'",
            "SELECT xid::xid::text" + events_of("message.send", 200));
    compare("sign-ins", "SELECT session_id FROM door.session WHERE subject_id = " + agent(),
            "SELECT session_id" + events_of("session.open", 200) + " AND subject_id = " + agent());
    // What is open has not changed since; of what has ended the end was the last change.
    compare("open sessions", "SELECT xmin::text || session_id FROM identity.session WHERE subject_id = " + agent(),
            "SELECT xid::xid::text || session_id" + events_of("session.open", 200) + " AND subject_id = " + agent() +
                " AND session_id IN (SELECT session_id FROM identity.session)");
    compare(
        "ended sessions",
        "SELECT xmin::text || session_id FROM door.session WHERE revoked_at IS NOT NULL AND subject_id = " + agent(),
        "SELECT xid::xid::text || session_id" + events_of("session.end", 200) + " AND subject_id = " + agent());
  }

  testing::TemporaryFolder folder_;
  app::Config config_;
  std::unique_ptr<testing::ServerProcess> server_;
  std::atomic<uint16_t> port_{0};
  std::string token_;
  SubjectId agent_;
  size_t lost_ = 0, unaudited_ = 0;
};

TEST_F(AuditFaults, EveryAnswerHasItsEventAndEveryEventItsChange) {
  std::mt19937 random(std::random_device{}());
  Callers callers(port_, token_);
  for (int round = 0; round < wanted_rounds(); ++round) {
    const int before = callers.answered();
    ASSERT_TRUE(eventually([&] { return callers.answered() > before + 20; })) << "it recovers";
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    if (round % 2 == 0) kill_server();
    else kill_database();
    ASSERT_FALSE(HasFatalFailure());
  }
  const int last = callers.answered();
  EXPECT_TRUE(eventually([&] { return callers.answered() > last + 20; }));
  callers.leave();

  unaudited_ = missing(callers.answers, "SELECT trace || ' ' || status FROM audit.event WHERE trace <> ''");
  EXPECT_EQ(unaudited_, 0u) << "answers without an event";
  lost_ = missing(callers.orders, "SELECT external_id FROM commerce.shop_order") +
          missing(callers.messages, "SELECT message_id FROM commerce.message");
  EXPECT_EQ(lost_, 0u) << "changes that were acknowledged and are not there";
  EXPECT_EQ(count("(SELECT" + events_of("conversation.read", 404) + " GROUP BY trace HAVING count(*) > 1) twice"), 0u);
  compare_changes();
  EXPECT_TRUE(eventually([&] {
    return count("audit.event e, audit.log l WHERE (e.xid, e.event_id) > (l.last_xid, l.last_event)") == 0;
  })) << "all of it is in the log";
  const auto verified =
      testing::run_cordon({"--data", config_.data.string(), "audit", "verify"}, folder_.path() / "verify");
  EXPECT_EQ(verified.status, 0) << verified.output;
  std::printf("answers=%zu\nrounds=%d lost=%zu unaudited=%zu\n", callers.answers.size() + callers.messages.size(),
              wanted_rounds(), lost_, unaudited_);
}

}  // namespace
}  // namespace cordon
