// Keys that change while whoever changes them is killed: nothing is lost, and nobody fails to read meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <thread>

#include "commerce/customer_store.h"
#include "db/process.h"
#include "keys/keyring.h"
#include "support/served.h"
#include "support/server.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::World;

constexpr int kSubjects = 2500;  // five steps of 500

class KeyFaults : public ::testing::Test {
 protected:
  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  testing::SqlSession admin = world.sql();
  testing::TemporaryFolder place;
  CustomerId ann;

  void SetUp() override {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(shop.tenant, "importer")), backend.worker);
      std::vector<commerce::NewCustomer> people(1);
      people[0].external_id = "7", people[0].name = "Ann Lee";
      ann = must(co_await commerce::put_customers(scope, people)).front();
      std::vector<Uuid> subjects;
      while (subjects.size() < kSubjects) subjects.push_back(new_uuid());
      must(co_await keys::Keyring::current().make(keys::as_identity(backend.identities), shop.tenant, subjects));
    });
  }

  std::vector<std::string> command(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--data", world.config().data.string(), "--log-level", "off", "keys"});
    return words;
  }
  int64_t under(const std::string& version) {
    return std::stoll(admin.value("SELECT count(*) FROM keys.data_key WHERE tenant_id = '" + to_string(shop.tenant) +
                                  "' AND wrapped IS NOT NULL AND tenant_version " + version));
  }
  /// Begins to give the shop a new key, kills that with some of its data keys wrapped anew, and says whether some were
  /// left.
  bool rotation_is_killed(int64_t newest) {
    auto words = command({"rotate", "--shop", shop.name});
    words.insert(words.begin(), CORDON_BINARY);
    const pid_t pid = must(db::spawn(words, {0, 0, place.path() / "output"}, true));
    const std::string now = "= " + std::to_string(newest);
    EXPECT_TRUE(testing::eventually([&] { return under(now) > 0; }));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return under("< " + std::to_string(newest)) > 0;
  }
};

TEST_F(KeyFaults, ARotationThatIsKilledIsGoneOnWithAndEverybodyReadsMeanwhile) {
  const std::string token = world.token(*world.sign_in(shop, "owner")), path = "/v1/customers/" + to_string(ann);
  std::atomic<bool> over{false};
  std::atomic<int> read{0}, failed{0};
  std::thread reader([&] {
    for (; !over; ++read) {
      const auto reply = testing::ask(world.port(), "GET", path, {{"Authorization", "Bearer " + token}});
      if (reply.status != 200 || !reply.body.contains("Ann Lee")) ++failed;
    }
  });
  int cut_off = 0;
  for (const int64_t newest : {2, 3}) cut_off += rotation_is_killed(newest);
  EXPECT_GT(cut_off, 0) << "each was done before it could be killed";
  const auto done = testing::run_cordon(command({"rewrap"}), place.path() / "rewrap");
  EXPECT_EQ(done.status, 0) << done.output;
  over = true;
  reader.join();
  EXPECT_EQ(under("< 3"), 0);
  EXPECT_GE(under("= 3"), kSubjects);
  EXPECT_EQ(admin.value("SELECT string_agg(state, ' ' ORDER BY version) FROM keys.tenant_key WHERE tenant_id = '" +
                        to_string(shop.tenant) + "'"),
            "destroyed destroyed active");
  EXPECT_EQ(failed, 0);
  EXPECT_GT(read, 10);
}

}  // namespace
}  // namespace cordon
