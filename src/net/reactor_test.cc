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

}  // namespace
}  // namespace cordon::net
