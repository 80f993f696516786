// Workers: the reactor goes on while they work, and no more waits than may.
#include "net/workers.h"

#include <gtest/gtest.h>

#include <atomic>

namespace cordon::net {
namespace {

void run(Reactor& reactor, std::function<Task<void>()> work) {
  auto all = [&]() -> Task<void> {
    co_await work();
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(all()); });
  reactor.run();
}

TEST(Workers, WorkBesideTheReactorAndComeBackToIt) {
  Reactor reactor;  // outlives the workers, who come back to it
  Workers workers(1, 4);
  run(reactor, [&]() -> Task<void> {
    const auto here = std::this_thread::get_id();
    std::thread::id there;
    EXPECT_TRUE((co_await workers.run([&] { there = std::this_thread::get_id(); })).has_value());
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
  });
}

TEST(Workers, ThrowWhereTheyAreAwaited) {
  Reactor reactor;  // outlives the workers, who come back to it
  Workers workers(1, 4);
  run(reactor, [&]() -> Task<void> {
    bool thrown = false;
    try {
      (void)co_await workers.run([] { throw std::runtime_error("no"); });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  });
}

TEST(Workers, RefuseMoreThanMayWait) {
  Reactor reactor;  // outlives the workers, who come back to it
  Workers workers(1, 2);
  std::atomic<bool> go{false}, started{false};
  int done = 0, refused = 0;
  Signal ended;
  run(reactor, [&]() -> Task<void> {
    auto one = [&]() -> Task<void> {
      auto ran = co_await workers.run([&] {
        started = true;
        while (!go) std::this_thread::yield();
      });
      if (ran) ++done;
      else if (ran.error().code == Code::unavailable) ++refused;
      ended.notify();
    };
    Reactor::current().spawn(one());
    while (!started) co_await sleep(std::chrono::milliseconds(1));
    for (int i = 0; i < 5; ++i) Reactor::current().spawn(one());
    EXPECT_EQ(refused, 3) << "at once, while the reactor goes on";
    go = true;
    while (done + refused < 6) co_await ended.wait(std::chrono::seconds(5));
    EXPECT_EQ(done, 3);
  });
}

}  // namespace
}  // namespace cordon::net
