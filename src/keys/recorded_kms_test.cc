// What a KMS is asked is on record before it is asked, and what cannot be put on record it is not asked.
#include "keys/recorded_kms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys/wrapping.h"
#include "support/kms.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

using testing::CountedKms;
using ::testing::ElementsAre;
using testing::must;

/// The KMS of a key file that is there, and a record that may refuse.
struct RecordedKmsTest : ::testing::Test {
  testing::TemporaryFolder folder;
  std::vector<std::string> record;
  std::string refused;  ///< actions that begin so
  CountedKms* real = nullptr;
  RecordedKms kms{counted(), recording()};
  TenantId shop = TenantId::fresh();
  std::string aad = tenant_key_aad(shop, 7);

  std::unique_ptr<Kms> counted() {
    auto made = std::make_unique<CountedKms>(must(open_kms("", folder.path())));
    real = made.get();
    return made;
  }
  BeforeAsk recording() {
    return [this](KmsAsk ask) -> net::Task<Result<Done>> {
      if (!refused.empty() && ask.action.name.starts_with(refused)) co_return fail(Code::unavailable, "no record");
      const std::string whose = ask.tenant == TenantId{} ? "" : ask.tenant == shop ? "of the shop's" : "of whom?";
      record.push_back(std::string(ask.action.name) + "|" + ask.what + "|" + whose + ask.detail);
      co_return Done{};
    };
  }
};

TEST_F(RecordedKmsTest, TellsWhatItIsAboutToAskAndWhatHasBecomeOfTheKmssOwnKeys) {
  testing::run([&]() -> net::Task<void> {
    const Wrapped wrapped = must(co_await kms.wrap("a key", aad));
    EXPECT_EQ(must(co_await kms.unwrap(wrapped, aad)).view(), "a key");
    must(co_await kms.versions());
    EXPECT_EQ(must(co_await kms.rotate()), "2");
    must(co_await kms.destroy("1"));
    EXPECT_EQ((co_await kms.destroy("2")).error().code, Code::conflict);
  });
  EXPECT_THAT(record, ElementsAre("key.use|close|of the shop's", "key.use|open 1|of the shop's", "key.use|rotate|",
                                  R"(key.rotate||{"kms_version":"2"})", "key.use|destroy 1|",
                                  R"(key.destroy||{"kms_version":"1"})", "key.use|destroy 2|"));
}

TEST_F(RecordedKmsTest, AsksNothingThatIsNotOnRecord) {
  testing::run([&]() -> net::Task<void> {
    const Wrapped wrapped = must(co_await real->wrap("a key", aad));
    must(co_await real->rotate());
    int heard = 0;
    kms.heard = [&](bool) { ++heard; };
    refused = "key.use";
    EXPECT_EQ((co_await kms.wrap("a key", aad)).error().detail, "no record");
    EXPECT_EQ((co_await kms.unwrap(wrapped, aad)).error().detail, "no record");
    EXPECT_EQ((co_await kms.rotate()).error().detail, "no record");
    EXPECT_EQ((co_await kms.destroy("1")).error().detail, "no record");
    EXPECT_EQ(real->wrapped, 1);
    EXPECT_EQ(real->unwrapped, 0);
    EXPECT_EQ(real->rotated, 1);
    EXPECT_EQ(heard, 0) << "it says nothing of the KMS";
    EXPECT_EQ(must(co_await kms.versions()).front().state, VersionState::enabled);
    EXPECT_EQ(heard, 1);
    refused.clear();
    EXPECT_EQ(must(co_await kms.unwrap(wrapped, aad)).view(), "a key");
  });
}

TEST_F(RecordedKmsTest, WhatCannotBeToldAtOnceIsToldBeforeTheNextUse) {
  testing::run([&]() -> net::Task<void> {
    refused = "key.rotate";
    EXPECT_EQ((co_await kms.rotate()).error().detail, "no record");
    EXPECT_EQ(must(co_await kms.versions()).back().name, "2");
    EXPECT_EQ((co_await kms.wrap("a key", aad)).error().detail, "no record");
    EXPECT_EQ(real->wrapped, 0);
    refused.clear();
    must(co_await kms.wrap("a key", aad));
  });
  EXPECT_THAT(record,
              ElementsAre("key.use|rotate|", R"(key.rotate||{"kms_version":"2"})", "key.use|close|of the shop's"));
}

TEST_F(RecordedKmsTest, TellsOfAKeyThatOpeningItHasMade) {
  const testing::TemporaryFolder empty;
  testing::run([&]() -> net::Task<void> {
    RecordedKms first(must(open_kms("", empty.path())), recording());
    must(co_await first.tell());
    must(co_await first.tell());
    RecordedKms second(must(open_kms("", empty.path())), recording());
    must(co_await second.tell());
    must(co_await second.wrap("a key", aad));
    RecordedKms unheard(must(open_kms("", empty.path())), {});
    must(co_await unheard.wrap("a key", aad));
    must(co_await unheard.rotate());
  });
  EXPECT_THAT(record, ElementsAre(R"(key.rotate||{"kms_version":"1"})", "key.use|close|of the shop's"));
}

TEST_F(RecordedKmsTest, WhoseKeyItIsStandsInWhatItIsBoundTo) {
  EXPECT_EQ(tenant_of(aad), shop);
  for (const std::string& other : {std::string(), std::string("cordon tenant key "), aad.substr(0, 40), "x" + aad,
                                   data_key_aad(shop, shop.value, 7)})
    EXPECT_EQ(tenant_of(other), TenantId{}) << other;
}

}  // namespace
}  // namespace cordon::keys
