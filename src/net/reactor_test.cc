#include "net/reactor.h"

#include <gtest/gtest.h>

namespace cordon::net {
namespace {

TEST(Reactor, GivesTheThreadBackToTheOneThatRanAroundIt) {
  Reactor outer, inner;
  Reactor* after = nullptr;
  outer.post([&] {
    inner.post([&] { inner.stop(); });
    inner.run();
    after = &Reactor::current();
    outer.stop();
  });
  outer.run();
  EXPECT_EQ(after, &outer);
}

Task<Result<int64_t>> divide(int64_t by) {
  if (by == 0) throw std::domain_error("by nothing");
  co_return 12 / by;
}

TEST(Task, ThatThrowsIsAnErrorWhereItIsCaught) {
  Reactor reactor;
  std::vector<Result<int64_t>> rounds;
  auto work = [&]() -> Task<void> {
    for (const int64_t by : {0, 4}) {
      auto round = co_await caught(divide(by));
      rounds.push_back(std::move(round));
    }
    reactor.stop();
  };
  reactor.post([&] { reactor.spawn(work()); });
  reactor.run();
  ASSERT_EQ(rounds.size(), 2);
  EXPECT_EQ(rounds[0].error().detail, "by nothing");
  EXPECT_EQ(rounds[1], 3);
}

}  // namespace
}  // namespace cordon::net
