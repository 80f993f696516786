// Looking names up: what they stand for, and that nobody is held up by it.
#include "net/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/served.h"

namespace cordon::net {
namespace {

TEST(Lookup, FindsAHostsAddressesWhileTheReactorGoesOn) {
  testing::run([]() -> Task<void> {
    bool meanwhile = false;
    Reactor::current().post([&] { meanwhile = true; });
    const auto found = co_await addresses_of("localhost");
    EXPECT_THAT(found, ::testing::Contains("127.0.0.1"));
    EXPECT_TRUE(meanwhile);
    const auto itself = co_await addresses_of("127.0.0.2");
    EXPECT_THAT(itself, ::testing::ElementsAre("127.0.0.2"));
  });
}

TEST(Lookup, FindsNothingUnderNoName) {
  testing::run([]() -> Task<void> {
    const auto found = co_await addresses_of(std::string(300, 'x'));
    EXPECT_TRUE(found.empty());
  });
}

}  // namespace
}  // namespace cordon::net
