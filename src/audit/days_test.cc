// The days of the log, which are partitions: they are made, and get their indexes, while everybody reads and writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/verified.h"

namespace cordon::audit {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::SqlSession;
using testing::World;

class EventDays : public ::testing::Test {
 protected:
  EventDays() {
    // The server has made what was missing when it began: from here on the tests do.
    EXPECT_TRUE(eventually([&] {
      return admin.value("SELECT count(*) FROM statements.pg_stat_statements WHERE query LIKE '/* log.prepare */%'") !=
             "0";
    }));
  }

  /// A day's partition, so many days from today on.
  std::string day(int from_today) {
    return admin.value("SELECT 'audit.event_' || to_char((now() AT TIME ZONE 'UTC')::date + " +
                       std::to_string(from_today) + ", 'YYYYMMDD')");
  }
  void add(int from_today) {
    admin.value("SET ROLE cordon_owner");
    admin.value("SELECT audit.add_partition((now() AT TIME ZONE 'UTC')::date + " + std::to_string(from_today) + ")");
    admin.value("RESET ROLE");
  }
  bool is_there(const std::string& partition) {
    return admin.value("SELECT to_regclass('" + partition + "') IS NOT NULL") == "t";
  }
  /// Makes the coming week, as the server does; which days could not be made.
  std::string prepare() { return world.sql("cordon_audit").value("SELECT audit.prepare_partitions()"); }
  /// Where an event stands that a condition finds.
  std::string partition_of(const std::string& event) {
    return admin.value("SELECT tableoid::regclass FROM audit.event WHERE " + event);
  }
  /// Waits until the log has all that is written by now.
  void sealed() {
    const std::string last = admin.value("SELECT max(xid::text::bigint) FROM audit.event");
    EXPECT_TRUE(
        eventually([&] { return admin.value("SELECT last_xid::text::bigint >= " + last + " FROM audit.log") == "t"; }));
  }

  World& world = World::shared();
  SqlSession admin = world.sql();
};

TEST_F(EventDays, TodayHasAPartition) {
  world.call(net::Method::get, "/healthz");
  EXPECT_THAT(partition_of("xid = (SELECT max(xid::text::bigint)::text::xid8 FROM audit.event) LIMIT 1"),
              ::testing::MatchesRegex("audit\\.event_[0-9]+"));
}

TEST_F(EventDays, TakeInTheEventsThatStandInTheirWay) {
  const std::string event = admin.value(
      "INSERT INTO audit.event (event_id, action, status, request_id) VALUES (audit.first_id(now() - interval '170 "
      "days'), 'test.made', 200, gen_random_uuid()) RETURNING event_id");
  const std::string found = "event_id = '" + event + "'";
  EXPECT_EQ(partition_of(found), "audit.event_other");
  sealed();
  const std::string before = admin.value("SELECT e FROM audit.event e WHERE " + found);
  add(-170);
  EXPECT_EQ(partition_of(found), day(-170));
  EXPECT_EQ(admin.value("SELECT e FROM audit.event e WHERE " + found), before);
  const Trust trust{testing::log_key(admin), {}, {}};
  EXPECT_TRUE(testing::verified_after(world, trust, {}).sound());
}

TEST_F(EventDays, AreMadeWhileSomebodyReadsAndOthersWrite) {
  const std::string last = day(7), far = day(30);
  admin.value("DROP TABLE " + last);
  SqlSession reader = world.sql(), maker = world.sql();
  reader.value("BEGIN");
  reader.value("LOCK TABLE audit.event IN ACCESS SHARE MODE");
  EXPECT_THAT(prepare(), HasSubstr("(55P03)")) << "it does not wait for whoever reads";
  EXPECT_FALSE(is_there(last));
  // And were one to wait, nobody who writes would.
  maker.value("SET ROLE cordon_owner");
  std::string made;
  std::thread making([&] { made = maker.run("SELECT audit.add_partition((now() AT TIME ZONE 'UTC')::date + 30)"); });
  EXPECT_TRUE(eventually([&] {
    return admin.value(
               "SELECT count(*) FROM pg_locks WHERE relation = 'audit.event_other'::regclass AND NOT granted "
               "AND mode = 'AccessExclusiveLock'") == "1";
  }));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.call(net::Method::get, "/healthz").status, 200);
  EXPECT_EQ(reader.run("COMMIT"), "00000");
  making.join();
  EXPECT_EQ(made, "00000");
  EXPECT_EQ(prepare(), "");
  EXPECT_TRUE(is_there(last));
  admin.value("DROP TABLE " + far);
}

TEST_F(EventDays, ThatCannotBeMadeKeepNoOtherFromBeingMade) {
  const std::string bad = day(6), good = day(7);
  admin.value("DROP TABLE " + bad);
  admin.value("DROP TABLE " + good);
  admin.value("CREATE TYPE " + bad + " AS ENUM ()");
  EXPECT_THAT(prepare(), ::testing::MatchesRegex("[-0-9]+ .42710."));
  EXPECT_TRUE(is_there(good));
  admin.value("DROP TYPE " + bad);
  EXPECT_EQ(prepare(), "");
  EXPECT_TRUE(is_there(bad));
}

TEST_F(EventDays, AreMadeOnTheDayItselfAfterAPauseUnlessManyEventsWouldMove) {
  // As it is when no server has run for more than a week; undone afterwards.
  const auto made_with = [&](const std::string& events) {
    admin.value("BEGIN");
    admin.value("DROP TABLE " + day(0));
    admin.value(
        "INSERT INTO audit.event (event_id, action, status, request_id) SELECT (left(audit.first_id(now())::text, 14) "
        "|| '7000-8000-' || right(gen_random_uuid()::text, 12))::uuid, 'test.made', 200, gen_random_uuid() FROM "
        "generate_series(1, " +
        events + ")");
    EXPECT_EQ(admin.value("SELECT audit.prepare_partitions()"), "");
    const std::string stand = admin.value(
        "SELECT DISTINCT tableoid::regclass FROM audit.event WHERE action = 'test.made' AND event_id >= "
        "audit.first_id(now())");
    admin.value("ROLLBACK");
    return stand;
  };
  EXPECT_EQ(made_with("999"), day(0));
  EXPECT_EQ(made_with("1000"), "audit.event_other");
}

TEST_F(EventDays, AreOverTenMinutesAfterMidnight) {
  const auto over = [&](const std::string& after_midnight) {
    return admin.value(
        "SELECT count(*) FROM audit.past_days(((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME "
        "ZONE 'UTC' + interval '" +
        after_midnight + "') AS d WHERE 'audit.' || d::text = '" + day(0) + "'");
  };
  EXPECT_EQ(over("9 minutes 59 seconds"), "0");
  EXPECT_EQ(over("10 minutes"), "1");
}

TEST_F(EventDays, GetIndexesWhileTheLogGrows) {
  add(-171);
  SqlSession indexer = world.sql();
  indexer.value("BEGIN");
  EXPECT_EQ(indexer.value("SELECT audit.index_past_day()"), "t");
  world.call(net::Method::get, "/healthz");
  sealed();
  EXPECT_EQ(indexer.run("COMMIT"), "00000");
  // The lock by which such a transaction is known is for no login to take: what one writes is waited for.
  for (const std::string login : {"cordon_audit", "cordon_api", "cordon_identity"})
    EXPECT_EQ(world.sql(login).run("BEGIN; LOCK TABLE audit.event IN SHARE MODE"), "42501") << login;
}

}  // namespace
}  // namespace cordon::audit
