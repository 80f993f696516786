#include "keys/gcp_kms.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>

#include "support/fake_gcp_kms.h"

namespace cordon::keys {
namespace {

namespace bj = boost::json;
using testing::FakeGcpKms;
using testing::must;
using testing::PlainHttp;
using testing::run;
using testing::TemporaryFolder;
using Trouble = FakeGcpKms::Trouble;
using Faults = std::vector<std::string>;

TEST(GcpKms, KeepsAnOldVersionUntilItIsDestroyed) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    const Wrapped old = must(co_await kms->wrap("a tenant's key", "tenant 1"));
    EXPECT_EQ(old.version, "1");
    EXPECT_EQ(must(co_await kms->rotate()), "2");
    const Wrapped fresh = must(co_await kms->wrap("a tenant's key", "tenant 1"));
    EXPECT_EQ(fresh.version, "2");
    EXPECT_EQ(must(co_await kms->unwrap(old, "tenant 1")).view(), "a tenant's key");
    EXPECT_EQ((co_await kms->unwrap(old, "tenant 2")).error().code, Code::internal);
    EXPECT_EQ((co_await kms->destroy("2")).error().code, Code::conflict);
    EXPECT_EQ((co_await kms->destroy("7")).error().code, Code::not_found);
    EXPECT_EQ((co_await kms->destroy("1:destroy?")).error().code, Code::not_found);
    must(co_await kms->destroy("1"));
    must(co_await kms->destroy("1"));
    EXPECT_EQ(google.state(1), "DESTROY_SCHEDULED");
    EXPECT_EQ((co_await kms->unwrap(old, "tenant 1")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await kms->unwrap(fresh, "tenant 1")).view(), "a tenant's key");
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, OpensOnlyWhatGoogleWrapped) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    const std::string longest(1024, 'k'), longer(1025, 'k');
    const Wrapped wrapped = must(co_await kms->wrap(longest, {}));
    EXPECT_EQ(must(co_await kms->unwrap(wrapped, {})).view(), longest);
    EXPECT_FALSE(co_await kms->wrap(longer, {}));
    Wrapped changed = wrapped, nothing = wrapped;
    changed.bytes.back() = static_cast<char>(changed.bytes.back() ^ 1);
    nothing.bytes.clear();
    EXPECT_EQ((co_await kms->unwrap(changed, {})).error().code, Code::internal);
    EXPECT_EQ((co_await kms->unwrap(nothing, {})).error().code, Code::internal);
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, ListsAllPagesOldestFirst) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    for (int i = 2; i <= 5; ++i) must(co_await kms->rotate());
    google.set_state(1, "DESTROYED");
    google.set_state(2, "DESTROY_SCHEDULED");
    google.set_state(3, "DISABLED");
    const int before = google.asked("list");
    const auto versions = must(co_await kms->versions());
    std::string seen;
    for (const KmsVersion& version : versions) seen += version.name + std::to_string(static_cast<int>(version.state));
    EXPECT_EQ(seen, "1323324150");  // name and state of each
    EXPECT_EQ(versions.front().made_at, parse_time("2026-03-01T10:20:30.123456Z"));
    EXPECT_EQ(google.asked("list") - before, 3);
    google.set_state(5, "DISABLED");
    EXPECT_EQ(must(co_await kms->versions()).back().state, VersionState::disabled);
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, KnowsADisabledVersionAndAMissingKey) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    const Wrapped wrapped = must(co_await kms->wrap("key", "aad"));
    google.set_state(1, "DISABLED");
    EXPECT_EQ((co_await kms->unwrap(wrapped, "aad")).error().code, Code::not_found);
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::internal);
    google.set_state(1, "ENABLED");
    EXPECT_EQ(must(co_await kms->unwrap(wrapped, "aad")).view(), "key");
    auto elsewhere = google.options();
    elsewhere.key = "projects/other/locations/global/keyRings/r/cryptoKeys/k";
    auto other = must(GcpKms::open(elsewhere));
    EXPECT_EQ((co_await other->unwrap(wrapped, "aad")).error().code, Code::not_found);
    EXPECT_EQ((co_await other->wrap("key", "aad")).error().code, Code::internal);
    EXPECT_EQ((co_await other->versions()).error().code, Code::internal);
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, WaitsUntilANewVersionIsThere) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    google.set_pending(3);
    EXPECT_EQ(must(co_await kms->rotate()), "2");
    EXPECT_EQ(google.primary(), 2);
    google.set_pending(1'000'000);
    auto hasty = google.options();
    hasty.limit = std::chrono::milliseconds(200);
    auto other = must(GcpKms::open(hasty));
    EXPECT_EQ((co_await other->rotate()).error().code, Code::unavailable);
    EXPECT_EQ((co_await other->rotate()).error().code, Code::unavailable);
    EXPECT_LE(google.asked("create"), 2) << "the same one is waited for";
    EXPECT_EQ(google.primary(), 2);
    EXPECT_EQ(must(co_await kms->wrap("key", "aad")).version, "2");
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, AsksOnceMoreForBytesThatArriveDamaged) {
  for (const Trouble trouble : {Trouble::wrong_checksum, Trouble::plain_unverified, Trouble::aad_unverified}) {
    FakeGcpKms google;
    run([&]() -> net::Task<void> {
      auto kms = must(GcpKms::open(google.options()));
      google.make(trouble);
      const auto wrapped = co_await kms->wrap("key", "aad");
      EXPECT_TRUE(wrapped && wrapped->version == "1");
      google.make(trouble, 2);
      EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::unavailable);
      if (trouble != Trouble::wrong_checksum || !wrapped) co_return;
      google.make(trouble);
      EXPECT_EQ(must(co_await kms->unwrap(*wrapped, "aad")).view(), "key");
      google.make(trouble, 2);
      EXPECT_EQ((co_await kms->unwrap(*wrapped, "aad")).error().code, Code::unavailable);
    });
    EXPECT_EQ(google.faults(), Faults()) << static_cast<int>(trouble);
  }
}

/// A kind of request to Google, as the fake names it, and work that makes one of it.
struct GcpRequest {
  const char* kind;
  std::function<net::Task<Result<Done>>(GcpKms&)> work;
};

template <class T>
Result<Done> without_value(Result<T> result) {
  if (!result) return std::unexpected(result.error());
  return Done{};
}

net::Task<Result<Done>> wrap_and_unwrap(GcpKms& kms) {
  const auto wrapped = co_await kms.wrap("key", "aad");
  if (!wrapped) co_return std::unexpected(wrapped.error());
  const auto key = co_await kms.unwrap(*wrapped, "aad");
  EXPECT_TRUE(!key || key->view() == "key");
  if (!key) co_return std::unexpected(key.error());
  co_return Done{};
}

net::Task<Result<Done>> list_versions(GcpKms& kms) { co_return without_value(co_await kms.versions()); }

net::Task<Result<Done>> make_a_version(GcpKms& kms) { co_return without_value(co_await kms.rotate()); }

/// Makes the next version, and destroys the one before.
net::Task<Result<Done>> leave_the_version(GcpKms& kms) {
  const auto wrapped = co_await kms.wrap("key", "aad");
  if (!wrapped) co_return std::unexpected(wrapped.error());
  const auto next = co_await kms.rotate();
  if (!next) co_return std::unexpected(next.error());
  auto destroyed = co_await kms.destroy(wrapped->version);
  if (!destroyed) co_return destroyed;
  EXPECT_EQ((co_await kms.unwrap(*wrapped, "aad")).error().code, Code::not_found);
  co_return Done{};
}

/// Every one that is made.
const std::vector<GcpRequest> kGcpRequests{{"encrypt", wrap_and_unwrap},
                                           {"decrypt", wrap_and_unwrap},
                                           {"key", list_versions},
                                           {"list", list_versions},
                                           {"create", make_a_version},
                                           {"version", make_a_version},
                                           {"updatePrimaryVersion", make_a_version},
                                           {"destroy", leave_the_version}};

/// That whatever was made was put to use.
void expect_no_version_left_over(FakeGcpKms& google) { EXPECT_EQ(google.primary(), 1 + google.asked("create")); }

TEST(GcpKms, AsksOnceMoreForWhateverIsOverAQuota) {
  for (const auto& [kind, work] : kGcpRequests) {
    SCOPED_TRACE(kind);
    FakeGcpKms google;
    run([&]() -> net::Task<void> {
      auto kms = must(GcpKms::open(google.options()));
      google.make(Trouble::quota, 1, kind);
      must(co_await work(*kms));
      google.make(Trouble::quota, 2, kind);
      EXPECT_EQ((co_await work(*kms)).error().code, Code::unavailable);
      must(co_await work(*kms));
    });
    expect_no_version_left_over(google);
    EXPECT_EQ(google.faults(), Faults());
  }
}

TEST(GcpKms, WhatIsDoneThoughTheAnswerIsTooLateIsNotDoneTwice) {
  for (const auto& [kind, work] : kGcpRequests) {
    SCOPED_TRACE(kind);
    FakeGcpKms google;
    run([&]() -> net::Task<void> {
      auto kms = must(GcpKms::open(google.options()));
      google.make(Trouble::late, 1, kind);
      const auto done = co_await work(*kms);
      // Asked again, that would make another version, for all that anybody knows.
      if (std::string_view(kind) != "create") must(done);
      else EXPECT_EQ(done.error().code, Code::unavailable);
      must(co_await work(*kms));
    });
    expect_no_version_left_over(google);
    EXPECT_EQ(google.faults(), Faults());
  }
}

TEST(GcpKms, DoesNotWaitForASlowGoogle) {
  for (const auto& [kind, work] : kGcpRequests) {
    SCOPED_TRACE(kind);
    FakeGcpKms google;
    auto hasty = google.options();
    hasty.limit = std::chrono::milliseconds(200);
    run([&]() -> net::Task<void> {
      auto kms = must(GcpKms::open(hasty));
      google.make(Trouble::held, 2, kind);
      EXPECT_EQ((co_await work(*kms)).error().code, Code::unavailable);
      google.let_go();
    });
    EXPECT_EQ(google.faults(), Faults());
  }
}

TEST(GcpKms, MakesNoSecondVersionForALostAnswer) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    google.make(Trouble::late, 1, "create");
    EXPECT_EQ((co_await kms->rotate()).error().code, Code::unavailable);
    EXPECT_EQ(google.primary(), 1);
    EXPECT_EQ(must(co_await kms->rotate()), "2");
    EXPECT_EQ(google.asked("create"), 1);
    EXPECT_EQ(must(co_await kms->rotate()), "3") << "that one was done";
    google.make(Trouble::late, 1, "create");
    EXPECT_EQ((co_await kms->rotate()).error().code, Code::unavailable);
    google.set_state(4, "DESTROY_SCHEDULED");
    EXPECT_EQ(must(co_await kms->rotate()), "5") << "what somebody has ended meanwhile is not gone on with";
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, TellsNothingToAServerThatIsNotTrusted) {
  FakeGcpKms google;
  PlainHttp metadata(bj::serialize(bj::object{{"access_token", google.make_token()}, {"expires_in", 3599}}));
  auto nowhere = google.options();
  nowhere.metadata = metadata.origin();
  auto stranger = nowhere;
  nowhere.endpoint = "https://127.0.0.1:1";
  stranger.trust.clear();
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(nowhere)), other = must(GcpKms::open(stranger));
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::unavailable);
    EXPECT_EQ((co_await other->wrap("key", "aad")).error().code, Code::unavailable);
  });
  EXPECT_EQ(google.asked("encrypt"), 0);
}

TEST(GcpKms, FetchesATokenOnceForAllAndAnotherWhenItIsRefused) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    int left = 12;
    const auto one = [&]() -> net::Task<void> {
      EXPECT_TRUE(co_await kms->wrap("key", "aad"));
      --left;
    };
    for (int i = 0; i < 12; ++i) net::Reactor::current().spawn(one());
    const std::chrono::milliseconds tick(5);
    while (left > 0) co_await net::sleep(tick);
    EXPECT_EQ(google.asked("machine"), 1);
    google.make(Trouble::unauthenticated);
    must(co_await kms->wrap("key", "aad"));
    EXPECT_EQ(google.asked("machine"), 2);
    google.make(Trouble::unauthenticated, 2);
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::internal);
    google.make(Trouble::forbidden);
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::internal);
    must(co_await kms->wrap("key", "aad"));
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, UsesNoTokenThatIsAboutToExpire) {
  FakeGcpKms google;
  google.set_lifetime(59);
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    must(co_await kms->wrap("key", "aad"));
    must(co_await kms->wrap("key", "aad"));
    EXPECT_EQ(google.asked("machine"), 2);
    google.refuse_tokens(503);
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::unavailable);
    google.refuse_tokens(404);  // the machine has no account
    EXPECT_EQ((co_await kms->wrap("key", "aad")).error().code, Code::internal);
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, SignsAsItsServiceAccount) {
  FakeGcpKms google;
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(google.account_options()));
    const Wrapped wrapped = must(co_await kms->wrap("key", "aad"));
    EXPECT_EQ(must(co_await kms->unwrap(wrapped, "aad")).view(), "key");
    EXPECT_EQ(google.asked("account"), 1);
    EXPECT_EQ(google.asked("machine"), 0);
    auto refused = must(GcpKms::open(google.account_options()));
    google.refuse_tokens(400);
    EXPECT_EQ((co_await refused->wrap("key", "aad")).error().code, Code::internal);
  });
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, AsksNobodyForATokenThatIsNotOnRecord) {
  for (const bool machine : {true, false}) {
    FakeGcpKms google;
    const char* who = machine ? "machine" : "account";
    const std::string where = google.origin() + (machine ? "" : "/token");
    run([&]() -> net::Task<void> {
      auto kms = must(GcpKms::open(machine ? google.options() : google.account_options()));
      bool refused = true;
      std::vector<std::string> asked;
      kms->before_asking_others([&](KmsAsk ask) -> net::Task<Result<Done>> {
        if (refused) co_return fail(Code::unavailable, "no record");
        asked.push_back(ask.what);
        co_return Done{};
      });
      EXPECT_EQ((co_await kms->wrap("key", "aad")).error().detail, "no record");
      EXPECT_EQ((co_await kms->versions()).error().detail, "no record");
      EXPECT_EQ(google.asked(who), 0);
      refused = false;
      must(co_await kms->wrap("key", "aad"));
      must(co_await kms->versions());
      EXPECT_EQ(asked, std::vector{where}) << "once, as long as it lives";
      google.make(Trouble::unauthenticated);
      must(co_await kms->wrap("key", "aad"));
      EXPECT_EQ(asked, std::vector({where, where}));
      EXPECT_EQ(google.asked(who), 2);
    });
    EXPECT_EQ(google.faults(), Faults());
  }
}

TEST(GcpKms, RefusesAFileThatIsNoServiceAccounts) {
  FakeGcpKms google;
  const std::vector<std::function<void(bj::object&)>> spoilt{
      [](bj::object& account) { account["type"] = "authorized_user"; },
      [](bj::object& account) { account["token_uri"] = "http://127.0.0.1/token"; },
      [](bj::object& account) { account.erase("client_email"); },
      [](bj::object& account) { account["private_key"] = "none"; },
      [](bj::object& account) { account["private_key"] = 7; }};
  auto options = google.options();
  for (const auto& spoil : spoilt) {
    options.credentials = google.account_file("spoilt.json", spoil);
    EXPECT_EQ(GcpKms::open(options).error().code, Code::invalid);
  }
  options.credentials = "/nowhere/account.json";
  EXPECT_EQ(GcpKms::open(options).error().code, Code::invalid);
  options.credentials = google.account_file("good.json");
  EXPECT_TRUE(GcpKms::open(options));
}

TEST(GcpKms, AsksTheMachineInPlainHttp) {
  FakeGcpKms google;
  PlainHttp metadata(
      bj::serialize(bj::object{{"access_token", google.make_token()}, {"expires_in", 3599}, {"token_type", "Bearer"}}));
  auto options = google.options();
  options.metadata = metadata.origin();
  run([&]() -> net::Task<void> {
    auto kms = must(GcpKms::open(options));
    must(co_await kms->wrap("key", "aad"));
  });
  const std::string head = metadata.asked();
  EXPECT_TRUE(head.starts_with("GET /computeMetadata/v1/instance/service-accounts/default/token HTTP/1.1\r\n")) << head;
  EXPECT_NE(head.find("\r\nMetadata-Flavor: Google\r\n"), std::string::npos) << head;
  EXPECT_EQ(google.faults(), Faults());
}

TEST(GcpKms, IsNamedByItsUrl) {
  FakeGcpKms google;
  const std::string url = "gcp-kms:" + google.key() + "?endpoint=" + google.origin() + "&metadata=" + google.origin() +
                          "&trust=" + google.certificate().string();
  run([&]() -> net::Task<void> {
    auto kms = must(open_kms(url, {}));
    const Wrapped wrapped = must(co_await kms->wrap("key", "aad"));
    EXPECT_EQ(must(co_await kms->unwrap(wrapped, "aad")).view(), "key");
  });
  const std::string key = "gcp-kms:projects/p/locations/l/keyRings/r/cryptoKeys/k";
  EXPECT_TRUE(open_kms(key, {}));
  for (const std::string& bad :
       {std::string("gcp-kms:"), key + "/cryptoKeyVersions/1", key + "/", key + ":encrypt",
        key.substr(0, key.size() - 1), std::string("gcp-kms:projects/../locations/l/keyRings/r/cryptoKeys/k"),
        std::string("gcp-kms:projects/p/places/l/keyRings/r/cryptoKeys/k"), key + "?endpoint=http://127.0.0.1:8080",
        key + "?endpoint=https://host/path", key + "?metadata=file:///etc/passwd", key + "?colour=red",
        key + "?credentials=/nowhere/account.json"})
    EXPECT_EQ(open_kms(bad, {}).error().code, Code::invalid) << bad;
}

}  // namespace
}  // namespace cordon::keys
