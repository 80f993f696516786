// The private cluster: who may reach it, what it logs, and that it comes back by itself.
#include "db/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/random.h"
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

TEST(Cluster, TakesNoFolderOfStrangersForItsSockets) {
  TemporaryFolder data, elsewhere;
  const fs::path deep = data.path() / std::string(80, 'd') / "postgres";
  const fs::path sockets = "/tmp/cordon-" + to_hex(sha256(deep.string())).substr(0, 16);
  const auto before = fs::status(elsewhere.path()).permissions();
  fs::create_directory_symlink(elsewhere.path(), sockets);
  auto refused = db::Cluster::start(deep);
  fs::remove(sockets);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr(sockets.string() + " is for the database's sockets"));
  EXPECT_EQ(fs::status(elsewhere.path()).permissions(), before);
  // A folder that others enter, and one of somebody else's.
  fs::create_directory(sockets);
  fs::permissions(sockets, fs::perms::all);
  refused = db::Cluster::start(deep);
  EXPECT_FALSE(refused);
  EXPECT_EQ(fs::status(sockets).permissions(), fs::perms::all);
  if (::geteuid() == 0) {
    fs::permissions(sockets, fs::perms::owner_all);
    ASSERT_EQ(::chown(sockets.c_str(), 12345, 12345), 0);
    refused = db::Cluster::start(deep);
    EXPECT_FALSE(refused);
  }
  fs::remove(sockets);
  EXPECT_EQ(SqlSession(must(db::Cluster::start(deep))->admin_conninfo()).value("SELECT 1"), "1");
  EXPECT_EQ(fs::status(sockets).permissions(), fs::perms::owner_all);
  fs::remove_all(sockets);
}

TEST(Cluster, IsNotTakenForOneThatAnotherUserRuns) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has a database run by another user";
  TemporaryFolder data;
  const auto cluster = db::Cluster::attach(data.path() / "postgres");
  fs::create_directories(data.path() / "postgres" / "sockets");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket = data.path() / "postgres" / "sockets" / ".s.PGSQL.5432";
  ASSERT_LT(socket.size(), sizeof address.sun_path);
  socket.copy(address.sun_path, socket.size());
  const int impostor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(impostor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(impostor, 1), 0);
  auto refused = db::Plain::open(cluster->conninfo("cordon_api"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("requirepeer"));
  const int caller = ::accept(impostor, nullptr, nullptr);
  char byte = 0;
  EXPECT_EQ(::recv(caller, &byte, 1, 0), 0) << "it was told something";
  ::close(caller);
  ::close(impostor);
}

/// A data folder in one of root's that nobody else enters, on the disk that databases go to.
class ClusterElsewhere : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root has a database run by another user";
    std::string made = "/var/lib/cordon-test-XXXXXX";
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    closed = made;
    name = closed / "data" / "postgres";
  }
  void TearDown() override {
    for (const fs::path& place : places) fs::remove_all(place.parent_path());
    if (!closed.empty()) fs::remove_all(closed);
  }
  std::unique_ptr<db::Cluster> start() {
    auto cluster = must(db::Cluster::start(name));
    std::error_code inside;
    if (const fs::path place = fs::read_symlink(name.string() + ".link", inside); !inside) places.push_back(place);
    return cluster;
  }
  static std::string ask(const db::Cluster& cluster, const std::string& sql) {
    return SqlSession(cluster.admin_conninfo()).run(sql);
  }
  unsigned mode() const { return static_cast<unsigned>(fs::status(closed).permissions()); }

  fs::path closed, name;
  std::vector<fs::path> places;
};

TEST_F(ClusterElsewhere, LiesWhereItsUserGetsToAndOpensNobodysFolder) {
  EXPECT_EQ(ask(*start(), "CREATE TABLE kept (x int)"), "00000");
  EXPECT_EQ(mode(), 0700u);
  EXPECT_FALSE(fs::exists(name));
  struct stat place{};
  ASSERT_EQ(::stat(places.at(0).c_str(), &place), 0);
  EXPECT_NE(place.st_uid, 0u);
  EXPECT_EQ(place.st_mode & 0777, 0700u);
  {
    // Found again by the next server, and by commands beside it, also where the data folder was moved.
    fs::rename(closed / "data", closed / "moved");
    name = closed / "moved" / "postgres";
    const auto again = start();
    EXPECT_EQ(ask(*db::Cluster::attach(name), "SELECT FROM kept"), "00000");
    auto second = db::Cluster::start(name);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().detail, ::testing::HasSubstr("another cordon runs on"));
  }
  EXPECT_EQ(fs::read_symlink(places.at(0).parent_path() / "of"), name.string() + ".link");
  // A new data folder in its stead begins anew, and the old one's database is left to people.
  fs::remove_all(closed / "moved");
  EXPECT_EQ(ask(*start(), "SELECT FROM kept"), "42P01");
  EXPECT_NE(places.back(), places.front());
  EXPECT_TRUE(fs::exists(places.front() / "PG_VERSION"));
  // One whose database was taken away says so, and is not taken for new.
  fs::remove_all(places.back().parent_path());
  auto gone = db::Cluster::start(name);
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().detail, ::testing::HasSubstr("lay in " + places.back().string() + ", which is gone"));
  EXPECT_EQ(mode(), 0700u);
}

TEST_F(ClusterElsewhere, GoesThereFromAFolderThatWasClosedSince) {
  fs::permissions(closed, fs::perms{0711});
  EXPECT_EQ(ask(*start(), "CREATE TABLE kept (x int)"), "00000");
  EXPECT_TRUE(fs::exists(name / "PG_VERSION"));
  EXPECT_TRUE(places.empty());
  fs::permissions(closed, fs::perms{0700});
  EXPECT_EQ(ask(*start(), "SELECT FROM kept"), "00000");
  EXPECT_FALSE(fs::exists(name));
  EXPECT_EQ(places.size(), 1u);
  EXPECT_EQ(mode(), 0700u);
}

}  // namespace
}  // namespace cordon
