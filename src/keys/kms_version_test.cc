// Versions of the KMS's key: rotated, and ended when they wrap no tenant's key any more.
#include <gtest/gtest.h>

#include "base/embedded.h"
#include "db/migrator.h"
#include "keys/keyring.h"
#include "support/custodian.h"
#include "support/fake_gcp_kms.h"
#include "support/kms.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

using testing::CountedKms;
using testing::must;
using testing::new_subjects;
using testing::World;

/// A database with nothing in it but the schema, and a key file: for what concerns every tenant's key there is.
struct WholeKmsTest : ::testing::Test {
  World& world = World::shared();
  testing::TemporaryFolder folder;
  testing::SqlSession admin = made();
  TenantId tenant = TenantId::fresh();

  ~WholeKmsTest() override { world.sql().run("DROP DATABASE IF EXISTS whole_kms WITH (FORCE)"); }

  static std::string in(std::string conninfo) {
    const std::string from = "dbname=cordon ";
    return conninfo.replace(conninfo.find(from), from.size(), "dbname=whole_kms ");
  }
  testing::SqlSession made() {
    world.sql().value("CREATE DATABASE whole_kms TEMPLATE template0");
    const std::string conninfo = in(world.database().admin_conninfo());
    must(db::migrate(conninfo, embedded::migrations(), {}));
    return testing::SqlSession(conninfo);
  }
  /// Runs `work` with connections of its own, which go before their reactor does.
  void run(const std::function<net::Task<void>(db::Pool&)>& work) {
    testing::run([&]() -> net::Task<void> {
      db::Pool pool(in(world.database().conninfo("cordon_identity")), {2});
      co_await work(pool);
    });
  }
  std::unique_ptr<Kms> file() { return must(open_kms("", folder.path())); }
  std::string key_of(TenantId of, const std::string& what) {
    return admin.value("SELECT " + what + " FROM keys.tenant_key WHERE state = 'active' AND tenant_id = '" +
                       to_string(of) + "'");
  }
};

TEST_F(WholeKmsTest, WhoeverEndsAVersionWaitsForWhoeverWrapsWithIt) {
  const std::string login = in(world.database().conninfo("cordon_identity"));
  testing::SqlSession wraps(login), ends(login);
  const std::string end = "SELECT keys.end_kms_version('9')";
  const auto wrap = [](int version) {
    return "INSERT INTO keys.tenant_key (tenant_id, version, state, kms_version, wrapped) VALUES (gen_random_uuid(), " +
           std::to_string(version) + ", 'active', '9', 'x')";
  };
  wraps.value("BEGIN; " + wrap(1));
  ends.value("SET lock_timeout = '100ms'");
  EXPECT_EQ(ends.run(end), "55P03");
  wraps.value("COMMIT");
  EXPECT_EQ(ends.value(end), "f") << "it wraps a key now";
  admin.value("DELETE FROM keys.tenant_key");
  EXPECT_EQ(ends.value(end), "t");
  EXPECT_EQ(wraps.run(wrap(1)), "40001");
  EXPECT_EQ(wraps.run("UPDATE keys.kms_version SET ended_at = NULL"), "42501") << "for good";
}

TEST_F(WholeKmsTest, NoVersionIsDestroyedThatSomebodyWrapsWith) {
  run([&](db::Pool& pool) -> net::Task<void> {
    const Transact transact = as_identity(pool);
    Keyring ring(file());
    const auto some = new_subjects(1);
    must(co_await ring.make(pool, tenant, some));
    // Two shops' first keys, wrapped with the version that is to end, and not in the database yet.
    const auto in_time = TenantId::fresh(), late = TenantId::fresh();
    auto first = must(co_await ring.first_key(in_time)), second = must(co_await ring.first_key(late));
    CountedKms kms(file());
    int asked = 0;
    kms.others = [&](std::string_view what) -> net::Task<void> {
      // The second time after the rotation: what the old version had wrapped is wrapped anew, and it is about to go.
      const bool now = what == "versions" && kms.rotated == 1 && ++asked == 2;
      if (now) must(co_await transact(std::move(first)));
    };
    Custodian keeper(kms, pool, testing::on_record());
    must(co_await keeper.ask(tenant, some, false, "ann", "they asked for it", false));
    EXPECT_EQ(must(co_await keeper.shred()), 1);
    EXPECT_EQ(must(co_await kms.versions()).front().state, VersionState::destroyed);
    EXPECT_TRUE(must(co_await ring.make(pool, in_time, some)).has(some[0]));
    EXPECT_EQ((co_await transact(std::move(second))).error().code, Code::unavailable);
  });
}

TEST_F(WholeKmsTest, WhoeverWrapsWithAVersionThatEndsTriesTheNextOne) {
  run([&](db::Pool& pool) -> net::Task<void> {
    Keyring ring(file());
    const auto some = new_subjects(3);
    must(co_await ring.make(pool, tenant, some));
    auto its_own = file();
    Custodian keeper(*its_own, pool, testing::on_record());
    auto counted = std::make_unique<CountedKms>(file());
    CountedKms& kms = *counted;
    size_t ended = 0, to_end = 0;
    kms.others = [&](std::string_view what) -> net::Task<void> {
      if (what != "wrap" || ended == to_end) co_return;
      std::vector<Uuid> one{some[ended++]};
      must(co_await keeper.ask(tenant, std::move(one), false, "ann", "they asked for it", false));
      must(co_await keeper.shred());
    };
    Keyring other(std::move(counted));
    const auto shop = TenantId::fresh();
    to_end = 1;
    EXPECT_TRUE(must(co_await other.make(pool, shop, some)).has(some[0]));
    EXPECT_EQ(kms.wrapped, 2);
    EXPECT_EQ(key_of(shop, "kms_version"), "2");
    Custodian rotating(kms, pool, testing::on_record());
    to_end = 2;
    must(co_await rotating.rotate_tenant(shop));
    EXPECT_EQ(kms.wrapped, 4);
    EXPECT_EQ(key_of(shop, "version || ' ' || kms_version"), "2 3");
  });
}

// Google says that a new primary version is used everywhere only after some time: meanwhile it is tried every minute.
TEST_F(WholeKmsTest, ADestructionRotatesOnceHoweverLongItsEndTakes) {
  testing::FakeGcpKms google;
  run([&](db::Pool& pool) -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    Keyring ring(must(GcpKms::open(google.options())));
    const auto some = new_subjects(2);
    must(co_await ring.make(pool, tenant, some));
    Custodian keeper(*kms, pool, testing::on_record());
    std::vector<Uuid> one{some[0]}, other{some[1]};
    must(co_await keeper.ask(tenant, std::move(one), false, "ann", "they asked for it", false));
    google.set_lag(3);
    for (int minute = 0; minute < 3; ++minute)
      EXPECT_EQ((co_await keeper.shred()).error().code, Code::unavailable) << minute;
    EXPECT_EQ(google.state(1), "ENABLED");
    EXPECT_EQ(must(co_await keeper.shred()), 1);
    EXPECT_EQ(google.asked("create"), 1);
    EXPECT_EQ(google.state(1), "DESTROY_SCHEDULED");
    EXPECT_EQ(key_of(tenant, "version || ' ' || kms_version"), "2 2");
    // The next one has to leave what was wrapped since.
    google.set_lag(0);
    must(co_await keeper.ask(tenant, std::move(other), false, "ann", "they asked for it", false));
    EXPECT_EQ(must(co_await keeper.shred()), 1);
    EXPECT_EQ(google.state(2), "DESTROY_SCHEDULED");
    EXPECT_EQ(key_of(tenant, "version || ' ' || kms_version"), "3 3");
  });
  EXPECT_EQ(google.faults(), std::vector<std::string>());
}

TEST_F(WholeKmsTest, ADestructionThatIsCutOffGoesOnWithTheKeysThatItHasMade) {
  run([&](db::Pool& pool) -> net::Task<void> {
    Keyring ring(file());
    const auto some = new_subjects(1200);
    must(co_await ring.make(pool, tenant, some));
    CountedKms kms(file());
    Custodian keeper(kms, pool, testing::on_record());
    std::vector<Uuid> one{some[0]};
    must(co_await keeper.ask(tenant, std::move(one), false, "ann", "they asked for it", false));
    // The tenant's new key is there, and half of the data keys are wrapped with it.
    keeper.progress = [](int64_t done) {
      if (done >= 500) throw std::runtime_error("killed");
    };
    try {
      (void)co_await keeper.shred();
    } catch (const std::runtime_error&) {}
    EXPECT_EQ(admin.value("SELECT string_agg(state, ' ' ORDER BY version) FROM keys.tenant_key"),
              "decrypt-only active");
    EXPECT_EQ(kms.rotated, 0);
    Custodian again(kms, pool, testing::on_record());
    EXPECT_EQ(must(co_await again.shred()), 1);
    EXPECT_EQ(admin.value("SELECT string_agg(state, ' ' ORDER BY version) FROM keys.tenant_key"), "destroyed active");
    EXPECT_EQ(kms.rotated, 1);
    EXPECT_EQ(must(co_await again.shred()), 0);
    EXPECT_EQ(kms.rotated, 1);
  });
}

TEST_F(WholeKmsTest, TheKmsRotatesByAgeAndByUse) {
  run([&](db::Pool& pool) -> net::Task<void> {
    CountedKms kms(file());
    Keyring ring(file());
    must(co_await ring.make(pool, tenant, new_subjects(1)));
    const auto tend = [&](KeyLives lives) -> net::Task<int> {
      admin.value("UPDATE keys.turn SET until = '-infinity'");
      Custodian keeper(kms, pool, testing::on_record(), lives);
      must(co_await keeper.tend());
      co_return kms.rotated;
    };
    const KeyLives usual;
    KeyLives brief, few;
    brief.kms = std::chrono::seconds(-1);
    few.kms_wraps = 1;
    EXPECT_EQ(co_await tend(usual), 0);
    EXPECT_EQ(co_await tend(brief), 1);
    EXPECT_EQ(co_await tend(few), 1) << "it has wrapped one key, which its predecessor had wrapped";
    Custodian keeper(kms, pool, testing::on_record());
    must(co_await keeper.rotate_tenant(tenant));
    EXPECT_EQ(co_await tend(few), 2) << "and now another one";
    EXPECT_EQ(co_await tend(few), 2);
    // A token does not tell when it made its key: since when it is in use counts.
    kms.ageless = true;
    EXPECT_EQ(co_await tend(usual), 2);
    admin.value("UPDATE keys.kms_version SET seen_at = now() - interval '91 days'");
    EXPECT_EQ(co_await tend(usual), 3);
    EXPECT_EQ(co_await tend(usual), 3);
    EXPECT_EQ(key_of(tenant, "kms_version"), "4");
  });
}

}  // namespace
}  // namespace cordon::keys
