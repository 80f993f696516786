// The private cluster: who may reach it, what it logs, and that it comes back by itself.
#include "db/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "db/plain.h"
#include "support/world.h"

namespace cordon {
namespace {

namespace fs = std::filesystem;
using testing::must;
using testing::SqlSession;
using testing::TemporaryFolder;
using testing::World;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Inodes of the TCP sockets that a process has open (proc(5)).
std::vector<std::string> tcp_sockets(pid_t pid) {
  const fs::path process = "/proc/" + std::to_string(pid);
  const std::string tcp = read_file(process / "net/tcp") + read_file(process / "net/tcp6");
  std::vector<std::string> found;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(process / "fd")) {
    const std::string target = fs::read_symlink(entry.path(), gone);
    if (!target.starts_with("socket:[")) continue;
    const std::string inode = target.substr(8, target.size() - 9);
    if (tcp.find(" " + inode + " ") != std::string::npos) found.push_back(inode);
  }
  return found;
}

fs::path folder() { return World::shared().config().data / "postgres"; }

TEST(Cluster, KeepsChecksumsAndListensOnAUnixSocketOnly) {
  auto admin = World::shared().sql();
  EXPECT_EQ(admin.value("SHOW data_checksums"), "on");
  EXPECT_EQ(admin.value("SHOW listen_addresses"), "");
  EXPECT_EQ(admin.value("SHOW fsync"), "on");
  EXPECT_EQ(tcp_sockets(World::shared().database().cluster()->pid()), std::vector<std::string>{});
}

TEST(Cluster, RunsAsAnUnprivilegedUser) {
  struct stat process{}, data{};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(World::shared().database().cluster()->pid())).c_str(), &process), 0);
  ASSERT_EQ(::stat(folder().c_str(), &data), 0);
  EXPECT_NE(process.st_uid, 0u);
  EXPECT_EQ(data.st_uid, process.st_uid);
  EXPECT_EQ(data.st_mode & 0777, 0700u);
}

TEST(Cluster, NeverWritesAValueIntoItsLog) {
  World& world = World::shared();
  const auto pass = world.sign_in(world.add_shop(), "owner");
  const std::string seal = pass->seal.hex();
  auto login = must(db::Plain::open(world.database().conninfo("cordon_api")));
  // As a parameter of statements that fail, and where PostgreSQL quotes the value in the error itself.
  EXPECT_FALSE(login.rows("SELECT 1 / length(substr($1, 1, 0))", {db::param(seal)}));
  EXPECT_FALSE(login.rows("SELECT $1::text::uuid", {db::param(seal)}));
  EXPECT_FALSE(login.rows("SELECT '" + seal + "'::uuid"));
  EXPECT_FALSE(login.rows("SELECT door.enter($1), no_such_function()", {db::param(seal)}));
  // Something that is logged, so that the absence of the others means something.
  auto admin = world.sql();
  admin.value("SELECT pg_reload_conf()");
  std::string log;
  for (int i = 0; i < 250 && log.find("received SIGHUP") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    log = read_file(folder() / "cordon.log");
  }
  EXPECT_THAT(log, ::testing::HasSubstr("received SIGHUP"));
  EXPECT_THAT(log, ::testing::Not(::testing::HasSubstr(seal)));
}

TEST(Cluster, ComesBackByItselfAfterItsPostmasterIsKilled) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  const auto token = world.token(*world.sign_in(shop, "owner"));
  const pid_t before = world.database().cluster()->pid();
  ASSERT_EQ(::kill(before, SIGKILL), 0);
  // While it is away the server says so; then it answers again, and what was committed is there.
  int status = 0;
  for (int i = 0; i < 300 && status != 200; ++i) {
    status = world.call(net::Method::get, "/v1/merchant", token).status;
    EXPECT_TRUE(status == 200 || status == 503) << status;
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (world.database().cluster()->pid() == before) status = 0;
  }
  EXPECT_EQ(status, 200);
  EXPECT_NE(world.database().cluster()->pid(), before);
  // And no connection of the time before fails a request any more, once the pools of the other thread try again too.
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(world.call(net::Method::get, "/v1/merchant", token).status, 200);
}

TEST(Cluster, RefusesAFolderThatAnotherServerUses) {
  auto second = db::Cluster::start(folder());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_THAT(second.error().detail, ::testing::HasSubstr("another cordon runs on " + folder().string()));
}

TEST(Cluster, RefusesAFolderOfAnotherVersionAndLeavesItAlone) {
  for (const std::string version : {"14", "19"}) {
    TemporaryFolder data;
    fs::create_directories(data.path() / "postgres");
    std::ofstream(data.path() / "postgres" / "PG_VERSION") << version << "\n";
    auto refused = db::Cluster::start(data.path() / "postgres");
    ASSERT_FALSE(refused) << version;
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("was made by PostgreSQL " + version));
    EXPECT_THAT(refused.error().detail,
                version == "14" ? ::testing::HasSubstr("15 or later") : ::testing::HasSubstr("install postgresql-19"));
    EXPECT_EQ(read_file(data.path() / "postgres" / "PG_VERSION"), version + "\n");
  }
}

TEST(Cluster, RefusesAFolderOfSomethingElse) {
  TemporaryFolder data;
  fs::create_directories(data.path() / "postgres");
  std::ofstream(data.path() / "postgres" / "letters.txt") << "keep me";
  auto refused = db::Cluster::start(data.path() / "postgres");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("no PostgreSQL cluster"));
  EXPECT_EQ(read_file(data.path() / "postgres" / "letters.txt"), "keep me");
}

}  // namespace
}  // namespace cordon
