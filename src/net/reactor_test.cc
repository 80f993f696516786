#include "net/reactor.h"

#include <gtest/gtest.h>

#include <algorithm>

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

struct TaskParcel : Errand {
  explicit TaskParcel(int of) : number(of) {}
  int number;
};

Task<int> task_is_for() {
  co_await sleep(std::chrono::milliseconds(1));
  const TaskParcel* parcel = co_await errand<TaskParcel>();
  co_return parcel ? parcel->number : 0;
}

Task<int> task_is_for_below() { co_return co_await task_is_for(); }

TEST(Task, KnowsWhatItIsAtWorkForHoweverManyAreUnderWay) {
  Reactor reactor;
  std::vector<int> known;
  int left = 3;
  auto carry = [&](int number) -> Task<void> {
    TaskParcel parcel(number);
    co_await set_errand(parcel);
    const int below = co_await task_is_for_below();
    known.push_back(below);
  };
  auto work = [&](int number) -> Task<void> {
    co_await carry(number);
    const int outside = co_await task_is_for_below();
    known.push_back(outside);
    if (--left == 0) reactor.stop();
  };
  reactor.post([&] {
    for (const int number : {1, 2, 3}) reactor.spawn(work(number));
  });
  reactor.run();
  std::ranges::sort(known);
  EXPECT_EQ(known, (std::vector<int>{0, 0, 0, 1, 2, 3}));
}

TEST(Task, ThatIsSpawnedIsAtWorkForNobody) {
  Reactor reactor;
  int known = -1;
  auto spawned = [&]() -> Task<void> {
    known = co_await task_is_for();
    reactor.stop();
  };
  auto work = [&]() -> Task<void> {
    TaskParcel parcel(7);
    co_await set_errand(parcel);
    reactor.spawn(spawned());
  };
  reactor.post([&] { reactor.spawn(work()); });
  reactor.run();
  EXPECT_EQ(known, 0);
}

}  // namespace
}  // namespace cordon::net
