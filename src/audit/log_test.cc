// The log as it grows: every event once, whoever grows it; each way of tampering is found and named; and strangers can
// read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "audit/log_key.h"
#include "audit/search.h"
#include "audit/sequencer.h"
#include "audit/tile_sources.h"
#include "audit/verifier.h"
#include "base/log.h"
#include "base/random.h"
#include "db/connection.h"
#include "support/signing_key.h"
#include "support/verified.h"

namespace cordon::audit {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using ::testing::Not;
using testing::SqlSession;
using testing::World;

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    // More than one bundle.
    while (std::stoi(admin.value("SELECT count(*) FROM audit.event")) < 300) world.call(net::Method::get, "/healthz");
    const std::string last = admin.value("SELECT max(xid::text::bigint) FROM audit.event");
    EXPECT_TRUE(
        eventually([&] { return admin.value("SELECT last_xid::text::bigint >= " + last + " FROM audit.log") == "t"; }));
    trust.key = testing::log_key(admin);
  }

  static Checkpoint read(const std::string& note) { return must(Checkpoint::parse(must(Note::parse(note)).text)); }

  /// What a verifier finds after `sql` has been done to the database, in a transaction that is undone afterwards.
  std::vector<std::string> found_after(const std::vector<std::string>& sql) {
    const Report report = testing::verified_after(world, trust, sql);
    if (report.sound()) {
      EXPECT_GE(report.entries, 300);
    }
    return testing::found(report);
  }

  /// The process of PostgreSQL whose turn it is; empty where it is nobody's.
  std::string holder() {
    return admin.value(
        "SELECT coalesce(string_agg(pid::text, ' '), '') FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
        "((classid::bigint << 32) | objid::bigint) = 7305804402566919");
  }
  /// Ends whoever grows the log.
  void end_turn() {
    if (const std::string pid = holder(); !pid.empty()) admin.value("SELECT pg_terminate_backend(" + pid + ")");
  }
  /// Whether one more event comes into the log.
  bool grows() {
    const std::string size = admin.value("SELECT size FROM audit.log");
    world.call(net::Method::get, "/healthz");
    return eventually([&] { return admin.value("SELECT size > " + size + " FROM audit.log") == "t"; });
  }

  /// Has a process more than there is that could grow the log.
  void with_sequencer(Memory& memory, SequencerOptions options, std::function<net::Task<void>(Sequencer&)> work) {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      const std::string no_name;
      auto found = co_await log_key(backend.identities, identity::kPlatform, no_name);
      const keys::SigningKey key = must(std::move(found));
      Sequencer sequencer(
          world.database().conninfo("cordon_audit"), [key]() -> net::Task<Result<keys::SigningKey>> { co_return key; },
          memory, options);
      co_await work(sequencer);
    });
  }

  World& world = World::shared();
  SqlSession admin = world.sql();
  Trust trust;
};

TEST_F(LogTest, IsWhatItSaysItIs) {
  trust.seen.push_back(read(admin.value("SELECT checkpoint FROM audit.log")));
  EXPECT_THAT(found_after({}), IsEmpty());
}

TEST_F(LogTest, NamesEachWayOfTampering) {
  const std::string one = "event_id = (SELECT first_event FROM audit.bundle WHERE number = 0)";
  EXPECT_THAT(found_after({"UPDATE audit.event SET status = 299 WHERE " + one}), Contains("changed"));
  EXPECT_THAT(found_after({"UPDATE audit.event SET at = at + interval '1 microsecond' WHERE " + one}),
              Contains("changed"));
  EXPECT_THAT(found_after({"UPDATE audit.event SET salt = gen_random_uuid() WHERE " + one}), Contains("changed"));
  EXPECT_THAT(found_after({"DELETE FROM audit.event WHERE " + one}), Contains("deleted"));
  EXPECT_THAT(found_after({"INSERT INTO audit.event (event_id, action, status, request_id, xid) SELECT "
                           "gen_random_uuid(), 'health.read', 200, gen_random_uuid(), xid FROM audit.event WHERE " +
                           one}),
              Contains("inserted"));
  // Two events change places, with their commitments, in the bundle.
  const auto swapped = [](const std::string& column, int width) {
    const auto part = [&](int at) {
      return "substr(" + column + ", " + std::to_string(at * width + 1) + ", " + std::to_string(width) + ")";
    };
    return column + " = " + part(1) + " || " + part(0) + " || substr(" + column + ", " + std::to_string(2 * width + 1) +
           ")";
  };
  const auto reordered = found_after(
      {"UPDATE audit.bundle SET " + swapped("events", 16) + ", " + swapped("commitments", 32) + " WHERE number = 0"});
  EXPECT_THAT(reordered, Contains("reordered"));
  EXPECT_THAT(reordered, Contains("tile"));
  EXPECT_THAT(reordered, Contains("root"));
  EXPECT_THAT(found_after({"UPDATE audit.tile SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) WHERE level = "
                           "0 AND number = 0"}),
              Contains("tile"));
  EXPECT_THAT(found_after({"DELETE FROM audit.tile WHERE level = 0 AND number = 0"}), Contains("missing"));
  EXPECT_THAT(found_after({"DELETE FROM audit.bundle WHERE number = 0"}), Contains("missing"));
  EXPECT_THAT(found_after({"UPDATE audit.log SET checkpoint = ''"}), Contains("missing"));
}

TEST_F(LogTest, NamesAnEventThatWasPlantedUnderTheIdOfAnother) {
  const std::string one = "event_id = (SELECT first_event FROM audit.bundle WHERE number = 0)";
  // Of another shop, whose people would find it; in the same transaction, where the log has one of that id.
  const std::string planted =
      "INSERT INTO audit.event (event_id, tenant_id, action, status, request_id, xid) SELECT event_id, "
      "gen_random_uuid(), 'planted', 200, gen_random_uuid(), xid FROM audit.event WHERE " +
      one;
  EXPECT_THAT(found_after({planted}), ElementsAre("inserted"));
  // PostgreSQL gives them in either order.
  EXPECT_THAT(found_after({planted, "UPDATE audit.event SET code = code WHERE action <> 'planted' AND " + one}),
              ElementsAre("inserted"));
  EXPECT_THAT(found_after({planted, "UPDATE audit.event SET code = 'x' WHERE action <> 'planted' AND " + one}),
              ElementsAre("changed", "inserted"));
  EXPECT_THAT(found_after({planted, "DELETE FROM audit.event WHERE action <> 'planted' AND " + one}),
              ElementsAre("changed"));
}

TEST_F(LogTest, NamesAnEventOfATransactionThatIsStillToCome) {
  const auto planted = [&](const std::string& xid) {
    return found_after(
        {"INSERT INTO audit.event (event_id, action, status, request_id, xid) SELECT gen_random_uuid(), "
         "'health.read', 200, gen_random_uuid(), " +
         xid});
  };
  EXPECT_THAT(planted("(pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000)::text::xid8"),
              ElementsAre("inserted"));
  EXPECT_THAT(planted("'18446744073709551615'::xid8"), ElementsAre("inserted"));
}

TEST_F(LogTest, IsReadWithAllThatShareAPlace) {
  testing::run([&]() -> net::Task<void> {
    auto connection = must(co_await db::Connection::open(world.database().admin_conninfo()));
    const Ask ask = through(*connection);
    static constexpr db::Statement kBegin{"log.attempt", "BEGIN"};
    static constexpr db::Statement kPlant{"log.attempt", R"(
      INSERT INTO audit.event (event_id, tenant_id, action, status, request_id, xid)
      SELECT e.event_id, gen_random_uuid(), 'planted', 200, gen_random_uuid(), e.xid
        FROM audit.event e, audit.bundle b WHERE b.number = 0 AND e.event_id = b.first_event)"};
    for (const db::Statement* statement : {&kBegin, &kPlant}) {
      std::vector<db::Query> queries;
      queries.push_back({statement, {}});
      must(co_await ask(std::move(queries)));
    }
    const auto first = must(co_await standing_events(ask, LogPlace(), 1));
    EXPECT_EQ(first.size(), 2u);
    EXPECT_EQ(first.front().place, first.back().place);
    const auto next = must(co_await standing_events(ask, first.back().place, 1));
    EXPECT_EQ(next.size(), 1u);
    EXPECT_LT(first.back().place, next.front().place);
  });
}

TEST_F(LogTest, IsVerifiedWithoutFunctionsOfTheDatabase) {
  // Whoever changes an event can have the database say that it would still be logged as it was.
  EXPECT_THAT(
      found_after({"CREATE OR REPLACE FUNCTION audit.commitment(e audit.event) RETURNS bytea LANGUAGE sql STABLE AS "
                   "$$ SELECT substr(b.commitments, 1 + (position(uuid_send(e.event_id) IN b.events) - 1) / 16 * 32, "
                   "32) FROM audit.bundle b WHERE position(uuid_send(e.event_id) IN b.events) > 0 $$",
                   "UPDATE audit.event SET status = 299 WHERE event_id = (SELECT first_event FROM audit.bundle WHERE "
                   "number = 0)"}),
      ElementsAre("changed"));
}

TEST_F(LogTest, NamesAnotherSigner) {
  const Checkpoint now = read(admin.value("SELECT checkpoint FROM audit.log"));
  const auto other = testing::signing_key('x');
  const std::string text = now.to_text(), note = text + "\n" + signature_line(now.origin, other, text);
  EXPECT_THAT(found_after({"UPDATE audit.log SET checkpoint = '" + note + "'"}), Contains("signer"));
  // The operator's own key in its place changes nothing: whom to trust is not read from the database.
  EXPECT_THAT(found_after({"UPDATE audit.log SET checkpoint = '" + note + "', public_key = '\\x" +
                           to_hex({reinterpret_cast<const uint8_t*>(other.public_key().data()), 32}) + "'"}),
              Contains("signer"));
}

TEST_F(LogTest, NamesATailThatWasCutOffAndADatabaseThatWentBack) {
  admin.run("SELECT checkpoint, size, last_xid, last_event FROM audit.log");
  const auto old = admin.rows()[0];
  world.call(net::Method::get, "/healthz");
  EXPECT_TRUE(eventually([&] { return admin.value("SELECT size > " + old[1] + " FROM audit.log") == "t"; }));
  const std::string set = "UPDATE audit.log SET checkpoint = '" + old[0] + "', size = " + old[1] + ", last_xid = '" +
                          old[2] + "', last_event = '" + old[3] + "'";
  const std::string cut = "DELETE FROM audit.event WHERE (xid, event_id) > ('" + old[2] + "'::xid8, '" + old[3] + "')";
  // By itself a log that ends earlier is a log. To whoever saw it longer it is not.
  EXPECT_THAT(found_after({set, cut}), IsEmpty());
  trust.seen.push_back(read(admin.value("SELECT checkpoint FROM audit.log")));
  EXPECT_THAT(found_after({set, cut}), Contains("rolled back"));
}

TEST_F(LogTest, NamesAHistoryThatWasWrittenAnew) {
  Checkpoint seen = read(admin.value("SELECT checkpoint FROM audit.log"));
  seen.root[0] ^= 1;
  trust.seen.push_back(seen);
  EXPECT_THAT(found_after({}), Contains("rewritten"));
}

TEST_F(LogTest, IsReadByStrangersOverHttpsAndFromAFolder) {
  testing::TemporaryFolder folder;
  testing::run([&]() -> net::Task<void> {
    PublishedLog published(world.client(), "/audit");
    const std::string note = must(co_await published.checkpoint());
    const Report report = must(co_await verify(published, note, trust));
    EXPECT_TRUE(report.sound());
    EXPECT_GE(report.entries, 300);
    must(co_await copy_log(published, note, report.checkpoint.size, folder.path()));
    LogFolder copy(folder.path());
    EXPECT_TRUE(must(co_await verify(copy, must(copy.checkpoint()), trust)).sound());
    // One bit of one entry.
    const auto file = folder.path() / "tile" / TilePath{{TileId::kEntries, 0}}.text();
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(40);
    const char was = static_cast<char>(bytes.get());
    bytes.seekp(40);
    bytes.put(static_cast<char>(was ^ 1));
    bytes.close();
    EXPECT_FALSE(must(co_await verify(copy, must(copy.checkpoint()), trust)).sound());
    std::filesystem::remove(file);
    const Report cut = must(co_await verify(copy, must(copy.checkpoint()), trust));
    EXPECT_FALSE(cut.findings.empty());
    EXPECT_EQ(cut.findings.front().wrong, Wrong::missing);
  });
}

TEST_F(LogTest, IsServedAsTheSpecificationSays) {
  const auto checkpoint = world.call(net::Method::get, "/audit/checkpoint");
  EXPECT_EQ(checkpoint.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(checkpoint.header("cache-control"), "public, max-age=1");
  const auto tile = world.call(net::Method::get, "/audit/tile/0/000");
  EXPECT_EQ(tile.header("content-type"), "application/octet-stream");
  EXPECT_EQ(tile.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(tile.body.size(), 8192);
  EXPECT_EQ(world.call(net::Method::get, "/audit/tile/0/000.p/3").body, tile.body.substr(0, 96));
  for (const std::string none : {"/audit/tile/0/x999/999", "/audit/tile/0/0", "/audit/tile/../checkpoint",
                                 "/audit/tile/", "/audit/tile/0/000.p/0"})
    EXPECT_EQ(world.call(net::Method::get, none).status, 404) << none;
}

TEST_F(LogTest, IsGrownByOneAndByAnotherWhenThatOneIsGone) {
  const auto replica = world.replica();
  EXPECT_TRUE(eventually([&] { return !holder().empty(); }));
  EXPECT_THAT(holder(), Not(HasSubstr(" ")));
  for (int i = 0; i < 3; ++i) {
    const std::string pid = holder();
    end_turn();
    EXPECT_TRUE(grows());
    EXPECT_NE(holder(), pid);
  }
  EXPECT_THAT(found_after({}), IsEmpty());
}

TEST_F(LogTest, IsTakenOverFromWhoSaysNothingAnyMore) {
  testing::run([&]() -> net::Task<void> {
    auto connection = must(co_await db::Connection::open(world.database().conninfo("cordon_audit")));
    LogStore stopped(through(*connection));
    // The server may be faster.
    for (bool mine = false; !mine;) {
      end_turn();
      mine = must(co_await stopped.take_turn(std::chrono::milliseconds(200)));
    }
    EXPECT_TRUE(grows());
    EXPECT_FALSE(connection->alive());
  });
}

TEST_F(LogTest, IsNotHeldUpByWhoRemembersAnother) {
  testing::TemporaryFolder folder;
  const auto file = memory_file(folder.path());
  const auto key = testing::signing_key('x');
  const std::string text = Checkpoint{"another.log/audit", 1, leaf_hash("x")}.to_text();
  must(write_memory(file, text + "\n" + signature_line("another.log/audit", key, text)));
  Memory memory(file);
  with_sequencer(memory, {}, [&](Sequencer& unfit) -> net::Task<void> {
    // It gets the turn, if it is faster than the server.
    Result<int64_t> round = 0;
    while (round) {
      end_turn();
      round = co_await unfit.round();
    }
    EXPECT_THAT(round.error().detail, HasSubstr("is of the log another.log/audit"));
    EXPECT_TRUE(grows());
  });
}

TEST_F(LogTest, SaysWhoHoldsItUp) {
  SqlSession long_one = world.sql();
  long_one.run("BEGIN");
  const std::string pid = long_one.value("SELECT pg_backend_pid() FROM pg_current_xact_id()");
  world.call(net::Method::get, "/healthz");
  EXPECT_TRUE(eventually([&] { return admin.value("SELECT transaction_pid FROM audit.held_up('0')") == pid; }));
  EXPECT_EQ(admin.value("SELECT since IS NULL FROM audit.held_up('1 hour')"), "t");

  testing::TemporaryFolder folder;
  Memory memory(memory_file(folder.path()));
  SequencerOptions impatient;
  impatient.patience = std::chrono::milliseconds(0);
  log::set_level("error");
  ::testing::internal::CaptureStderr();
  with_sequencer(memory, impatient, [](Sequencer& another) -> net::Task<void> {
    must(co_await another.round());
    must(co_await another.round());
  });
  const std::string said = ::testing::internal::GetCapturedStderr();
  const size_t at = said.find("the audit log stands still");
  EXPECT_NE(at, said.npos);
  EXPECT_THAT(said, HasSubstr("\"transaction_pid\":" + pid + ","));
  EXPECT_EQ(said.find("the audit log stands still", at + 1), said.npos) << "once a minute is enough";
  EXPECT_GT(testing::verified_after(world, trust, {}).waiting, 0u);

  long_one.run("ROLLBACK");
  EXPECT_TRUE(eventually([&] { return admin.value("SELECT since IS NULL FROM audit.held_up('0')") == "t"; }));
}

TEST_F(LogTest, DoesNotGrowOnADatabaseThatDoesNotContinueWhatWasSigned) {
  // A sequencer that remembers more than the database has, or something else, signs nothing.
  const Checkpoint now = read(admin.value("SELECT checkpoint FROM audit.log"));
  const auto refused = [&](const Checkpoint& remembered) {
    std::string detail;
    testing::run([&]() -> net::Task<void> {
      auto connection = must(co_await db::Connection::open(world.database().conninfo("cordon_audit")));
      LogStore store([&](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
        auto rows = co_await connection->transact(queries);
        if (!rows) throw std::runtime_error(rows.error().sqlstate);
        co_return std::move(*rows);
      });
      auto outcome = co_await continues(store, must(co_await store.log()), remembered);
      if (!outcome) detail = outcome.error().detail;
    });
    return detail;
  };
  EXPECT_EQ(refused(now), "");
  Checkpoint other = now;
  other.root[31] ^= 1;
  EXPECT_NE(refused(other), "");
  other = now;
  other.size += 1'000'000;
  EXPECT_NE(refused(other), "");
}

}  // namespace
}  // namespace cordon::audit
