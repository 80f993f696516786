#include "keys/keyring.h"

#include <gtest/gtest.h>

#include "support/kms.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

using testing::CountedKms;
using testing::must;
using testing::World;

constexpr Field kField{"commerce.customer", "name"}, kOther{"commerce.customer", "email"};

/// A tenant, and keyrings that each ask the KMS for themselves.
struct KeyringTest : ::testing::Test {
  World& world = World::shared();
  TenantId tenant = world.add_shop().tenant;

  std::unique_ptr<Keyring> keyring(CountedKms** kms = nullptr, KeyringOptions options = {}) {
    auto counted = std::make_unique<CountedKms>(must(open_kms("", world.config().data)));
    if (kms) *kms = counted.get();
    return std::make_unique<Keyring>(std::move(counted), options);
  }
};

TEST_F(KeyringTest, AsksTheKmsOnceForManyWhoWait) {
  CountedKms* kms = nullptr;
  auto ring = keyring(&kms);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await keyring()->make(as_identity(backend.identities), tenant, subjects));
    int waiting = 16;
    net::Signal ended;
    auto one = [&]() -> net::Task<void> {
      EXPECT_TRUE(must(co_await ring->find(as_identity(backend.identities), tenant, subjects)).has(subjects[0]));
      if (--waiting == 0) ended.notify();
    };
    for (int i = 0; i < 16; ++i) net::Reactor::current().spawn(one());
    while (waiting > 0) co_await ended.wait(std::chrono::seconds(5));
    EXPECT_EQ(kms->unwrapped, 1);
  });
}

TEST_F(KeyringTest, GoesOnWithWhatItKnowsWhileTheKmsIsAway) {
  CountedKms* kms = nullptr;
  KeyringOptions at_once;
  at_once.fresh = std::chrono::seconds(0);  // everything is read again each time
  auto ring = keyring(&kms, at_once);
  const TenantId unknown = world.add_shop().tenant;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()}, others{new_uuid()};
    const Transact transact = as_identity(backend.identities);
    must(co_await ring->make(transact, tenant, subjects));
    kms->away = true;
    EXPECT_TRUE(must(co_await ring->make(transact, tenant, subjects)).has(subjects[0]));
    EXPECT_EQ((co_await ring->make(transact, unknown, others)).error().code, Code::unavailable);
    kms->away = false;
    EXPECT_TRUE(must(co_await ring->make(transact, unknown, others)).has(others[0]));
  });
}

TEST_F(KeyringTest, DoesNotGoOnForeverWithoutTheKms) {
  CountedKms* kms = nullptr;
  KeyringOptions none;
  none.fresh = none.stale = std::chrono::seconds(0);
  auto ring = keyring(&kms, none);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await ring->make(as_identity(backend.identities), tenant, subjects));
    kms->away = true;
    EXPECT_EQ((co_await ring->find(as_identity(backend.identities), tenant, subjects)).error().code, Code::unavailable);
  });
}

TEST_F(KeyringTest, TwoWhoMakeASubjectsKeyAtOnceGetTheSameOne) {
  auto one = keyring(), other = keyring();
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()};
    std::vector<DataKeys> made;
    net::Signal ended;
    auto make = [&](Keyring& ring) -> net::Task<void> {
      made.push_back(must(co_await ring.make(as_identity(backend.identities), tenant, subjects)));
      ended.notify();
    };
    net::Reactor::current().spawn(make(*one));
    net::Reactor::current().spawn(make(*other));
    while (made.size() < 2) co_await ended.wait(std::chrono::seconds(5));
    const Uuid row = new_uuid();
    const db::Bytes closed = made[0].of(subjects[0]).close(kField, row, "Ann Lee");
    EXPECT_EQ(made[1].of(subjects[0]).open(kField, row, closed.value), "Ann Lee");
  });
}

TEST_F(KeyringTest, WhatIsMovedOrAlteredDoesNotOpen) {
  auto ring = keyring();
  const TenantId elsewhere = world.add_shop().tenant;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid(), new_uuid()};
    const Transact transact = as_identity(backend.identities);
    const DataKeys keys = must(co_await ring->make(transact, tenant, subjects));
    const DataKeys theirs = must(co_await ring->make(transact, elsewhere, subjects));
    const Uuid row = new_uuid();
    const DataKey& key = keys.of(subjects[0]);
    const std::string closed = key.close(kField, row, "Ann Lee").value;
    EXPECT_EQ(key.open(kField, row, closed), "Ann Lee");
    EXPECT_EQ(closed.find("Ann"), std::string::npos);
    EXPECT_THROW(key.open(kOther, row, closed), Tampered) << "another column";
    EXPECT_THROW(key.open(kField, new_uuid(), closed), Tampered) << "another row";
    EXPECT_THROW(keys.of(subjects[1]).open(kField, row, closed), Tampered) << "another subject";
    EXPECT_THROW(theirs.of(subjects[0]).open(kField, row, closed), Tampered) << "another tenant";
    for (size_t i = 0; i < closed.size(); ++i) {
      std::string changed = closed;
      changed[i] ^= 1;
      EXPECT_THROW(key.open(kField, row, changed), Tampered) << i;
    }
    EXPECT_THROW(key.open(kField, row, ""), Tampered);
  });
}

TEST_F(KeyringTest, ABlindIndexTellsColumnsAndTenantsApart) {
  auto ring = keyring();
  const TenantId elsewhere = world.add_shop().tenant;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{kIndex};
    const Transact transact = as_identity(backend.identities);
    const DataKeys keys = must(co_await ring->make(transact, tenant, subjects));
    const DataKeys theirs = must(co_await ring->make(transact, elsewhere, subjects));
    const auto index = [](const DataKeys& of, const Field& field, std::string_view value) {
      return of.of(kIndex).index(field, value).value;
    };
    EXPECT_EQ(index(keys, kField, "ann@shop.example"), index(keys, kField, "ann@shop.example"));
    EXPECT_NE(index(keys, kField, "ann@shop.example"), index(keys, kField, "anne@shop.example"));
    EXPECT_NE(index(keys, kField, "ann@shop.example"), index(keys, kOther, "ann@shop.example"));
    EXPECT_NE(index(keys, kField, "ann@shop.example"), index(theirs, kField, "ann@shop.example"));
  });
}

TEST_F(KeyringTest, ASealOfAnotherTenantHidesNobodysKeys) {
  const auto elsewhere = world.add_shop();
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Keyring& ring = Keyring::current();
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await keyring()->make(as_identity(backend.identities), tenant, subjects));
    // A pass that names one tenant beside another's seal, as a thief of the signing key could make it.
    auto forged = std::make_shared<door::Pass>(*must(co_await backend.identity.service(elsewhere.tenant, "importer")));
    forged->tenant = tenant;
    door::Scope scope(forged, backend.worker);
    EXPECT_EQ((co_await find_keys(scope, subjects)).error().code, Code::unauthenticated);
    EXPECT_TRUE(must(co_await ring.find(as_identity(backend.identities), tenant, subjects)).has(subjects[0]));
  });
}

TEST_F(KeyringTest, ForgetsTheLeastUsedFirst) {
  KeyringOptions few;
  few.subjects = 4;
  auto ring = keyring(nullptr, few);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    std::vector<Uuid> subjects;
    for (int i = 0; i < 20; ++i) subjects.push_back(new_uuid());
    const DataKeys keys = must(co_await ring->make(as_identity(backend.identities), tenant, subjects));
    for (const Uuid& subject : subjects) EXPECT_TRUE(keys.has(subject));  // whoever asked has them all
    EXPECT_TRUE(must(co_await ring->find(as_identity(backend.identities), tenant, subjects)).has(subjects[0]));
  });
}

}  // namespace
}  // namespace cordon::keys
