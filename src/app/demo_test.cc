// `cordon demo` beside a server: what an import that was interrupted has left, the next run makes whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/server.h"
#include "support/world.h"

namespace cordon {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::must;

class DemoImport : public ::testing::Test {
 protected:
  /// A store of so many chats and orders; its catalogue and policies are those of a demo store.
  void write_store(const std::string& shop, int chats, int orders) {
    const fs::path store = stores / shop, model = fs::path(CORDON_SOURCE_DIR) / "data" / "demo" / "aurora";
    fs::create_directories(store);
    for (const char* file : {"products.csv", "policies.json"})
      fs::copy_file(model / file, store / file, fs::copy_options::overwrite_existing);
    std::ofstream(store / "shop.json") << R"({"shop":")" << shop << R"(","name":"A shop","currency":"EUR",)"
                                       << R"("assistant_name":"Ada","greeting":"Hello!","attribution_days":7})";
    std::ofstream(store / "customers.json")
        << R"([{"external_id":"c1","name":"Ann Lee","email":"ann@shop.example","phone":"+1 503 555 0103"}])";
    write_list(store / "conversations.json", chats, [](int i) {
      return R"({"customer_external_id":"c1","days_ago":1,"turns":[{"author":"visitor","text":"hello )" +
             std::to_string(i) + "\"}]}";
    });
    write_list(store / "orders.json", orders, [](int i) {
      return R"({"external_id":"o)" + std::to_string(i) +
             R"(","customer_external_id":"c1","days_ago":0.5,"total_minor":100})";
    });
  }

  std::string run_demo() {
    const auto outcome = testing::run_cordon(
        {"--data", world.config().data.string(), "--port", std::to_string(world.port()), "demo", stores.string()},
        folder.path() / "log");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.output;
  }

  /// How many rows a shop has in a table of commerce.
  int count(const std::string& shop, const std::string& table) {
    return std::stoi(world.sql().value("SELECT count(*) FROM commerce." + table +
                                       " t JOIN identity.shop s USING (tenant_id) WHERE s.shop = '" + shop + "'"));
  }

  testing::World& world = testing::World::shared();
  testing::TemporaryFolder folder;
  fs::path stores = folder.path() / "stores";

 private:
  static void write_list(const fs::path& file, int size, const std::function<std::string(int)>& item) {
    std::ofstream out(file);
    for (int i = 0; i < size; ++i) out << (i ? "," : "[") << item(i);
    out << (size ? "]" : "[]");
  }
};

TEST_F(DemoImport, SetsUpAShopThatWasInterruptedBeforeItsSettings) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<std::string> no_origins;
    must(co_await backend.identity.add_shop("barely-begun", no_origins));
  });
  write_store("barely-begun", 2, 1);
  EXPECT_THAT(run_demo(), HasSubstr("barely-begun: an earlier run was interrupted"));
  EXPECT_EQ(count("barely-begun", "merchant"), 1);
  EXPECT_EQ(count("barely-begun", "conversation"), 2);
  EXPECT_EQ(count("barely-begun", "shop_order"), 1);
}

TEST_F(DemoImport, GoesOnBehindTheChatsThatAreThereAndLeavesAWholeShopAlone) {
  // As far as a run came that was interrupted among the chats: orders would have been its last step.
  write_store("half-played", 1, 0);
  run_demo();
  ASSERT_EQ(count("half-played", "conversation"), 1);
  write_store("half-played", 3, 2);
  EXPECT_THAT(run_demo(), HasSubstr("half-played: an earlier run was interrupted; going on behind its 1 chats"));
  EXPECT_EQ(count("half-played", "conversation"), 3);
  EXPECT_EQ(count("half-played", "shop_order"), 2);
  EXPECT_THAT(run_demo(), HasSubstr("half-played: open already, left as it is"));
  EXPECT_EQ(count("half-played", "conversation"), 3);
  // Chats may be all there, and some of the orders: the last one tells.
  world.sql().value(
      "DELETE FROM commerce.shop_order WHERE external_id = 'o1' AND tenant_id = "
      "(SELECT tenant_id FROM identity.shop WHERE shop = 'half-played')");
  run_demo();
  EXPECT_EQ(count("half-played", "conversation"), 3);
  EXPECT_EQ(count("half-played", "shop_order"), 2);
}

}  // namespace
}  // namespace cordon
