// What stands below the application: whoever reaches PostgreSQL directly, with the role that deploy/postgresql gives,
// is in its log with each statement, and cannot keep out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <thread>

#include "base/embedded.h"
#include "db/cluster.h"
#include "db/migrator.h"
#include "support/tools.h"
#include "support/world.h"

namespace cordon {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using testing::must;
using ::testing::Not;
using testing::SqlSession;

const fs::path kDeploy = fs::path(CORDON_SOURCE_DIR) / "deploy/postgresql";

/// The program's one cluster that is set up as deploy/postgresql says, with Cordon's tables and the person `ann` in it.
class AuditedCluster {
 public:
  static AuditedCluster& shared() {
    static AuditedCluster made;
    return made;
  }
  bool has_pgaudit() const { return has_pgaudit_; }
  SqlSession admin() const { return SqlSession(cluster_->admin_conninfo()); }
  SqlSession server() const { return SqlSession(cluster_->conninfo("cordon_api")); }
  SqlSession ann(const std::string& more = {}) const {
    const std::string user = "user=cordon_admin";
    std::string conninfo = cluster_->admin_conninfo();
    return SqlSession(conninfo.replace(conninfo.find(user), user.size(), "user=ann") + more);
  }
  std::string log() const {
    std::ifstream in(data_ / "cordon.log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  AuditedCluster() : cluster_(must(db::Cluster::start(data_))) {
    has_pgaudit_ = admin().value("SELECT count(*) FROM pg_available_extensions WHERE name = 'pgaudit'") == "1";
    if (!has_pgaudit_) return;
    must(db::migrate(cluster_->admin_conninfo(), embedded::migrations(), [](const db::Migration&) {}));
    // The cluster's own settings stand in this file, which PostgreSQL reads last; the last word in it counts.
    std::ofstream(data_ / "postgresql.auto.conf", std::ios::app) << std::ifstream(kDeploy / "pgaudit.conf").rdbuf();
    std::ofstream(data_ / "pg_hba.conf") << "local all ann trust\nlocal all all peer map=cordon\n";
    // The cluster's own watcher starts it again, with these settings.
    ::kill(cluster_->pid(), SIGINT);
    for (int i = 0; i < 1000 && !is_loaded(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::string psql = "psql -X -q -v person=ann -f '" + (kDeploy / "person.sql").string() + "' \"" +
                             cluster_->admin_conninfo() + "\"";
    if (!is_loaded() || std::system(psql.c_str()) != 0) throw std::runtime_error("no pgaudit: " + log());
  }
  bool is_loaded() const {
    try {
      return admin().value("SHOW shared_preload_libraries").starts_with("pgaudit");
    } catch (const std::exception&) {
      return false;
    }
  }

  testing::TemporaryFolder folder_;
  fs::path data_ = folder_.path() / "postgres";
  std::unique_ptr<db::Cluster> cluster_;
  bool has_pgaudit_ = false;
};

class PgAudit : public ::testing::Test {
 protected:
  AuditedCluster& database = AuditedCluster::shared();
  void SetUp() override { NEEDS_TOOL(database.has_pgaudit(), "postgresql-15-pgaudit"); }
};

TEST_F(PgAudit, WhoReadsATenantsTableDirectlyIsInTheLogAndTheServersOwnLoginsAreNot) {
  EXPECT_EQ(database.ann().run("SELECT email FROM commerce.customer"), "00000");
  EXPECT_EQ(database.server().run("SELECT email FROM commerce.customer"), "CD401");
  EXPECT_THAT(database.log(),
              ContainsRegex("user=ann [^\n]*AUDIT: SESSION,[^\n]*,READ,SELECT,TABLE,commerce.customer,"));
  EXPECT_THAT(database.log(), Not(ContainsRegex("user=cordon_api [^\n]*AUDIT:")));
  // Also what fails after the first rows have left.
  EXPECT_EQ(database.ann().run("SELECT 1 / (length(name) - length(name)) FROM door.permission"), "22012");
  EXPECT_THAT(database.log(), HasSubstr("READ,SELECT,TABLE,door.permission,"));
}

TEST_F(PgAudit, NobodyPutsTheirOwnOff) {
  auto session = database.ann();
  for (const char* off : {"SET pgaudit.log = 'none'", "SELECT set_config('pgaudit.log', 'none', false)",
                          "ALTER ROLE ann SET pgaudit.log = 'none'", "ALTER ROLE ann RESET pgaudit.log",
                          "SET ROLE cordon_admin", "SET SESSION AUTHORIZATION cordon_api", "SET ROLE cordon_owner",
                          "LOAD 'pgaudit'", "ALTER SYSTEM SET pgaudit.log = 'none'"})
    EXPECT_EQ(session.run(off), "42501") << off;
  EXPECT_THROW(database.ann(" options='-c pgaudit.log=none'"), std::runtime_error);
  // This one works, and leaves what only a superuser may set.
  EXPECT_EQ(session.run("ALTER ROLE ann RESET ALL"), "00000");
  EXPECT_EQ(database.ann().run("SELECT FROM commerce.visitor"), "00000");
  EXPECT_THAT(database.log(), HasSubstr("READ,SELECT,TABLE,commerce.visitor,"));
}

TEST_F(PgAudit, APersonReadsAndChangesNothing) {
  auto session = database.ann();
  for (const char* change :
       {"DELETE FROM commerce.customer", "UPDATE door.session SET revoked_at = NULL", "CREATE TABLE mine (x int)",
        "SELECT door.mint('00000000-0000-7000-8000-000000000000', 60)", "CREATE ROLE bob"})
    EXPECT_EQ(session.run(change), "42501") << change;
}

}  // namespace
}  // namespace cordon
