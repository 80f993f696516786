// Throttling and oracles: who waits, for how long, and what neither answers nor times tell.
#include "base/random.h"
#include "support/cpu_time.h"
#include "support/staff.h"

namespace cordon {
namespace {

using testing::StaffTest;

class StaffThrottle : public StaffTest {
 protected:
  staff::Caller from(const std::string& address, const std::string& device = {}) {
    staff::Caller caller;
    caller.from = {"", "test", address};
    caller.request = RequestId::fresh();
    caller.device = device;
    return caller;
  }
  /// How many tries in vain go through before one has to wait.
  net::Task<int> tries(staff::Staff& staff, std::string email, std::string address, int at_most) {
    for (int i = 0; i < at_most; ++i) {
      auto refused = co_await staff.sign_in(email, "wrong horse battery", from(address));
      if (refused.error().code == Code::rate_limited) co_return i;
    }
    co_return at_most;
  }
};

TEST_F(StaffThrottle, DelaysGrowForAPairAndSayHowLong) {
  const Ann ann = enrolled();
  with([&](staff::Staff& staff) -> net::Task<void> {
    EXPECT_EQ(co_await tries(staff, ann.email, "192.0.2.1", 9), 4);
    auto refused = co_await staff.sign_in(ann.email, kPassword, from("192.0.2.1"));
    EXPECT_EQ(refused.error().code, Code::rate_limited) << "the right password waits too";
    EXPECT_GE(refused.error().retry_after, 1);
    admin.value("UPDATE identity.staff_throttle SET not_before = now()");
    EXPECT_EQ(co_await tries(staff, ann.email, "192.0.2.1", 9), 1);
    refused = co_await staff.sign_in(ann.email, kPassword, from("192.0.2.1"));
    EXPECT_GE(refused.error().retry_after, 3) << "doubled";
    // From elsewhere the account still opens: nobody is shut out by a stranger.
    EXPECT_TRUE((co_await staff.sign_in(ann.email, kPassword, from("192.0.2.2"))).has_value());
  });
}

TEST_F(StaffThrottle, ThePresentPasswordIsGuessedNoFasterThanAtASignIn) {
  const Ann ann = enrolled();
  const auto change = [&](const std::string& present) {
    const std::string body = R"({"present":")" + present + R"(","password":"seven marmalades at noon"})";
    return post("password", body, {{"Authorization", "Bearer " + ann.token}}).status;
  };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(change("wrong"), 422);
  EXPECT_EQ(change("wrong"), 429);
  admin.value("UPDATE identity.staff_throttle SET not_before = now() + interval '1 hour'");
  EXPECT_EQ(change(kPassword), 429) << "the right one waits too";
}

TEST_F(StaffThrottle, OneAddressCannotTryManyAccounts) {
  with([&](staff::Staff& staff) -> net::Task<void> {
    int went = 0;
    for (int i = 0; i < 40; ++i) {
      auto refused = co_await staff.sign_in("nobody-" + std::to_string(i) + "@x.example", "wrong", from("192.0.2.7"));
      if (refused.error().code == Code::unauthenticated) ++went;
    }
    EXPECT_EQ(went, 21);
    // Two addresses of one IPv6 network are one.
    calm();
    (void)co_await tries(staff, "nobody@x.example", "2001:db8::1", 9);
    EXPECT_EQ(co_await tries(staff, "nobody@x.example", "2001:db8::2", 1), 0);
  });
}

TEST_F(StaffThrottle, ManyAddressesHoldUpThemselvesAndNobodysFirstTryOrKnownBrowser) {
  const Ann ann = enrolled();
  const std::string device = ann.device_cookie.substr(ann.device_cookie.find('=') + 1);
  // Nobody's account is held up like somebody's, so that neither shows.
  const std::vector<std::string> emails{ann.email, "nobody@x.example"};
  with([&](staff::Staff& staff) -> net::Task<void> {
    for (const std::string& email : emails) {
      const auto wrong = [&](std::string address) -> net::Task<Code> {
        auto refused = co_await staff.sign_in(email, "wrong horse battery", from(address));
        co_return refused.error().code;
      };
      for (int i = 0; i < 12; ++i)
        EXPECT_EQ(co_await wrong("198.51.100." + std::to_string(i)), Code::unauthenticated) << i;
      EXPECT_EQ(co_await wrong("198.51.100.1"), Code::unauthenticated) << "by now the account's delay grows";
      EXPECT_EQ(co_await wrong("198.51.100.2"), Code::rate_limited) << "for who has failed";
      EXPECT_EQ(co_await wrong("203.0.113.1"), Code::unauthenticated) << "and for nobody else";
      EXPECT_EQ(co_await wrong("203.0.113.1"), Code::rate_limited);
      // A hundred such tries an hour.
      const std::string firsts = " WHERE key = sha256('first tries of " + email + "')";
      EXPECT_EQ(admin.value("SELECT tries FROM identity.staff_throttle" + firsts), "13");
      admin.value("UPDATE identity.staff_throttle SET tries = 100" + firsts);
      EXPECT_EQ(co_await wrong("203.0.113.2"), Code::rate_limited);
      admin.value("UPDATE identity.staff_throttle SET not_before = now() - interval '61 minutes'" + firsts);
      EXPECT_EQ(co_await wrong("203.0.113.2"), Code::unauthenticated);
      admin.value("UPDATE identity.staff_throttle SET tries = 100" + firsts);
    }
    const auto stranger = co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3"));
    EXPECT_EQ(stranger.error().code, Code::rate_limited);
    EXPECT_LE(stranger.error().retry_after, 60);
    const auto forged = co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3", random_secret()));
    EXPECT_EQ(forged.error().code, Code::rate_limited);
    EXPECT_EQ((co_await staff.sign_in("else@x.example", "wrong", from("203.0.113.3", device))).error().code,
              Code::unauthenticated);
    EXPECT_TRUE((co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3", device))).has_value());
    admin.value("UPDATE identity.staff_throttle SET tries = 99 WHERE key = sha256('first tries of " + ann.email + "')");
    EXPECT_TRUE((co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3"))).has_value()) << "a first try again";
  });
}

TEST_F(StaffThrottle, OfManyTriesAtOnceNoMoreGoThroughThanOneByOne) {
  with([&](staff::Staff& staff) -> net::Task<void> {
    int left = 24, went = 0;
    net::Signal ended;
    auto attempt = [&]() -> net::Task<void> {
      auto refused = co_await staff.sign_in("nobody@x.example", "wrong", from("192.0.2.9"));
      if (refused.error().code == Code::unauthenticated) ++went;
      --left;
      ended.notify();
    };
    for (int i = left; i > 0; --i) net::Reactor::current().spawn(attempt());
    while (left > 0) co_await ended.wait(std::chrono::seconds(20));
    EXPECT_EQ(went, 4);
  });
}

TEST_F(StaffThrottle, NeitherAnswerNorTimeTellsWhetherThereIsAnAccount) {
  const Ann ann = enrolled();
  const std::string invited = fresh_address();
  invite("support", invited);
  // What it cost this program, whose hashing threads are, and not how long it took: of fifteen the least. Without the
  // hash, nobody's costs a tenth.
  std::map<std::string, std::chrono::nanoseconds> least;
  std::map<std::string, std::string> said;
  with([&](staff::Staff& staff) -> net::Task<void> {
    for (int i = 0; i < 15; ++i)
      for (const std::string& email : {ann.email, std::string("nobody@x.example"), invited}) {
        calm();
        const auto start = testing::cpu_of_program();
        const auto refused = co_await staff.sign_in(email, "wrong horse battery", from("192.0.2.3"));
        const auto cost = testing::cpu_of_program() - start;
        least[email] = i == 0 ? cost : std::min(least[email], cost);
        said[email] = refused.error().detail;
      }
  });
  EXPECT_EQ(said[ann.email], said["nobody@x.example"]);
  EXPECT_EQ(said[ann.email], said[invited]);
  const auto beside = [&](const std::string& email) {
    return static_cast<double>(least[email].count()) / static_cast<double>(least[ann.email].count());
  };
  EXPECT_NEAR(beside("nobody@x.example"), 1, 0.5);
  EXPECT_NEAR(beside(invited), 1, 0.5);
}

}  // namespace
}  // namespace cordon
