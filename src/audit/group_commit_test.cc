// Group commit: reactors share commits, each goes on on its own thread, and nobody waits without end.
#include "audit/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "support/served.h"
#include "support/world.h"

namespace cordon::audit {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::SqlSession;
using testing::World;

/// A reactor on a thread of its own that puts events on record, and ends when all of its own are.
class CommittingReactor {
 public:
  explicit CommittingReactor(GroupCommit& commits, db::PoolOptions options = {1})
      : pool_(World::shared().database().conninfo("cordon_audit"), options), commits_(commits) {
    thread_ = std::thread([this] { reactor_.run(); });
    reactor_.post([this] { reactor_.spawn(watch()); });
  }
  ~CommittingReactor() {
    over_ = true;
    eventually([this] { return running() == 0; });
    reactor_.stop();
    thread_.join();
  }

  /// Returns once as many events wait for a commit, or have had one.
  void add(SessionId session, int count, const std::string& method = "GET") {
    std::promise<void> added;
    reactor_.post([&] {
      for (int i = 0; i < count; ++i) reactor_.spawn(record(session, method));
      added.set_value();
    });
    added.get_future().wait();
  }

  std::atomic<int> recorded{0}, refused{0};
  std::atomic<int> elsewhere{0};  ///< how many went on on another reactor

 private:
  net::Task<void> record(SessionId session, std::string method) {
    Event event = event_of("health.read", method);
    event.session = session;
    auto closed = ClosedEvent::of(std::move(event));
    const Result<Done> done = co_await commits_.commit(pool_, std::move(closed));
    if (&net::Reactor::current() != &reactor_) ++elsewhere;
    ++(done ? recorded : refused);
  }
  net::Task<void> watch() {
    while (!over_) {
      co_await net::sleep(10ms);
      pool_.watch();
    }
  }
  int running() {
    std::promise<int> asked;
    reactor_.post([&] { asked.set_value(reactor_.running()); });
    return asked.get_future().get();
  }

  net::Reactor reactor_;
  db::Pool pool_;
  GroupCommit& commits_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// No event is committed while it lives.
class NothingIsWritten {
 public:
  NothingIsWritten() { sql_.value("BEGIN; LOCK TABLE audit.event IN SHARE MODE"); }
  ~NothingIsWritten() { sql_.value("COMMIT"); }

 private:
  SqlSession sql_ = World::shared().sql();
};

/// How many events of a session each transaction has, the fewest first: "1 10".
std::string transactions(SessionId session) {
  return World::shared().sql().value(
      "SELECT string_agg(n::text, ' ' ORDER BY n) FROM (SELECT count(*) AS n FROM audit.event WHERE session_id = '" +
      to_string(session) + "' GROUP BY xid) AS each");
}

TEST(GroupCommits, OneTakesTheEventsOfAllReactorsAndEachGoesOnOnItsOwn) {
  GroupCommit commits;
  CommittingReactor first(commits), second(commits);
  const auto session = SessionId::fresh();
  {
    const NothingIsWritten meanwhile;
    first.add(session, 1);  // goes alone, for nobody else is there
    first.add(session, 5);
    second.add(session, 5);
    EXPECT_EQ(first.recorded + second.recorded, 0);
  }
  EXPECT_TRUE(eventually([&] { return first.recorded == 6 && second.recorded == 5; }));
  EXPECT_EQ(transactions(session), "1 10");
  EXPECT_EQ(first.elsewhere + second.elsewhere, 0);
}

TEST(GroupCommits, WhatCannotBeWrittenIsRefusedOnEveryReactorAndTheNextOneGoes) {
  GroupCommit commits;
  CommittingReactor first(commits), second(commits);
  const auto session = SessionId::fresh();
  {
    const NothingIsWritten meanwhile;
    first.add(session, 1);
    first.add(session, 1, "\xff");
    second.add(session, 3);
  }
  EXPECT_TRUE(eventually([&] { return first.refused == 1 && second.refused == 3; }));
  second.add(session, 2);
  EXPECT_TRUE(eventually([&] { return second.recorded == 2; }));
  EXPECT_EQ(first.recorded, 1);
  EXPECT_EQ(first.elsewhere + second.elsewhere, 0);
}

TEST(GroupCommits, NobodyWaitsWithoutEndForADatabaseThatHangs) {
  db::PoolOptions impatient{1};
  impatient.transaction = 500ms;
  GroupCommit commits;
  CommittingReactor first(commits, impatient), second(commits, impatient);
  const auto session = SessionId::fresh();
  {
    const NothingIsWritten meanwhile;
    first.add(session, 1);
    second.add(session, 2);
    EXPECT_TRUE(eventually([&] { return first.refused == 1 && second.refused == 2; }));
  }
  EXPECT_TRUE(eventually([&] {
    second.add(session, 1);
    return second.recorded > 0;
  }));
}

TEST(GroupCommits, AReactorThatHasEndedIsMissedByNobody) {
  GroupCommit commits;
  CommittingReactor last(commits);
  const auto session = SessionId::fresh();
  {
    CommittingReactor first(commits);
    first.add(session, 3);
    last.add(session, 3);
  }
  last.add(session, 1);
  EXPECT_TRUE(eventually([&] { return last.recorded == 4; }));
  EXPECT_EQ(
      World::shared().sql().value("SELECT count(*) FROM audit.event WHERE session_id = '" + to_string(session) + "'"),
      "7");
}

TEST(GroupCommits, WhoIsComingIsWaitedForAMomentOnly) {
  GroupCommit commits;
  CommittingReactor only(commits);
  commits.come();
  commits.come();
  only.add(SessionId::fresh(), 1);
  EXPECT_TRUE(eventually([&] { return only.recorded == 1; }));
  commits.leave();
  commits.leave();
}

}  // namespace
}  // namespace cordon::audit
