// `cordon audit export`, `verify --export` and `tail` as commands of the binary.
#include "app/audit_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <fstream>

#include "support/served.h"
#include "support/server.h"

namespace cordon::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::must;
using testing::World;

class AuditCommand : public ::testing::Test {
 protected:
  testing::Outcome cordon(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", world.config().data.string(), "--log-level", "off", "audit"});
    return testing::run_cordon(std::move(arguments), place.path() / "output");
  }

  World& world = World::shared();
  testing::TemporaryFolder place;
  testing::Shop shop = world.add_shop();
  std::string owner = world.token(*world.sign_in(shop, "owner"));
};

TEST_F(AuditCommand, ExportsWhatAnotherMachineVerifies) {
  for (int i = 0; i < 3; ++i) world.call(net::Method::get, "/v1/merchant", owner);
  const std::string folder = (place.path() / "export").string();
  const auto made = cordon({"export", "--shop", shop.name, "--action", "merchant.read", "--out", folder});
  EXPECT_EQ(made.status, 0) << made.output;
  EXPECT_THAT(made.output, HasSubstr("events=3, proved=3"));
  std::string key = cordon({"key"}).output;
  while (key.ends_with('\n')) key.pop_back();
  // Without a database: the folder and the key are all.
  const auto verify = [&] {
    return testing::run_cordon(
        {"--data", (place.path() / "nothing").string(), "audit", "verify", "--export", folder, "--key", key},
        place.path() / "verified");
  };
  const auto verified = verify();
  EXPECT_EQ(verified.status, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("entries=3, waiting=0"));
  EXPECT_FALSE(std::filesystem::exists(place.path() / "nothing"));
  std::ofstream(folder + "/events.csv", std::ios::app) << "x";
  const auto bent = verify();
  EXPECT_EQ(bent.status, 1);
  EXPECT_THAT(bent.output, HasSubstr("changed: The file events.csv"));
  EXPECT_EQ(cordon({"export", "--shop", shop.name, "--out", folder}).status, 1) << "it has an export in it";
}

TEST_F(AuditCommand, ExportsIntoAStoreAndFetchesFromIt) {
  for (int i = 0; i < 3; ++i) world.call(net::Method::get, "/v1/merchant", owner);
  const std::string store = "folder:" + (place.path() / "store").string(), folder = (place.path() / "out").string();
  const auto made = cordon({"export", "--shop", shop.name, "--action", "merchant.read", "--store", store});
  EXPECT_EQ(made.status, 0) << made.output;
  const std::string said = "exported as ";
  ASSERT_THAT(made.output, AllOf(HasSubstr(said), HasSubstr("events=3, proved=3")));
  const std::string id = made.output.substr(made.output.find(said) + said.size(), 36);
  EXPECT_THAT(cordon({"exports"}).output, HasSubstr(id));
  const auto fetched = cordon({"fetch", "--store", store, id, folder});
  EXPECT_EQ(fetched.status, 0) << fetched.output;
  std::string key = cordon({"key"}).output;
  while (key.ends_with('\n')) key.pop_back();
  EXPECT_THAT(cordon({"verify", "--export", folder, "--key", key}).output, HasSubstr("entries=3, waiting=0"));
  // The same resource has both events: who made it, and who looked at it.
  const auto looks = cordon({"search", "--shop", shop.name, "--resource", "audit-exports/" + id});
  EXPECT_THAT(looks.output, AllOf(HasSubstr("\"audit.export\""), HasSubstr("\"audit.fetch\"")));
  EXPECT_EQ(cordon({"fetch", "--store", store, id, folder}).status, 1) << "it has an export in it";
  EXPECT_EQ(cordon({"fetch", "--store", store, "nothing", folder}).status, 1);
  EXPECT_NE(cordon({"export", "--shop", shop.name, "--store", store, "--out", folder}).status, 0) << "one of the two";
  EXPECT_NE(cordon({"export", "--shop", shop.name}).status, 0);
}

TEST_F(AuditCommand, TailsTheLastOnesAndLooksOnRecord) {
  for (int i = 0; i < 25; ++i) world.call(net::Method::get, "/v1/merchant", owner);
  const auto tail = cordon({"tail", "--shop", shop.name, "--action", "merchant.read"});
  EXPECT_EQ(tail.status, 0) << tail.output;
  size_t lines = 0;
  for (size_t at = 0; (at = tail.output.find("\"action\":\"merchant.read\"", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 20u);
  const auto looks = cordon({"search", "--shop", shop.name, "--action", "audit.list"});
  EXPECT_THAT(looks.output, HasSubstr("\"role\":\"operator\""));
}

TEST_F(AuditCommand, FollowsUntilItIsAskedToEnd) {
  sigset_t asked, before;
  sigemptyset(&asked);
  sigaddset(&asked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &asked, &before);
  pthread_kill(pthread_self(), SIGTERM);
  ::testing::internal::CaptureStdout();
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await print_tail(backend, shop.tenant, audit::EventQuery(), true));
  });
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("\"action\":\"audit.list\""));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace cordon::app
