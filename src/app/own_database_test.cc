// DATABASE_URL: a PostgreSQL of the operator's own, reached over TCP with passwords, where the migrating role is no
// superuser but what a managed service's administrator is: CREATEROLE, CREATEDB, owner of the database.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "db/cluster.h"
#include "db/migrator.h"
#include "support/server.h"
#include "support/world.h"

namespace cordon {
namespace {

using ::testing::HasSubstr;
using testing::must;
using ::testing::Not;
using testing::Outcome;
using testing::run_cordon;
using testing::ServerProcess;
using testing::SqlSession;
using testing::TemporaryFolder;
using testing::World;

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(probe);
  return ntohs(address.sin_port);
}

/// Stands in for a managed PostgreSQL: a cluster that is told to listen on TCP and to ask for passwords.
class ManagedDatabase {
 public:
  ManagedDatabase() : port_(free_port()) {
    cluster_ = must(db::Cluster::start(folder_.path() / "managed"));
    SqlSession admin(cluster_->admin_conninfo());
    admin.value("CREATE ROLE operator LOGIN CREATEROLE CREATEDB PASSWORD 'operator-password'");
    admin.value("CREATE DATABASE shopping OWNER operator");
    admin.value("ALTER SYSTEM SET timezone = 'Asia/Kolkata'");  // as an operator's own server may be set to
    std::ofstream(folder_.path() / "managed" / "pg_hba.conf")
        << "local all cordon_admin peer map=cordon\nhost all all 127.0.0.1/32 scram-sha-256\n";
    admin.value("ALTER SYSTEM SET listen_addresses = '127.0.0.1'");
    admin.value("ALTER SYSTEM SET port = " + std::to_string(port_));
    // The cluster's own watcher starts it again, with these settings.
    ::kill(cluster_->pid(), SIGINT);
    for (int i = 0; i < 500 && !answers(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  std::string url() const {
    return "postgresql://operator:operator-password@127.0.0.1:" + std::to_string(port_) + "/shopping";
  }
  SqlSession sql() const { return SqlSession(url()); }

 private:
  bool answers() const {
    try {
      return SqlSession(url()).value("SELECT 1") == "1";
    } catch (const std::exception&) {
      return false;
    }
  }
  TemporaryFolder folder_;
  int port_;
  std::unique_ptr<db::Cluster> cluster_;
};

class OwnDatabase : public ::testing::Test {
 protected:
  ManagedDatabase managed;
  TemporaryFolder folder;
  std::string data = (folder.path() / "data").string();

  Outcome cordon(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", data, "--database-url", managed.url()});
    return run_cordon(std::move(arguments), folder.path() / "log");
  }
};

TEST_F(OwnDatabase, IsMigratedByItsAdministratorAndServedWithoutOne) {
  const auto early = cordon({"serve", "--threads", "1"});
  EXPECT_EQ(early.status, 1);
  EXPECT_THAT(early.output, HasSubstr("cordon migrate"));

  EXPECT_THAT(cordon({"migrate", "--plan"}).output, HasSubstr("pending  0001 0001_logins.sql"));
  EXPECT_EQ(managed.sql().value(
                "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'cordon\\_%' AND rolname <> 'cordon_admin'"),
            "0");
  const auto migrated = cordon({"migrate"});
  ASSERT_EQ(migrated.status, 0) << migrated.output;
  const auto plan = cordon({"migrate", "--plan"});
  EXPECT_THAT(plan.output, HasSubstr("applied  0001 0001_logins.sql"));
  EXPECT_THAT(plan.output, Not(HasSubstr("pending")));
  EXPECT_EQ(cordon({"migrate"}).status, 0);

  for (const char* login :
       {"cordon_identity", "cordon_api", "cordon_visitor", "cordon_worker", "cordon_audit", "cordon_monitor"}) {
    struct stat file{};
    ASSERT_EQ(::stat((data + "/logins/" + login + ".password").c_str(), &file), 0) << login;
    EXPECT_EQ(file.st_mode & 0777, 0600u) << login;
  }
  auto operators = managed.sql();
  EXPECT_EQ(
      operators.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'cordon\\_%' AND rolname <> 'cordon_admin' "
                      "AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)"),
      "0");
  for (const char* right : {"CREATE", "TEMP"})
    EXPECT_EQ(operators.value(
                  "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'cordon\\_%' AND rolcanlogin AND NOT rolsuper "
                  "AND has_database_privilege(rolname, 'shopping', '" +
                  std::string(right) + "')"),
              "0");

  // From here on no administrator is needed: his password is changed behind the server's back.
  const std::string url = managed.url();
  operators.value("ALTER ROLE operator PASSWORD 'another'");
  for (int start = 0; start < 2; ++start) {
    ServerProcess server(data, {"--database-url", url});
    ASSERT_TRUE(server.wait_until_serving()) << server.log();
    World::shared().run([&](identity::Backend&) -> net::Task<void> {
      net::Client client(server.client());
      EXPECT_EQ(must(co_await client.request(net::Method::get, "/readyz")).status, 200);
    });
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
  }
}

/// What a split server's process on another machine has: the services' authority and the passwords of its logins.
std::string hand_over(const std::string& data, const std::string& to, std::vector<std::string> logins) {
  std::filesystem::create_directories(to + "/logins");
  std::filesystem::copy(data + "/ca", to + "/ca", std::filesystem::copy_options::recursive);
  for (const std::string& login : logins)
    std::filesystem::copy(data + "/logins/" + login + ".password", to + "/logins/" + login + ".password");
  return to;
}

TEST_F(OwnDatabase, LetsEachServiceInWithItsOwnLoginsOnly) {
  ASSERT_EQ(cordon({"migrate"}).status, 0);
  const std::string url = managed.url();
  managed.sql().value("ALTER ROLE operator PASSWORD 'another'");
  ServerProcess identity(data, {"--database-url", url, "serve", "--roles", "identity", "--service-port", "0"});
  ASSERT_TRUE(identity.wait_until_serving()) << identity.log();
  const std::string log = identity.log(), named = R"("services":"https://)";
  const size_t at = log.find(named) + named.size();
  const std::string calls = log.substr(at, log.find('"', at) - at);
  const std::string apart =
      hand_over(data, data + "-api", {"cordon_api", "cordon_visitor", "cordon_audit", "cordon_monitor"});
  ServerProcess api(apart, {"--database-url", url, "serve", "--roles", "api", "--identity-at", calls});
  ASSERT_TRUE(api.wait_until_serving()) << api.log();

  // Somebody signs in at the one, and is served by the other.
  door::Pass owner{TenantId::fresh(), SubjectId::fresh(), SessionId::fresh(), "owner", {"order.read"}};
  SqlSession mints(db::login_conninfo(url, "cordon_identity", data + "/logins"));
  mints.value("SELECT door.add_tenant('" + to_string(owner.tenant) + "')");
  mints.value("SELECT door.open_session('" + to_string(owner.tenant) + "', '" + to_string(owner.session) + "', '" +
              to_string(owner.subject) + "', 'owner', 60)");
  owner.seal = door::Seal(mints.value("SELECT seal FROM door.mint('" + to_string(owner.session) + "', 60)"));
  owner.expires_at = {now().micros + 60'000'000};
  const auto signer = must(identity::Signer::open(data + "/identity"));
  World::shared().run([&](identity::Backend&) -> net::Task<void> {
    net::Client client(api.client());
    std::vector<net::Header> headers{{"Authorization", "Bearer " + identity::issue(*signer, owner)}};
    EXPECT_EQ(must(co_await client.request(net::Method::get, "/v1/orders", headers)).status, 200);
  });
  EXPECT_THROW(SqlSession(db::login_conninfo(url, "cordon_identity", apart + "/logins")), std::exception)
      << "and cannot make a seal";
}

}  // namespace
}  // namespace cordon
