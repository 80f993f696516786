// A database that does not continue what was signed: the log stands still, says why, and goes on when a new one was
// begun. Each starts a server of its own, about 6 s alone on a machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "audit/memory.h"
#include "base/file.h"
#include "db/cluster.h"
#include "support/served.h"
#include "support/server.h"

namespace cordon::app {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::must;
using testing::Outcome;
using testing::run_cordon;
using testing::ServerProcess;
using testing::SqlSession;
using testing::TemporaryFolder;

class NewLog : public ::testing::Test {
 protected:
  SqlSession admin() { return SqlSession(db::Cluster::attach(data / "postgres")->admin_conninfo()); }
  std::string value(const std::string& sql) { return admin().value(sql); }
  Outcome cordon(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", data.string()});
    return run_cordon(std::move(arguments), folder.path() / "command.log");
  }
  /// A few events, and waits until the log has grown by them.
  void grow(const ServerProcess& server) {
    std::string before;
    EXPECT_TRUE(eventually([&] { return !(before = value("SELECT size FROM audit.log")).empty(); }));
    for (int i = 0; i < 5; ++i) testing::ask(server.client().port, "GET", "/healthz");
    EXPECT_TRUE(eventually([&] { return value("SELECT size > " + before + " FROM audit.log") == "t"; }));
  }
  /// The database, and the log with it, as a dump leaves them in a cluster that is so many transactions behind.
  void count_from_an_earlier_number(const std::string& behind) {
    const auto later = [&](const std::string& xid) {
      return xid + " = (" + xid + "::text::bigint + " + behind + ")::text::xid8";
    };
    value("UPDATE audit.event SET " + later("xid") + "; UPDATE audit.log SET " + later("last_xid") +
          "; UPDATE audit.bundle SET " + later("first_xid"));
  }
  /// How many entries the file remembers.
  uint64_t remembered() {
    const auto text = read_whole(file);
    const auto note = text ? audit::Note::parse(*text) : std::unexpected(text.error());
    const auto checkpoint = note ? audit::Checkpoint::parse(note->text) : std::unexpected(note.error());
    return checkpoint ? checkpoint->size : 0;
  }
  static bool says(const ServerProcess& server, const std::string& what) {
    return eventually([&] { return server.log().contains(what); });
  }

  TemporaryFolder folder;
  std::filesystem::path data = folder.path() / "data", file = audit::memory_file(data);
};

TEST_F(NewLog, BeginsWhereTheDatabaseWentBack) {
  std::string old;  // the log's row as it was earlier
  {
    ServerProcess server(data);
    ASSERT_TRUE(server.wait_until_serving()) << server.log();
    grow(server);
    old = value(
        "SELECT format('size = %s, checkpoint = %L, last_xid = %L, last_event = %L', size, checkpoint, last_xid, "
        "last_event) FROM audit.log");
    grow(server);
    const auto size = std::stoull(value("SELECT size FROM audit.log"));
    EXPECT_TRUE(eventually([&] { return remembered() >= size; }));
    // What a superuser, or a restored backup, does. The running server notices by itself; so does the next one.
    value("UPDATE audit.log SET " + old);
    testing::ask(server.client().port, "GET", "/healthz");
    EXPECT_TRUE(says(server, "has gone back behind the checkpoint of")) << server.log();
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
    EXPECT_GE(remembered(), size);
  }
  ServerProcess server(data);
  ASSERT_TRUE(server.wait_until_serving()) << server.log();
  EXPECT_TRUE(says(server, "has gone back behind the checkpoint of")) << server.log();
  EXPECT_THAT(server.log(), HasSubstr("cordon audit new-log"));
  const std::string ended = value("SELECT origin FROM audit.log");

  // Not of the same name: that would be a fork of it.
  const auto same = cordon({"--log-origin", ended, "audit", "new-log", "--why", "restored"});
  EXPECT_EQ(same.status, 1);
  EXPECT_THAT(same.output, HasSubstr("give --log-origin another name"));
  const auto begun = cordon({"--log-origin", "console.example/audit", "audit", "new-log", "--why", "restored"});
  EXPECT_EQ(begun.status, 0) << begun.output;
  EXPECT_THAT(begun.output, HasSubstr("ended: " + ended + "+"));
  EXPECT_THAT(begun.output, HasSubstr("begun: console.example/audit+"));
  grow(server);
  EXPECT_EQ(value("SELECT origin || ' ' || why FROM audit.ended_log"), ended + " restored");
  EXPECT_EQ(value("SELECT count(*) FROM audit.event WHERE action = 'log.begin'"), "1");
  const auto verified = cordon({"audit", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("verified: console.example/audit, entries="));
  // It has the events of the one before, all of them.
  EXPECT_TRUE(
      eventually([&] { return value("SELECT size >= (SELECT size FROM audit.ended_log) FROM audit.log") == "t"; }));
}

TEST_F(NewLog, TakesEventsThatHaveNumbersOfAnotherCluster) {
  ServerProcess server(data);
  ASSERT_TRUE(server.wait_until_serving()) << server.log();
  grow(server);
  count_from_an_earlier_number("1000000000");
  const std::string events = value("SELECT count(*) FROM audit.event WHERE xid > pg_current_xact_id()");
  testing::ask(server.client().port, "GET", "/healthz");
  EXPECT_TRUE(says(server, "is of another cluster")) << server.log();
  const auto begun = cordon({"audit", "new-log", "--why", "restored from a dump"});
  EXPECT_EQ(begun.status, 0) << begun.output;
  EXPECT_THAT(begun.output, HasSubstr("renumbered=" + events));
  EXPECT_EQ(value("SELECT count(*) FROM audit.event WHERE xid > pg_current_xact_id()"), "0");
  grow(server);
  EXPECT_TRUE(eventually([&] { return value("SELECT size > " + events + " FROM audit.log") == "t"; }));
  const auto verified = cordon({"audit", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
}

TEST_F(NewLog, IsNeededAlsoWhenAnotherClusterHasCountedAsFar) {
  std::string size;
  {
    ServerProcess server(data);
    ASSERT_TRUE(server.wait_until_serving()) << server.log();
    grow(server);
    count_from_an_earlier_number("5000");
    // Stands before the log's end, and is not in it.
    testing::ask(server.client().port, "GET", "/healthz");
    EXPECT_TRUE(says(server, "is of another cluster")) << server.log();
    size = value("SELECT size FROM audit.log");
    SqlSession session = admin();
    session.value("SET synchronous_commit = off");
    session.value("DO $$ BEGIN FOR i IN 1 .. 5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    EXPECT_EQ(value("SELECT last_xid < pg_current_xact_id() FROM audit.log"), "t");
    testing::ask(server.client().port, "GET", "/healthz");
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
  }
  ServerProcess server(data);
  ASSERT_TRUE(server.wait_until_serving()) << server.log();
  EXPECT_TRUE(says(server, "is of another cluster")) << server.log();
  EXPECT_EQ(value("SELECT size FROM audit.log"), size) << "neither server has gone on with it";
  const auto begun = cordon({"audit", "new-log", "--why", "restored from a dump"});
  EXPECT_EQ(begun.status, 0) << begun.output;
  grow(server);
  const auto verified = cordon({"audit", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
}

TEST_F(NewLog, IsNotBegunByAFileThatIsCutOff) {
  {
    ServerProcess server(data);
    ASSERT_TRUE(server.wait_until_serving()) << server.log();
    grow(server);
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
  }
  const std::string whole = must(read_whole(file));
  must(audit::write_memory(file, whole.substr(0, whole.size() / 2)));
  ServerProcess server(data);
  ASSERT_TRUE(server.wait_until_serving()) << server.log();
  EXPECT_TRUE(says(server, "holds no whole checkpoint")) << server.log();
  // Put back, it is read again, without a restart.
  must(audit::write_memory(file, whole));
  grow(server);
  EXPECT_TRUE(says(server, "the audit log grows again"));
}

}  // namespace
}  // namespace cordon::app
