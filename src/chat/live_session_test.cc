// How long a socket lives: with its session and its seal, and over several servers.
#include <gtest/gtest.h>

#include "db/plain.h"
#include "support/chat.h"

namespace cordon::chat {
namespace {

using testing::ask;
using testing::Chat;
using testing::field;
using testing::fresh_id;
using testing::must;
using testing::say;
using testing::World;

/// Runs one of the operator's switches.
template <class F>
void operate(World& world, F what) {
  world.run([&](identity::Backend& backend) -> net::Task<void> { (void)must(co_await what(backend.identity)); });
}

/// Everything is stopped as long as it lives.
struct Stopped {
  explicit Stopped(World& w) : world(w) {
    operate(world, [](identity::Identity& i) { return i.halt("a test"); });
  }
  ~Stopped() {
    operate(world, [](identity::Identity& i) { return i.unhalt(); });
  }
  World& world;
};

TEST(LiveSession, EndsWithItsSessionAtOnce) {
  Chat chat(World::shared());
  auto first = chat.open_inbox(), second = chat.open_inbox();
  EXPECT_EQ(ask(chat.port, "POST", "/v1/sign-out", {{"Authorization", "Bearer " + chat.agent}}, "{}").status, 200);
  EXPECT_EQ(first->await_close_at_once(), 4401);
  EXPECT_EQ(second->await_close_at_once(), 4401);
  EXPECT_EQ(ask(chat.port, "GET", "/v1/me", {{"Authorization", "Bearer " + chat.agent}}).status, 401);
}

TEST(LiveSession, EndsWithItsSessionOnEveryServer) {
  const auto replica = World::shared().replica();
  Chat chat(World::shared());
  auto elsewhere = testing::open_inbox(replica->port(), chat.agent);
  EXPECT_EQ(ask(chat.port, "POST", "/v1/sign-out", {{"Authorization", "Bearer " + chat.agent}}, "{}").status, 200);
  EXPECT_EQ(elsewhere->await_close_at_once(), 4401);
}

TEST(LiveSession, EndsWhenItsSessionGoesOnWithAnotherSeal) {
  World& world = World::shared();
  const auto replica = world.replica();
  Chat chat(world);
  auto here = chat.open_inbox(), elsewhere = testing::open_inbox(replica->port(), chat.agent);
  auto admin = must(db::Plain::open(world.database().admin_conninfo()));
  must(admin.rows("SELECT door.unseal(session_id) FROM door.session WHERE tenant_id = $1::uuid AND role = 'agent'",
                  {db::param(chat.shop.tenant)}));
  EXPECT_EQ(here->await_close_at_once(), 4401);
  EXPECT_EQ(elsewhere->await_close_at_once(), 4401);
}

TEST(LiveSession, StoresNothingMoreOfARevokedSession) {
  World& world = World::shared();
  Chat chat(world);
  chat.take();
  auto admin = must(db::Plain::open(world.database().admin_conninfo()));
  // Revoked behind the servers' backs: nobody told the socket.
  must(admin.rows("SELECT door.revoke(session_id) FROM door.session WHERE subject_id = $1::uuid",
                  {db::param(chat.shopper.visitor_id)}));
  chat.widget->send(say(fresh_id(), "too late"));
  EXPECT_EQ(chat.widget->await_close(), 4401);
  EXPECT_TRUE(chat.messages().empty());
}

TEST(LiveSession, IsClosedWhenItsShopIsSuspended) {
  World& world = World::shared();
  Chat chat(world), bystander(world);
  auto inbox = chat.open_inbox();
  operate(world, [&](identity::Identity& i) { return i.suspend(chat.shop.tenant, "a test"); });
  EXPECT_EQ(chat.widget->await_close_at_once(), 4423);
  EXPECT_EQ(inbox->await_close_at_once(), 4423);
  EXPECT_EQ(chat.as_agent("GET", "").status, 423);
  EXPECT_THROW(testing::open_chat(chat.shopper), std::runtime_error);
  bystander.widget->send(say(fresh_id(), "Hello"));
  bystander.widget->await("ack");
  operate(world, [&](identity::Identity& i) { return i.resume(chat.shop.tenant); });
  auto again = testing::open_chat(chat.shopper);
  again->send(say(fresh_id(), "Hello"));
  again->await("message", [](const auto& f) { return field(f.at("message"), "author") == "assistant"; });
}

TEST(LiveSession, IsClosedWhenEverythingStops) {
  World& world = World::shared();
  Chat chat(world);
  {
    const Stopped stopped(world);
    EXPECT_EQ(chat.widget->await_close_at_once(), 4503);
  }
  auto again = testing::open_chat(chat.shopper);
  again->send(say(fresh_id(), "Hello"));
  again->await("message", [](const auto& f) { return field(f.at("message"), "author") == "assistant"; });
}

TEST(LiveSession, OutlivesItsSeal) {
  World& world = World::shared();
  const auto replica = world.replica([](app::Config& c) { c.seal_seconds = 1; });
  Chat chat(world, replica->port());
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_EQ(ask(replica->port(), "GET", "/v1/storefront/products", {{"Authorization", "Bearer " + chat.shopper.token}})
                .status,
            401)
      << "the seal it began with";
  chat.widget->send(say(fresh_id(), "Hello"));
  chat.widget->await("ack");
  chat.message("assistant");
}

TEST(LiveSession, ReachesASocketOnAnotherServer) {
  World& world = World::shared();
  const auto replica = world.replica();
  Chat chat(world);
  auto inbox = testing::open_inbox(replica->port(), chat.agent);
  chat.widget->send(say(fresh_id(), "Hello"));
  EXPECT_EQ(field(inbox->await("conversation").at("conversation"), "id"), chat.conversation);
  inbox->send(R"({"type":"watch","conversation_id":")" + chat.conversation + "\"}");
  inbox->await("message");
  inbox->send(R"({"type":"send","conversation_id":")" + chat.conversation + R"(","client_id":")" + fresh_id() +
              R"(","text":"from elsewhere"})");
  EXPECT_EQ(field(chat.message("agent"), "text"), "from elsewhere");
  chat.widget->send(R"({"type":"typing"})");
  inbox->await("typing", [](const auto& f) { return field(f, "author") == "visitor"; });
}

TEST(LiveSession, ReadsAgainWhatALostBusMayHaveSaid) {
  World& world = World::shared();
  const auto replica = world.replica();
  Chat chat(world);
  chat.take();
  auto inbox = testing::open_inbox(replica->port(), chat.agent);
  inbox->send(R"({"type":"watch","conversation_id":")" + chat.conversation + "\"}");
  auto admin = must(db::Plain::open(world.database().admin_conninfo()));
  for (int round = 1; round <= 3; ++round) {
    // Every server's listener and every sender are gone when the message is told of, and their successors not there
    // yet.
    must(admin.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'cordon_monitor'"));
    const std::string text = "round " + std::to_string(round);
    chat.widget->send(say(fresh_id(), text));
    inbox->await("message", [&](const auto& f) { return field(f.at("message"), "text") == text; });
  }
  // And afterwards the bus carries again what is stored nowhere.
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    chat.widget->send(R"({"type":"typing"})");
    inbox->await("typing");
  }
}

}  // namespace
}  // namespace cordon::chat
