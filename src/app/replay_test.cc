// Shoppers of a replay against a real server: what is refused for good ends it, what is only too fast does not.
#include "app/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.h"

namespace cordon::app {
namespace {

/// How a chat of `turns` by an unknown shopper ends, in a shop of its own, at the server of `options`.
Result<Done> replayed(const std::vector<std::string>& turns, const net::ClientOptions& options, int& sent) {
  auto& world = testing::World::shared();
  const testing::Shop shop = world.add_shop();
  ReplayShop side;
  side.shop = shop.name;
  side.tenant = shop.tenant;
  DemoChat chat;
  for (const std::string& text : turns) chat.turns.push_back({false, text});
  const std::function<void()> count = [&] { ++sent; };
  Result<Done> played;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    played = co_await replay_chat(backend, options, side, chat, count);
  });
  return played;
}

TEST(Replay, EndsWithAMessageThatIsRefusedForGood) {
  int sent = 0;
  const auto played =
      replayed({"hello", std::string(2001, 'x'), "never said"}, testing::World::shared().client(), sent);
  ASSERT_FALSE(played);
  EXPECT_EQ(played.error().code, Code::invalid);
  EXPECT_THAT(played.error().detail, ::testing::HasSubstr("1 to 2000 characters"));
  EXPECT_EQ(sent, 1);
}

TEST(Replay, SendsAgainWhatCameTooFast) {
  auto& world = testing::World::shared();
  const auto slow = world.replica([](Config& config) { config.rate_scale = 1; });
  net::ClientOptions options = world.client();
  options.port = slow->port();
  options.origin = "https://127.0.0.1:" + std::to_string(options.port);
  int sent = 0;
  const auto played = replayed(std::vector<std::string>(12, "zxq"), options, sent);
  EXPECT_TRUE(played) << played.error().detail;
  EXPECT_EQ(sent, 12);
}

}  // namespace
}  // namespace cordon::app
