// Migrations against a real PostgreSQL, each test in a database of its own.
#include "db/migrator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/world.h"

namespace cordon {
namespace {

using ::testing::HasSubstr;
using testing::must;
using testing::SqlSession;
using testing::World;

/// Files as they are embedded: their text has to outlive them.
std::vector<embedded::File> files(const std::vector<std::pair<const char*, const char*>>& texts) {
  std::vector<embedded::File> out;
  for (const auto& [name, text] : texts) out.push_back(embedded::File{name, text, text + std::strlen(text)});
  return out;
}

const std::pair<const char*, const char*> kFirst{"0001_first.sql",
                                                 "CREATE TABLE seen (what text); INSERT INTO seen VALUES ('first');"};
const std::pair<const char*, const char*> kSecond{"0002_second.sql", "INSERT INTO seen VALUES ('second');"};
const std::pair<const char*, const char*> kThird{"0003_third.sql", "INSERT INTO seen VALUES ('third');"};

class Migrator : public ::testing::Test {
 protected:
  Migrator() : name_("migrator_" + to_string(new_uuid()).substr(24)) {
    World::shared().sql().value("CREATE DATABASE " + name_);
    admin = World::shared().database().admin_conninfo() + " dbname=" + name_;
  }
  ~Migrator() override { World::shared().sql().value("DROP DATABASE " + name_ + " WITH (FORCE)"); }

  Result<db::Plan> migrate(const std::vector<std::pair<const char*, const char*>>& texts) {
    return db::migrate(admin, files(texts), {});
  }
  std::string seen() { return SqlSession(admin).value("SELECT string_agg(what, ',' ORDER BY what) FROM seen"); }

  std::string admin;

 private:
  std::string name_;
};

TEST_F(Migrator, AppliesWhatIsPendingInOrderAndOnce) {
  EXPECT_EQ(must(migrate({kFirst, kSecond})).pending.size(), 2u);
  EXPECT_EQ(must(migrate({kFirst, kSecond})).pending.size(), 0u);
  const auto plan = must(migrate({kFirst, kSecond, kThird}));
  ASSERT_EQ(plan.pending.size(), 1u);
  EXPECT_EQ(plan.pending[0].name, "0003_third.sql");
  EXPECT_EQ(seen(), "first,second,third");
  EXPECT_EQ(SqlSession(admin).value(
                "SELECT string_agg(number::text, ',' ORDER BY applied_at, number) FROM cordon_meta.migration"),
            "1,2,3");
}

TEST_F(Migrator, PlansWithoutChangingAnything) {
  const auto before = must(db::plan(admin, files({kFirst, kSecond})));
  EXPECT_EQ(before.pending.size(), 2u);
  EXPECT_EQ(SqlSession(admin).value("SELECT count(*) FROM pg_namespace WHERE nspname = 'cordon_meta'"), "0");
  must(migrate({kFirst}));
  const auto after = must(db::plan(admin, files({kFirst, kSecond})));
  EXPECT_EQ(after.applied.size(), 1u);
  EXPECT_EQ(after.pending.size(), 1u);
}

TEST_F(Migrator, RefusesAnAppliedFileThatHasChanged) {
  must(migrate({kFirst}));
  const std::pair<const char*, const char*> changed{"0001_first.sql", "CREATE TABLE seen (what varchar);"};
  auto refused = migrate({changed, kSecond});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("0001_first.sql has changed since it was applied"));
  EXPECT_EQ(seen(), "first");
}

TEST_F(Migrator, RefusesADatabaseThatIsNewerThanItself) {
  must(migrate({kFirst, kSecond}));
  auto refused = migrate({kFirst});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("the database is at migration 2"));
}

TEST_F(Migrator, RefusesGapsInFilesAndInWhatWasApplied) {
  EXPECT_THAT(migrate({kFirst, kThird}).error().detail, HasSubstr("number 2 was expected"));
  EXPECT_EQ(migrate({{"first.sql", "SELECT 1"}}).error().code, Code::invalid);
  EXPECT_EQ(migrate({{"0001_first.txt", "SELECT 1"}}).error().code, Code::invalid);
  must(migrate({kFirst, kSecond, kThird}));
  SqlSession(admin).value("DELETE FROM cordon_meta.migration WHERE number = 2");
  EXPECT_THAT(migrate({kFirst, kSecond, kThird}).error().detail, HasSubstr("0002_second.sql was never applied"));
}

TEST_F(Migrator, RollsAFailingFileBackEntirelyAndKeepsTheOnesBefore) {
  const std::pair<const char*, const char*> broken{"0002_broken.sql",
                                                   "INSERT INTO seen VALUES ('half'); SELECT no_such_function();"};
  auto failed = migrate({kFirst, broken, kThird});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().detail, HasSubstr("0002_broken.sql"));
  EXPECT_THAT(failed.error().detail, HasSubstr("no_such_function"));
  EXPECT_EQ(seen(), "first");
  must(migrate({kFirst, kSecond, kThird}));
  EXPECT_EQ(seen(), "first,second,third");
}

TEST_F(Migrator, LetsASecondMigratorWaitAndFindNothingToDo) {
  const std::pair<const char*, const char*> slow{"0002_slow.sql",
                                                 "INSERT INTO seen VALUES ('second'); SELECT pg_sleep(0.5);"};
  std::array<size_t, 2> pending{};
  {
    std::vector<std::jthread> both;
    for (size_t i = 0; i < 2; ++i)
      both.emplace_back([&, i] {
        auto plan = migrate({kFirst, slow});
        pending[i] = plan ? plan->pending.size() : 99;
      });
  }
  EXPECT_EQ(pending[0] + pending[1], 2u);
  EXPECT_EQ(seen(), "first,second");
}

}  // namespace
}  // namespace cordon
