// The days of the log, which are partitions: they are made, and get their indexes, while everybody reads and writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/verified.h"

namespace cordon::audit {
namespace {

using testing::eventually;
using testing::SqlSession;
using testing::World;

class EventDays : public ::testing::Test {
 protected:
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
      "days'), 'test.days', 200, gen_random_uuid()) RETURNING event_id");
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

}  // namespace
}  // namespace cordon::audit
