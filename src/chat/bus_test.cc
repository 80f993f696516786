#include "chat/bus.h"

#include <gtest/gtest.h>

#include "support/served.h"

namespace cordon::chat {
namespace {

using testing::World;

net::Task<void> await_count(const int& counted, int wanted) {
  for (int i = 0; i < 500 && counted < wanted; ++i) co_await net::sleep(std::chrono::milliseconds(10));
  EXPECT_EQ(counted, wanted);
}

// What is destroyed while nobody listens is told to nobody.
TEST(Bus, HasKeysForgottenWheneverItBeginsToListen) {
  World& world = World::shared();
  testing::run([&]() -> net::Task<void> {
    net::Reactor& reactor = net::Reactor::current();
    const std::vector<net::Reactor*> reactors{&reactor};
    Hub hub(reactors);
    int forgotten = 0;
    hub.keys_ended = [&] { ++forgotten; };
    const int others = reactor.running();
    Bus bus(hub, reactor, world.database().conninfo("cordon_monitor"));
    bus.start();
    co_await await_count(forgotten, 1);
    testing::SqlSession admin(world.database().admin_conninfo());
    admin.value("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'cordon_monitor'");
    co_await await_count(forgotten, 2);
    bus.stop();
    while (reactor.running() > others) co_await net::sleep(std::chrono::milliseconds(10));
  });
}

}  // namespace
}  // namespace cordon::chat
