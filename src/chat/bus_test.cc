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

/// Runs `work` beside a bus of its own, with how often that has had keys forgotten: once by then.
void beside_a_bus(const std::function<net::Task<void>(const int& forgotten)>& work) {
  testing::run([&]() -> net::Task<void> {
    net::Reactor& reactor = net::Reactor::current();
    const std::vector<net::Reactor*> reactors{&reactor};
    Hub hub(reactors);
    int forgotten = 0;
    hub.keys_ended = [&] { ++forgotten; };
    const int others = reactor.running();
    Bus bus(hub, reactor, World::shared().database().conninfo("cordon_monitor"));
    bus.start();
    co_await await_count(forgotten, 1);
    co_await work(forgotten);
    bus.stop();
    while (reactor.running() > others) co_await net::sleep(std::chrono::milliseconds(10));
  });
}

// What is destroyed while nobody listens is told to nobody.
TEST(Bus, HasKeysForgottenWheneverItBeginsToListen) {
  beside_a_bus([](const int& forgotten) -> net::Task<void> {
    World::shared().sql().value(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'cordon_monitor'");
    co_await await_count(forgotten, 2);
  });
}

// Every login may NOTIFY: none can keep all reactors at forgetting and reading again.
TEST(Bus, HasKeysForgottenOnceForManyWhoAskTogether) {
  beside_a_bus([](const int& forgotten) -> net::Task<void> {
    auto forger = World::shared().sql("cordon_monitor");
    forger.value(
        "SELECT pg_notify('cordon', lpad(i::text, 12, '0') || repeat('0', 32) || 'k') FROM generate_series(1, 50) i");
    co_await await_count(forgotten, 2);
  });
}

}  // namespace
}  // namespace cordon::chat
