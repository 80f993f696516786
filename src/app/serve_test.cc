// `cordon serve` as a process: what survives its death, and how it stops. Slow for a unit test, since each start is a
// real one and the first makes a PostgreSQL cluster: about 6 s alone on a machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "support/served.h"
#include "support/server.h"
#include "support/world.h"

namespace cordon {
namespace {

using ::testing::HasSubstr;
using testing::postmaster_of;
using testing::run_cordon;
using testing::ServerProcess;
using testing::SqlSession;
using testing::TemporaryFolder;

std::string shops(const std::filesystem::path& data) {
  return SqlSession(db::Cluster::attach(data / "postgres")->admin_conninfo())
      .value("SELECT string_agg(shop, ',' ORDER BY shop) FROM identity.shop");
}

void add_shop(const std::filesystem::path& data, const std::string& name) {
  SqlSession admin(db::Cluster::attach(data / "postgres")->admin_conninfo());
  admin.value("INSERT INTO door.tenant_state (tenant_id) VALUES (gen_random_uuid())");
  admin.value("INSERT INTO identity.shop (tenant_id, shop) SELECT tenant_id, '" + name +
              "' FROM door.tenant_state t WHERE NOT EXISTS (SELECT FROM identity.shop s WHERE s.tenant_id = "
              "t.tenant_id) AND t.tenant_id <> '00000000-0000-0000-0000-000000000000'");
}

TEST(Serve, SurvivesBeingKilledAndStopsCleanly) {
  TemporaryFolder folder;
  const auto data = folder.path() / "data";
  {
    ServerProcess first(data);
    ASSERT_TRUE(first.wait_until_serving()) << first.log();
    add_shop(data, "before");
    // Nobody else gets in beside it.
    const auto second = run_cordon({"--data", data.string(), "--port", "0", "serve"}, folder.path() / "second.log");
    EXPECT_EQ(second.status, 1);
    EXPECT_THAT(second.output, HasSubstr("another cordon runs on"));
    first.signal(SIGKILL);
    EXPECT_EQ(first.wait(), -1);
  }
  const pid_t orphan = postmaster_of(data);
  EXPECT_NE(orphan, 0);  // PostgreSQL lives on without its owner ...
  {
    ServerProcess next(data);
    ASSERT_TRUE(next.wait_until_serving()) << next.log();
    EXPECT_NE(postmaster_of(data), orphan);  // ... until the next one has ended it and started its own
    EXPECT_EQ(shops(data), "before");
    add_shop(data, "between");
    // Both killed at once, the database in the middle of its work.
    const pid_t database = postmaster_of(data);
    next.signal(SIGKILL);
    ::kill(database, SIGKILL);
    next.wait();
  }
  ServerProcess last(data);
  ASSERT_TRUE(last.wait_until_serving()) << last.log();
  EXPECT_EQ(shops(data), "before,between");
  const pid_t postmaster = postmaster_of(data);
  last.signal(SIGHUP);
  EXPECT_TRUE(testing::eventually([&] { return last.log().contains("\"the certificate was read again\""); }));
  last.signal(SIGTERM);
  EXPECT_EQ(last.wait(), 0);
  EXPECT_THAT(last.log(), HasSubstr("\"stopped\""));
  EXPECT_NE(::kill(postmaster, 0), 0);
  EXPECT_EQ(postmaster_of(data), 0);
}

TEST(Serve, SaysWhyItDoesNotStartOnAFolderOfAnotherVersion) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "data" / "postgres");
  std::ofstream(folder.path() / "data" / "postgres" / "PG_VERSION") << "16\n";
  const auto refused = run_cordon({"--data", (folder.path() / "data").string(), "serve"}, folder.path() / "log");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("was made by PostgreSQL 16"));
}

}  // namespace
}  // namespace cordon
