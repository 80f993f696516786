// Signing keys change by themselves, and no token that was signed before stops holding.
#include "identity/signer.h"

#include <gtest/gtest.h>

#include "identity/token.h"
#include "support/world.h"

namespace cordon {
namespace {

using identity::KeyLives;
using identity::Signer;
using identity::Verifier;
using testing::must;
using testing::TemporaryFolder;
using testing::World;
using namespace std::chrono_literals;

door::Pass somebody() {
  door::Pass made;
  made.tenant = TenantId::fresh();
  made.subject = SubjectId::fresh();
  made.session = SessionId::fresh();
  made.role = "owner";
  made.expires_at = {now().micros + 60'000'000};
  made.seal = door::Seal(std::string(64, 'a'));
  return made;
}

/// One replica's keys, kept as the server keeps them.
struct Replica {
  explicit Replica(KeyLives lives) : signer(must(Signer::open(folder.path(), lives))) {}
  void keep() {
    World& world = World::shared();
    world.run([&](identity::Backend&) -> net::Task<void> {
      db::Pool pool(world.database().conninfo("cordon_identity"), {1});
      must(co_await signer->keep(pool));
    });
  }
  bool holds(const std::string& token) const { return Verifier(signer).verify(token).has_value(); }
  size_t files() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }
  TemporaryFolder folder;
  std::shared_ptr<Signer> signer;
};

TEST(SigningKeys, ChangeByThemselvesAndOverlap) {
  Replica replica({1s, 0s, 2s});
  const std::string before = replica.signer->signs()->thumbprint(), token = issue(*replica.signer, somebody());
  std::this_thread::sleep_for(1100ms);
  replica.keep();
  EXPECT_NE(replica.signer->signs()->thumbprint(), before);
  EXPECT_TRUE(replica.holds(token));
  EXPECT_TRUE(replica.holds(issue(*replica.signer, somebody())));
  EXPECT_NE(replica.signer->jwks().find(before), std::string::npos);
  for (int i = 0; i < 30 && replica.signer->jwks().find(before) != std::string::npos; ++i) {
    std::this_thread::sleep_for(200ms);
    replica.keep();
  }
  EXPECT_EQ(replica.signer->jwks().find(before), std::string::npos);
  EXPECT_FALSE(replica.holds(token)) << "its key has been let go, and the token is long past its own end by then";
  EXPECT_LE(replica.files(), 4u) << "the private half goes too";
}

TEST(SigningKeys, AreAnnouncedBeforeTheySign) {
  Replica replica({3600s, 3600s, 60s});
  const std::string kid = replica.signer->signs()->thumbprint();
  replica.keep();
  EXPECT_EQ(replica.files(), 2u) << "the next one is there";
  EXPECT_EQ(replica.signer->signs()->thumbprint(), kid) << "and does not sign yet";
}

TEST(SigningKeys, OfOneReplicaAreKnownToTheOthers) {
  Replica one({}), other({});
  const std::string token = issue(*one.signer, somebody());
  EXPECT_FALSE(other.holds(token));
  one.keep();
  other.keep();
  EXPECT_TRUE(other.holds(token));
  EXPECT_NE(other.signer->jwks().find(one.signer->signs()->thumbprint()), std::string::npos);
  EXPECT_EQ(World::shared().sql().value("SELECT count(*) FROM identity.signing_key k WHERE k::text LIKE '%PRIVATE%'"),
            "0");
}

TEST(SigningKeys, SurviveARestart) {
  Replica replica({});
  EXPECT_EQ(must(Signer::open(replica.folder.path()))->signs()->thumbprint(), replica.signer->signs()->thumbprint());
}

}  // namespace
}  // namespace cordon
