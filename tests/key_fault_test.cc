// Keys that change while whoever changes them is killed: nothing is lost, and nobody fails to read meanwhile.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <set>
#include <thread>

#include "commerce/customer_store.h"
#include "db/process.h"
#include "support/served.h"
#include "support/server.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::eventually;
using testing::must;
using testing::SqlSession;
using testing::World;

constexpr size_t kStep = 500, kPeople = 5 * kStep;

std::string name_of_person(size_t number) { return "Person " + std::to_string(number); }

/// Somebody who reads one customer's profile after the other over HTTP, until this goes. One that is not as it should
/// be is a failure of the test, and the last.
class ReadsPeople {
 public:
  ReadsPeople(uint16_t port, std::string token, const std::vector<CustomerId>& people)
      : port_(port), token_(std::move(token)), people_(people), thread_([this](std::stop_token over) { read(over); }) {}
  /// Waits until it has read some more.
  bool goes_on() const {
    return eventually([this, wanted = count_ + 20] { return count_ >= wanted; });
  }

 private:
  void read(std::stop_token over) try {
    while (!over.stop_requested()) {
      const size_t number = static_cast<size_t>(count_) * 997 % people_.size();  // here and there
      const auto reply = testing::ask(port_, "GET", "/v1/customers/" + to_string(people_[number]),
                                      {{"Authorization", "Bearer " + token_}});
      if (reply.status != 200 || !reply.body.contains("\"" + name_of_person(number) + "\"")) {
        ADD_FAILURE() << reply.status << " " << reply.body;
        return;
      }
      ++count_;
    }
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }

  const uint16_t port_;
  const std::string token_;
  const std::vector<CustomerId>& people_;
  std::atomic<int> count_{0};
  std::jthread thread_;  ///< ends first
};

class KeyFaults : public ::testing::Test {
 protected:
  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  SqlSession admin = world.sql();
  testing::TemporaryFolder place;
  std::string token = world.token(*world.sign_in(shop, "owner"));
  std::vector<CustomerId> people;  ///< in the order of their ids

  /// No server has read a key of theirs afterwards.
  void SetUp() override {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(shop.tenant, "importer")), backend.worker);
      while (people.size() < kPeople) {
        std::vector<commerce::NewCustomer> some(kStep);
        for (size_t i = 0; i < kStep; ++i) {
          some[i].external_id = std::to_string(people.size() + i);
          some[i].name = name_of_person(people.size() + i);
        }
        const auto added = must(co_await commerce::put_customers(scope, std::move(some)));
        people.insert(people.end(), added.begin(), added.end());
      }
    });
  }

  std::vector<std::string> command(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--data", world.config().data.string(), "--log-level", "off", "keys"});
    return words;
  }
  /// Begins a command, and kills it as soon as `now` holds; false if it had ended by then.
  bool kill_when(const std::function<bool()>& now, std::vector<std::string> words) {
    words = command(std::move(words));
    words.insert(words.begin(), CORDON_BINARY);
    const pid_t pid = must(db::spawn(words, {0, 0, place.path() / "output"}, true));
    EXPECT_TRUE(eventually(now));
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status);
  }
  void expect_to_end_well(std::vector<std::string> words) {
    const auto done = testing::run_cordon(command(std::move(words)), place.path() / "last");
    EXPECT_EQ(done.status, 0) << done.output;
  }

  int64_t count(const std::string& table, const std::string& condition) {
    return std::stoll(admin.value("SELECT count(*) FROM " + table + " WHERE tenant_id = '" + to_string(shop.tenant) +
                                  "' AND " + condition));
  }
  int64_t wrapped_by(const std::string& versions) {
    return count("keys.data_key", "wrapped IS NOT NULL AND tenant_version " + versions);
  }
  int64_t closed_anew() { return count("commerce.customer", "substr(name, 1, 5) = '\\x0100000002'"); }

  /// Begins to give the shop a new key, kills that with some of its data keys wrapped anew, and says whether some were
  /// left.
  bool rotation_is_killed(int64_t newest) {
    const std::string version = std::to_string(newest);
    kill_when([&] { return wrapped_by("= " + version) > 0; }, {"rotate", "--shop", shop.name});
    return wrapped_by("< " + version) > 0;
  }
  /// Somebody who has a customer's row locked, as long as this lives: who wants to write it waits.
  SqlSession holder_of(CustomerId customer) {
    SqlSession holder = world.sql();
    holder.value("BEGIN; SELECT FROM commerce.customer WHERE customer_id = '" + to_string(customer) + "' FOR UPDATE");
    return holder;
  }
  /// Begins to close the shop's rows anew, or goes on with it, and kills that where it waits for `holder`.
  bool renewal_is_killed(SqlSession& holder) {
    const std::string waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE " +
                                holder.value("SELECT pg_backend_pid()") + " = ANY (pg_blocking_pids(pid))";
    return kill_when([&] { return admin.value(waiting) == "t"; }, {"renew", shop.name});
  }

  /// How many of the people are read by their names, with keys as they are now.
  size_t readable() {
    std::set<std::string> names;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      door::Scope scope(must(co_await backend.identity.service(shop.tenant, "importer")), backend.worker);
      commerce::ListCustomers in;
      in.limit.value = 100;
      do {
        const auto page = must(co_await commerce::list_customers(scope, in));
        for (const auto& customer : page.items) names.insert(customer.name);
        in.cursor.reset();
        if (page.next_cursor) in.cursor.emplace().value = *page.next_cursor;
      } while (in.cursor);
    });
    size_t found = 0;
    for (size_t i = 0; i < kPeople; ++i) found += names.count(name_of_person(i));
    return found;
  }
};

TEST_F(KeyFaults, ARotationThatIsKilledIsGoneOnWithAndEverybodyReadsMeanwhile) {
  const ReadsPeople reader(world.port(), token, people);
  EXPECT_TRUE(reader.goes_on());
  int cut_off = 0;
  for (const int64_t newest : {2, 3}) cut_off += rotation_is_killed(newest);
  EXPECT_GT(cut_off, 0) << "each was done before it could be killed";
  expect_to_end_well({"rewrap"});
  EXPECT_EQ(wrapped_by("< 3"), 0);
  EXPECT_GE(wrapped_by("= 3"), kPeople);
  EXPECT_EQ(admin.value("SELECT string_agg(state, ' ' ORDER BY version) FROM keys.tenant_key WHERE tenant_id = '" +
                        to_string(shop.tenant) + "'"),
            "destroyed destroyed active");
  EXPECT_TRUE(reader.goes_on());
}

TEST_F(KeyFaults, ClosingAnewThatIsKilledIsGoneOnWithAndEverybodyReadsMeanwhile) {
  // Rows of the third step, and of the last.
  std::optional<SqlSession> first = holder_of(people[2 * kStep + 200]), second = holder_of(people[4 * kStep + 200]);
  // New keys, and the hour after which they close is over: every server has read them when it reads any.
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    must(co_await keeper.renew(shop.tenant, 0));
  });
  const ReadsPeople reader(world.port(), token, people);
  EXPECT_TRUE(reader.goes_on());
  EXPECT_TRUE(renewal_is_killed(*first));
  EXPECT_EQ(closed_anew(), 2 * kStep);
  EXPECT_TRUE(reader.goes_on());
  first.reset();
  EXPECT_TRUE(renewal_is_killed(*second));
  EXPECT_EQ(closed_anew(), 4 * kStep);
  EXPECT_TRUE(reader.goes_on());
  second.reset();
  expect_to_end_well({"renew", shop.name});
  EXPECT_EQ(closed_anew(), kPeople);
  EXPECT_EQ(count("keys.data_key", "version = 1 AND wrapped IS NOT NULL"), 2) << "its indices', its audit events'";
  EXPECT_EQ(count("keys.data_key", "version = 2 AND wrapped IS NOT NULL"), kPeople + 1) << "and its own";
  EXPECT_EQ(count("keys.reclosing", "true"), 0);
  EXPECT_EQ(readable(), kPeople);
  EXPECT_TRUE(reader.goes_on());
}

}  // namespace
}  // namespace cordon
