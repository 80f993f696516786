// The sweep: deletes what is over and nothing else, by itself.
#include <gtest/gtest.h>

#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::Shop;
using testing::SqlSession;
using testing::World;

class Sweep : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  SqlSession admin = world.sql();
  SqlSession identity = world.sql("cordon_identity");

  void age(const std::string& what, const door::Pass& pass, const std::string& by) {
    admin.value("UPDATE door." + what + " SET expires_at = now() - interval '" + by + "' WHERE session_id = '" +
                to_string(pass.session) + "'");
  }
  void sweep() { identity.value("SELECT door.sweep(100000)"); }
  std::string seals(const door::Pass& pass) {
    return admin.value("SELECT count(*) FROM door.seal WHERE session_id = '" + to_string(pass.session) + "'");
  }
  std::string sessions(const door::Pass& pass) {
    return admin.value("SELECT count(*) FROM door.session WHERE session_id = '" + to_string(pass.session) + "'");
  }
};

TEST_F(Sweep, DeletesWhatIsLongOverAndNothingElse) {
  const auto live = world.sign_in(shop, "owner"), fresh = world.sign_in(shop, "agent"),
             old = world.sign_in(shop, "agent"), over = world.sign_in(shop, "agent");
  age("seal", *fresh, "1 minute");
  age("seal", *old, "16 minutes");
  age("seal", *over, "16 minutes");
  age("session", *over, "16 minutes");
  sweep();
  EXPECT_EQ(seals(*live) + sessions(*live), "11");
  EXPECT_EQ(seals(*fresh) + sessions(*fresh), "11");
  EXPECT_EQ(seals(*old) + sessions(*old), "01");
  EXPECT_EQ(seals(*over) + sessions(*over), "00");
}

TEST_F(Sweep, KeepsAClosedSealAsLongAsItHasSomethingToSay) {
  const auto revoked = world.sign_in(shop, "owner"), revoked_long_ago = world.sign_in(shop, "owner");
  for (const auto& pass : {revoked, revoked_long_ago})
    identity.value("SELECT door.revoke('" + to_string(pass->session) + "')");
  admin.value("UPDATE door.session SET revoked_at = now() - interval '16 minutes' WHERE session_id = '" +
              to_string(revoked_long_ago->session) + "'");
  const auto other = world.add_shop();
  const auto suspended = world.sign_in(other, "owner");
  identity.value("SELECT door.suspend('" + to_string(other.tenant) + "', 'test')");
  sweep();
  EXPECT_EQ(seals(*revoked), "1");
  EXPECT_EQ(seals(*revoked_long_ago), "0");
  EXPECT_EQ(seals(*suspended), "1");
  identity.value("SELECT door.resume('" + to_string(other.tenant) + "')");
  sweep();
  EXPECT_EQ(seals(*suspended) + sessions(*suspended), "01");
}

TEST_F(Sweep, TakesNoMoreThanItIsToldAndComesToAnEndInBatches) {
  const auto pass = world.sign_in(shop, "owner");
  admin.value(
      "INSERT INTO door.seal (digest, tenant_id, subject_id, session_id, role, permissions, expires_at) "
      "SELECT sha256(n::text::bytea || gen_random_uuid()::text::bytea), '" +
      to_string(shop.tenant) + "', '" + to_string(shop.owner) + "', '" + to_string(pass->session) +
      "', 'owner', '{}', now() - interval '1 hour' FROM generate_series(1, 25000) n");
  EXPECT_EQ(identity.value("SELECT door.sweep(100)"), "100");
  world.run([](identity::Backend& backend) -> net::Task<void> { must(co_await backend.identity.sweep()); });
  EXPECT_EQ(seals(*pass), "1");
}

TEST_F(Sweep, DeletesUsedUpSecretsOfIdentity) {
  admin.value("INSERT INTO identity.one_use VALUES (sha256('old'), 'widget', '" + to_string(shop.tenant) +
              "', gen_random_uuid(), NULL, now() - interval '1 second'), (sha256('new'), 'widget', '" +
              to_string(shop.tenant) + "', gen_random_uuid(), NULL, now() + interval '1 minute')");
  world.run([](identity::Backend& backend) -> net::Task<void> { must(co_await backend.identity.sweep()); });
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.one_use WHERE digest = sha256('old')"), "0");
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.one_use WHERE digest = sha256('new')"), "1");
}

TEST_F(Sweep, RunsByItselfInAServer) {
  const auto pass = world.sign_in(shop, "owner");
  age("seal", *pass, "1 hour");
  app::Process process(world.config(), [&](std::string_view login) { return world.database().conninfo(login); });
  std::string left = "1";
  for (int i = 0; i < 400 && left != "0"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    left = seals(*pass);
  }
  EXPECT_EQ(left, "0");
}

}  // namespace
}  // namespace cordon
