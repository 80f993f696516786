// Connections and their pool against a real PostgreSQL: transactions, hygiene between tenants, and what happens when it
// is away.
#include "db/pool.h"

#include <gtest/gtest.h>

#include "support/world.h"

namespace cordon {
namespace {

using db::query;
using testing::must;
using testing::World;
using Outcome = std::expected<std::vector<db::Rows>, db::Refusal>;

constexpr db::Statement kOne{"pool.one", "SELECT 1::bigint"};
constexpr db::Statement kPid{"pool.pid", "SELECT pg_backend_pid()"};
constexpr db::Statement kDivide{"pool.divide", "SELECT 1 / $1::integer"};
constexpr db::Statement kSleep{"pool.sleep", "SELECT pg_sleep($1::float8)"};

/// Runs `work` with a pool of `connections` for cordon_admin, which may do anything that these tests need done.
void with_pool(db::PoolOptions options, std::function<net::Task<void>(db::Pool&)> work,
               std::string_view login = "cordon_admin") {
  World& world = World::shared();
  world.run([&](identity::Backend&) -> net::Task<void> {
    db::Pool pool(world.database().conninfo(login), options);
    co_await work(pool);
  });
}

net::Task<Outcome> run(db::Pool& pool, const db::Statement& statement, TenantId tenant = {}) {
  const std::array<db::Query, 1> queries{query(statement)};
  co_return co_await pool.transact(tenant, queries);
}

constexpr db::Statement kMark{"pool.mark", "INSERT INTO pool_test.mark VALUES ($1)"};
constexpr db::Statement kMarks{"pool.marks", "SELECT count(*) FROM pool_test.mark WHERE name = $1"};

class Pool : public ::testing::Test {
 protected:
  void SetUp() override {
    World::shared().sql().value(
        "CREATE SCHEMA IF NOT EXISTS pool_test; CREATE TABLE IF NOT EXISTS pool_test.mark (name text)");
  }
  void TearDown() override { World::shared().sql().value("DROP SCHEMA pool_test CASCADE"); }
};

TEST_F(Pool, RunsTheStatementsOfATransactionTogetherOrNotAtAll) {
  with_pool({1}, [](db::Pool& pool) -> net::Task<void> {
    const std::array<db::Query, 2> fails{query(kMark, "undone"), query(kDivide, 0)};
    const auto refused = co_await pool.transact({}, fails);
    EXPECT_EQ(refused.error().sqlstate, "22012");
    const std::array<db::Query, 2> works{query(kMark, "done"), query(kDivide, 1)};
    EXPECT_TRUE(co_await pool.transact({}, works));
    const std::array<db::Query, 2> look{query(kMarks, "undone"), query(kMarks, "done")};
    const auto marks = co_await pool.transact({}, look);
    EXPECT_EQ(marks->at(0).integer(0, 0), 0);
    EXPECT_EQ(marks->at(1).integer(0, 0), 1);
  });
}

TEST_F(Pool, PreparesAStatementOnceAndGoesOnAfterOneThatFailed) {
  with_pool({1}, [](db::Pool& pool) -> net::Task<void> {
    static constexpr db::Statement kPrepared{"pool.prepared", "SELECT count(*) FROM pg_prepared_statements"};
    static constexpr db::Statement kWrong{"pool.wrong", "SELECT no_such_column FROM pool_test.mark"};
    EXPECT_TRUE(co_await run(pool, kPrepared));
    const auto before = (co_await run(pool, kPrepared))->at(0).integer(0, 0);
    for (int i = 0; i < 5; ++i) {
      const std::array<db::Query, 3> repeated{query(kOne), query(kDivide, i), query(kOne)};
      const auto ends = co_await pool.transact({}, repeated);
      EXPECT_EQ(ends.has_value(), i != 0);
      EXPECT_EQ((co_await run(pool, kWrong)).error().sqlstate, "42703");
    }
    EXPECT_EQ((co_await run(pool, kPrepared))->at(0).integer(0, 0), before + 2);
  });
}

TEST_F(Pool, LeavesNothingOfOneTenantToTheNext) {
  with_pool({1}, [](db::Pool& pool) -> net::Task<void> {
    const auto first = TenantId::fresh(), second = TenantId::fresh();
    static constexpr db::Statement kSet{
        "pool.set", "SELECT set_config('cordon.seal', 'left', false), set_config('search_path', 'pool_test', false)"};
    static constexpr db::Statement kHold{"pool.hold", "DECLARE held CURSOR WITH HOLD FOR SELECT 1"};
    static constexpr db::Statement kListen{"pool.listen", "LISTEN gossip"};
    static constexpr db::Statement kLock{"pool.lock", "SELECT pg_advisory_lock(42)"};
    static constexpr db::Statement kLeft{
        "pool.left",
        "SELECT coalesce(current_setting('cordon.seal', true), '') || current_setting('search_path'), "
        "(SELECT count(*) FROM pg_cursors WHERE is_holdable) + (SELECT count(*) FROM pg_listening_channels()) + "
        "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), pg_backend_pid()"};
    const std::array<db::Query, 4> leave{query(kSet), query(kHold), query(kListen), query(kLock)};
    EXPECT_TRUE(co_await pool.transact(first, leave));
    const auto own = co_await run(pool, kLeft, first);
    EXPECT_EQ(own->at(0).text(0, 0), "leftpool_test");
    EXPECT_EQ(own->at(0).integer(0, 1), 3);
    const auto next = co_await run(pool, kLeft, second);
    EXPECT_EQ(next->at(0).text(0, 0), "\"$user\", public");
    EXPECT_EQ(next->at(0).integer(0, 1), 0);
    EXPECT_EQ(next->at(0).integer(0, 2), own->at(0).integer(0, 2));  // on the same connection
  });
}

TEST_F(Pool, DropsAConnectionThatIsLeftInATransactionOrLostItsStatements) {
  with_pool({1}, [](db::Pool& pool) -> net::Task<void> {
    static constexpr db::Statement kBegin{"pool.begin", "BEGIN"}, kDeallocate{"pool.deallocate", "DEALLOCATE ALL"};
    const auto first = (co_await run(pool, kPid))->at(0).integer(0, 0);
    EXPECT_EQ((co_await run(pool, kPid))->at(0).integer(0, 0), first);
    co_await run(pool, kBegin);
    const auto second = (co_await run(pool, kPid))->at(0).integer(0, 0);
    EXPECT_NE(second, first);
    EXPECT_TRUE(co_await run(pool, kDeallocate));
    const auto gone = co_await run(pool, kPid);
    EXPECT_EQ(gone.error().sqlstate, "26000");
    EXPECT_EQ(gone.error().error.code, Code::unavailable);
    EXPECT_NE((co_await run(pool, kPid))->at(0).integer(0, 0), second);
  });
}

TEST_F(Pool, SaysUnavailableAtOnceWhereTooManyWaitAndAfterAWhileWhereTheyWaitTooLong) {
  with_pool({1, 1, std::chrono::milliseconds(100)}, [](db::Pool& pool) -> net::Task<void> {
    net::Signal ended;
    int left = 3;
    std::vector<Outcome> outcomes(3);
    auto start = [&](int which, double seconds) -> net::Task<void> {
      const std::array<db::Query, 1> queries{query(kSleep, std::to_string(seconds))};
      outcomes[which] = co_await pool.transact({}, queries);
      --left;
      ended.notify();
    };
    auto& reactor = net::Reactor::current();
    reactor.spawn(start(0, 1.0));  // has the connection
    reactor.spawn(start(1, 0));    // waits, in vain
    reactor.spawn(start(2, 0));    // finds the waiting room full
    EXPECT_EQ(left, 2);
    EXPECT_EQ(outcomes[2].error().error.code, Code::unavailable);
    while (left > 0) co_await ended.wait(std::chrono::seconds(5));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().error.code, Code::unavailable);
    EXPECT_TRUE(co_await run(pool, kOne));
  });
}

TEST_F(Pool, HandsAConnectionToWhoWaits) {
  with_pool({2}, [](db::Pool& pool) -> net::Task<void> {
    net::Signal ended;
    int left = 50, worked = 0;
    auto one = [&]() -> net::Task<void> {
      const auto outcome = co_await run(pool, kOne, TenantId::fresh());
      if (outcome) ++worked;
      --left;
      ended.notify();
    };
    for (int i = 0; i < 50; ++i) net::Reactor::current().spawn(one());
    while (left > 0) co_await ended.wait(std::chrono::seconds(5));
    EXPECT_EQ(worked, 50);
  });
}

/// Runs a statement for `tenant` as a read, counting where it ends.
net::Task<void> read(db::Pool& pool, TenantId tenant, db::Query asked, Outcome& outcome, int& ended) {
  const std::array<db::Query, 1> queries{std::move(asked)};
  outcome = co_await pool.transact(tenant, queries, db::Access::read);
  ++ended;
}

TEST_F(Pool, LetsReadsOfOneTenantShareAConnectionAndNobodyElse) {
  db::PoolOptions options{1};
  options.waiting = 0;
  options.depth = 3;
  with_pool(options, [](db::Pool& pool) -> net::Task<void> {
    const auto tenant = TenantId::fresh();
    std::array<Outcome, 6> outcomes;
    int ended = 0;
    // What a connection has not prepared yet is not shared, so each statement runs once first.
    for (const db::Query& once : {query(kSleep, "0"), query(kDivide, 1)})
      co_await read(pool, tenant, once, outcomes[0], ended);
    auto& reactor = net::Reactor::current();
    reactor.spawn(read(pool, tenant, query(kSleep, "0.2"), outcomes[0], ended));
    reactor.spawn(read(pool, TenantId::fresh(), query(kDivide, 1), outcomes[4], ended));
    reactor.spawn(read(pool, tenant, query(kDivide, 0), outcomes[1], ended));
    reactor.spawn(read(pool, tenant, query(kDivide, 1), outcomes[2], ended));
    reactor.spawn(read(pool, tenant, query(kDivide, 1), outcomes[3], ended));  // one too many
    outcomes[5] = co_await run(pool, kOne, tenant);                            // a change
    while (ended < 7) co_await net::sleep(std::chrono::milliseconds(5));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().sqlstate, "22012");
    EXPECT_TRUE(outcomes[2]) << "an error of one read reached the next";
    for (size_t i : {3, 4, 5}) EXPECT_EQ(outcomes[i].error().error.code, Code::unavailable) << i;
    EXPECT_TRUE(co_await run(pool, kOne, tenant));
  });
}

TEST_F(Pool, LetsNobodyOvertakeWhoWaits) {
  with_pool({1}, [](db::Pool& pool) -> net::Task<void> {
    bool stop = false;
    int running = 3, turns = 0;
    const auto again = [&]() -> net::Task<void> {
      while (!stop) {
        co_await run(pool, kOne);
        ++turns;
      }
      --running;
    };
    for (int i = 0; i < 3; ++i) net::Reactor::current().spawn(again());
    for (int i = 0; i < 50; ++i) {
      const int before = turns;
      EXPECT_TRUE(co_await run(pool, kOne));
      EXPECT_LE(turns - before, 4);
    }
    stop = true;
    while (running > 0) co_await net::sleep(std::chrono::milliseconds(5));
  });
}

TEST_F(Pool, BreaksATransactionThatTakesTooLong) {
  with_pool({1, 10, std::chrono::seconds(5), std::chrono::milliseconds(50)}, [](db::Pool& pool) -> net::Task<void> {
    bool over = false;
    auto watch = [&]() -> net::Task<void> {
      while (!over) {
        co_await net::sleep(std::chrono::milliseconds(20));
        pool.watch();
      }
    };
    net::Reactor::current().spawn(watch());
    const std::array<db::Query, 2> slow{query(kMark, "slow"), query(kSleep, "30")};
    const auto broken = co_await pool.transact({}, slow);
    EXPECT_EQ(broken.error().error.code, Code::unavailable);
    over = true;
    EXPECT_TRUE(co_await run(pool, kOne));
    co_await net::sleep(std::chrono::milliseconds(60));
    // PostgreSQL notices as well, and lets go of what the transaction had locked.
    EXPECT_EQ(World::shared().sql().run("SET lock_timeout = '20s'; LOCK TABLE pool_test.mark"), "00000");
  });
}

TEST_F(Pool, NoticesThatTheServerHungUpBeforeItSendsAnything) {
  with_pool({3}, [](db::Pool& pool) -> net::Task<void> {
    EXPECT_TRUE(co_await run(pool, kOne));
    World::shared().sql().value("SELECT pg_terminate_backend(" +
                                std::to_string((co_await run(pool, kPid))->at(0).integer(0, 0)) + ", 5000)");
    EXPECT_TRUE(co_await run(pool, kOne));
  });
}

TEST_F(Pool, SaysUnavailableWhileThereIsNoDatabaseAndGoesOnOnceThereIs) {
  World::shared().run([](identity::Backend&) -> net::Task<void> {
    db::Pool nowhere("host=/nonexistent port=1 user=nobody", {1});
    EXPECT_EQ((co_await run(nowhere, kOne)).error().error.code, Code::unavailable);
    // Sessions killed in the middle of a statement, as a restart kills them.
    db::Pool pool(World::shared().database().conninfo("cordon_admin"), {2});
    std::optional<Outcome> cut;
    net::Signal ended;
    auto sleeper = [&]() -> net::Task<void> {
      const std::array<db::Query, 1> queries{query(kSleep, "30")};
      cut = co_await pool.transact({}, queries);
      ended.notify();
    };
    net::Reactor::current().spawn(sleeper());
    auto admin = World::shared().sql();
    while (!cut) {
      admin.value(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND state = 'active' "
          "AND pid <> pg_backend_pid()");
      co_await ended.wait(std::chrono::milliseconds(50));
    }
    EXPECT_EQ(cut->error().error.code, Code::unavailable);
    EXPECT_TRUE(co_await run(pool, kOne));
  });
}

}  // namespace
}  // namespace cordon
