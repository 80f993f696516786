#include "door/scope.h"

#include <gtest/gtest.h>

#include "commerce/merchant_store.h"
#include "db/plain.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::World;

// Reads of one shop share a connection; a change that waits for a lock must not stand in their way.
TEST(Scope, ReadsDoNotWaitBehindAChange) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  const auto pass = world.sign_in(shop, "owner");
  auto admin = must(db::Plain::open(world.database().admin_conninfo()));
  must(admin.script("BEGIN; SELECT FROM commerce.merchant WHERE tenant_id = '" + to_string(shop.tenant) +
                    "' FOR UPDATE"));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    db::PoolOptions options;
    options.connections = 2;
    options.depth = 8;
    db::Pool pool(backend.api.conninfo(), options);
    door::Scope scope(pass, pool);
    bool changed = false;
    net::Signal ended;
    auto change = [&]() -> net::Task<void> {
      door::Scope own(pass, pool);
      commerce::ChangeMerchant wanted;
      wanted.name = Text<1, 100>{"Renamed"};
      must(co_await commerce::change_merchant(own, std::move(wanted)));
      changed = true;
      ended.notify();
    };
    must(co_await commerce::find_merchant(scope));
    net::Reactor::current().spawn(change());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(must(co_await commerce::find_merchant(scope)).name, "The " + shop.name);
    EXPECT_FALSE(changed);
    must(admin.script("ROLLBACK"));
    while (!changed) co_await ended.wait(std::chrono::seconds(5));
    EXPECT_EQ(must(co_await commerce::find_merchant(scope)).name, "Renamed");
  });
}

}  // namespace
}  // namespace cordon
