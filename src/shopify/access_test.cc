// A shop's token is refreshed once whoever asks, and survives answers that are lost.
#include "shopify/access.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "shopify/sign_in.h"
#include "support/fake_shopify.h"

namespace cordon::shopify {
namespace {

using testing::FakeShopify;
using testing::must;
using testing::World;

class ShopifyAccess : public ::testing::Test {
 protected:
  void SetUp() override {
    const Person ann{1, "Ann", "ann@cotton.example", true};
    const std::string shown = fake.session_token(shop.text(), ann);
    with([&](Asking asking) -> net::Task<void> {
      const Whose whose{shop, std::nullopt};
      auto grant = must(co_await exchange(asking.app, whose, shown, Kind::offline));
      audit::Event event;
      event.request = RequestId::fresh();
      tenant = must(co_await install(asking, event, shop, grant));
    });
  }
  void TearDown() override { EXPECT_EQ(fake.faults(), std::vector<std::string>{}); }

  void with(std::function<net::Task<void>(Asking)> work) {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      const Asking asking{backend, fake.app()};
      co_await work(asking);
    });
  }
  Result<LiveToken> token() {
    Result<LiveToken> out;
    with([&](Asking asking) -> net::Task<void> { out = co_await live_token(asking, tenant); });
    return out;
  }
  void use(const LiveToken& live) {
    with([&](Asking asking) -> net::Task<void> { must(co_await shop_facts(asking, tenant, live)); });
  }
  std::string column(const std::string& what) {
    return world.sql().value("SELECT " + what + " FROM shopify.install WHERE tenant_id = '" + to_string(tenant) + "'");
  }
  std::string opened(const keys::Field& field) {
    return world.opened(field, tenant, tenant.value, column(std::string(field.column)));
  }
  void set(const std::string& what) {
    world.sql().value("UPDATE shopify.install SET " + what + " WHERE tenant_id = '" + to_string(tenant) + "'");
  }
  void age() { set("access_expires_at = now() + interval '50 seconds'"); }

  World& world = World::shared();
  FakeShopify fake;
  ShopDomain shop = *ShopDomain::parse("linen-" + std::to_string(now().micros) + ".myshopify.com");
  TenantId tenant;
};

TEST_F(ShopifyAccess, ATokenIsUsedUntilAMinuteBeforeItsEnd) {
  const auto first = must(token());
  set("access_expires_at = now() + interval '70 seconds'");
  EXPECT_EQ(must(token()).token, first.token);
  EXPECT_EQ(fake.asked("refresh"), 0);
  age();
  const auto second = must(token());
  EXPECT_NE(second.token, first.token);
  EXPECT_EQ(must(token()).token, second.token);
  EXPECT_EQ(fake.asked("refresh"), 1);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM audit.event WHERE action = 'shopify.refresh' AND tenant_id = '" +
                              to_string(tenant) + "'"),
            "1");
}

TEST_F(ShopifyAccess, OneOfManyProcessesRefreshes) {
  use(must(token()));
  for (int round = 1; round <= 3; ++round) {
    age();
    std::vector<std::string> tokens(8);
    std::vector<std::thread> processes;
    for (auto& mine : tokens) processes.emplace_back([&] { mine = must(token()).token; });
    for (auto& process : processes) process.join();
    EXPECT_EQ(fake.asked("refresh"), round);
    for (const auto& mine : tokens) EXPECT_EQ(mine, tokens[0]);
    use(must(token()));
  }
}

TEST_F(ShopifyAccess, ALostAnswerLosesNothing) {
  use(must(token()));
  age();
  fake.lose = 1;
  EXPECT_EQ(token().error().code, Code::unavailable);
  // Shopify has rotated; the token that we still hold goes on until its replacement is used.
  use(must(token()));
  EXPECT_EQ(fake.asked("refresh"), 2);
  age();
  EXPECT_TRUE(token());
}

TEST_F(ShopifyAccess, TheTokenBeforeIsKeptUntilTheNewOneHasWorked) {
  use(must(token()));
  const std::string before = opened(kRefreshToken);
  age();
  const auto live = must(token());
  EXPECT_EQ(opened(kPreviousRefreshToken), before);
  // The newer one is lost, say by a restore from a backup: the one before it still buys.
  set("refresh_token = " + world.closed(kRefreshToken, tenant, tenant.value, "shprt_lost"));
  age();
  const auto again = must(token());
  EXPECT_NE(again.token, live.token);
  EXPECT_EQ(fake.asked("refresh"), 3);
  use(again);
  EXPECT_EQ(column("previous_refresh_token"), "");
}

TEST_F(ShopifyAccess, WhatShopifyRefusesIsSaidAndTheTurnGivenBack) {
  fake.uninstall(shop.text());
  age();
  EXPECT_EQ(token().error().code, Code::unauthenticated);
  EXPECT_EQ(token().error().code, Code::unauthenticated);
  EXPECT_EQ(column("refreshing_until"), "-infinity");
  EXPECT_EQ(fake.asked("refresh"), 2);
}

TEST_F(ShopifyAccess, TheTurnOfOneThatDiedEnds) {
  age();
  set("refreshing_until = clock_timestamp() + interval '1 second'");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(token());
  EXPECT_GT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(800));
}

TEST_F(ShopifyAccess, ALateAnswerDoesNotReplaceANewerInstall) {
  const auto before = must(token());
  with([&](Asking asking) -> net::Task<void> {
    auto scope = must(co_await install_scope(asking.backend, tenant, "shopify.refresh"));
    const auto seen = must(co_await find_install(scope));
    Grant late;
    late.access_token = "late";
    late.refresh_token = "late";
    late.expires_at = late.refresh_expires_at = {now().micros + 3'600'000'000};
    const Time older{seen.access_expires_at.micros - 1};
    must(co_await put_refreshed(scope, older, "used", late));
  });
  EXPECT_EQ(must(token()).token, before.token);
}

TEST_F(ShopifyAccess, AnotherTenantSeesNoInstall) {
  const auto other = world.add_shop();
  with([&](Asking asking) -> net::Task<void> {
    EXPECT_EQ((co_await live_token(asking, other.tenant)).error().code, Code::not_found);
  });
  // Nor does a person of the shop itself: services only.
  for (const char* role : {"owner", "manager", "agent", "analyst"}) {
    const auto pass = world.sign_in({"", tenant, SubjectId::fresh()}, role);
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(pass, backend.api);
      EXPECT_EQ((co_await find_install(scope)).error().code, Code::forbidden) << role;
    });
  }
}

TEST(ShopifyApp, WritingIncludesReading) {
  App app;
  app.scopes = {"read_customers", "read_orders", "write_products"};
  const std::vector<std::string> all{"write_orders", "read_customers", "write_products"}, few{"read_products"};
  EXPECT_TRUE(app.missing(all).empty());
  EXPECT_EQ(app.missing(few), app.scopes);
  // What is asked without anybody signed in has scopes of its own.
  app.scopes = {"unauthenticated_read_content"};
  EXPECT_TRUE(app.missing({"unauthenticated_write_content"}).empty());
  for (const char* other :
       {"read_content", "write_content", "unauthenticated_write_contents", "unauthenticated_content"})
    EXPECT_EQ(app.missing({other}), app.scopes) << other;
  app.scopes = {"read_content", "unauthenticated_write_content"};
  EXPECT_EQ(app.missing({"unauthenticated_write_content", "unauthenticated_read_content"}),
            std::vector<std::string>{"read_content"});
  EXPECT_EQ(app.missing({"write_content", "unauthenticated_read_content"}),
            std::vector<std::string>{"unauthenticated_write_content"});
  EXPECT_EQ(split_scopes(" read_orders,write_products ,,read_orders"),
            (std::vector<std::string>{"read_orders", "write_products"}));
}

TEST(ShopifyApp, ThePreviousSecretCountsFromWhenItsFileSaysOrTheOthersWasWritten) {
  const testing::TemporaryFolder folder;
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder.path() / name) << text;
    return folder.path() / name;
  };
  Options options;
  EXPECT_EQ(must(open_app(options)), nullptr);
  options.client_id = "x";
  EXPECT_FALSE(open_app(options));
  options.secret_file = write("new", "new-secret\r\n");
  options.previous_secret_file = write("old", "old-secret\n");
  const auto app = must(open_app(options));
  EXPECT_EQ(app->secrets.current, "new-secret");
  EXPECT_EQ(app->secrets.previous, "old-secret");
  EXPECT_LT(std::abs(app->secrets.rotated_at.micros - now().micros), 10'000'000);
  // Said in its own file, it outlasts a copy of both.
  for (const char* end : {"\n", "\r\n", ""}) {
    write("old", std::string("old-secret") + (*end == '\r' ? "\r" : "") + "\n2026-01-02T03:04:05Z" + end);
    const auto said = must(open_app(options));
    EXPECT_EQ(said->secrets.previous, "old-secret");
    EXPECT_EQ(to_string(said->secrets.rotated_at), "2026-01-02T03:04:05.000000Z");
  }
  for (const char* when : {"yesterday", "2026-01-02", "1767322800", "9999-01-01T00:00:00Z", "\n2026-01-02T03:04:05Z"}) {
    write("old", std::string("old-secret\n") + when);
    EXPECT_FALSE(open_app(options)) << when;
  }
  write("old", "old-secret");
  for (const char* id : {"a\"b", "<x>", "a b", "a&b"}) {
    options.client_id = id;
    EXPECT_FALSE(open_app(options)) << id;
  }
  options.client_id = "x";
  for (const char* base :
       {"http://127.0.0.1:1", "https://127.0.0.1", "https://127.0.0.1:0", "https://127.0.0.1:x", "x"}) {
    options.base = base;
    EXPECT_FALSE(open_app(options)) << base;
  }
  options.base.clear();
  write("new", "\n");
  EXPECT_FALSE(open_app(options));
}

}  // namespace
}  // namespace cordon::shopify
