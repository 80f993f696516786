#include "keys/keyring.h"

#include <gtest/gtest.h>

#include "identity/shop_keys.h"
#include "support/full_heap.h"
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

  std::unique_ptr<Keyring> keyring(CountedKms** kms = nullptr, KeyringOptions options = {}, BeforeAsk before = {}) {
    auto counted = std::make_unique<CountedKms>(must(open_kms("", world.config().data)));
    if (kms) *kms = counted.get();
    return std::make_unique<Keyring>(std::move(counted), options, std::move(before));
  }
};

using Work = std::function<net::Task<void>()>;

/// Runs `work` so many times at once, to the end of all of them; how long that took.
net::Task<std::chrono::steady_clock::duration> at_once(int times, Work work) {
  const auto begun = std::chrono::steady_clock::now();
  int running = times;
  net::Signal ended;
  const auto one = [&]() -> net::Task<void> {
    co_await work();
    if (--running == 0) ended.notify();
  };
  for (int i = 0; i < times; ++i) net::Reactor::current().spawn(one());
  while (running > 0) co_await ended.wait(std::chrono::seconds(5));
  co_return std::chrono::steady_clock::now() - begun;
}

net::Task<void> take_a_while(std::string_view) { co_await net::sleep(std::chrono::milliseconds(200)); }

TEST_F(KeyringTest, AsksTheKmsOnceForManyWhoWait) {
  CountedKms* kms = nullptr;
  auto ring = keyring(&kms);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await keyring()->make(as_identity(backend.identities), tenant, subjects));
    const Work find = [&]() -> net::Task<void> {
      EXPECT_TRUE(must(co_await ring->find(as_identity(backend.identities), tenant, subjects)).has(subjects[0]));
    };
    co_await at_once(16, find);
    EXPECT_EQ(kms->unwrapped, 1);
  });
}

TEST_F(KeyringTest, GoesOnWithWhatItKnowsWhileTheKmsIsAway) {
  CountedKms* kms = nullptr;
  KeyringOptions each_time;
  each_time.fresh = std::chrono::seconds(0);       // everything is read again
  each_time.pause = std::chrono::milliseconds(0);  // and the KMS asked again
  auto ring = keyring(&kms, each_time);
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

TEST_F(KeyringTest, WhatCouldNotBePutOnRecordSaysNothingOfTheKms) {
  bool may = false;
  auto ring = keyring(nullptr, {}, [&](KmsAsk) -> net::Task<Result<Done>> {
    if (!may) co_return fail(Code::unavailable, "The audit log cannot be written right now; try again.");
    co_return Done{};
  });
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await keyring()->make(transact, tenant, subjects));
    EXPECT_EQ((co_await ring->find(transact, tenant, subjects)).error().code, Code::unavailable);
    EXPECT_FALSE(co_await ring->first_key(TenantId::fresh()));
    may = true;
    EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]));
  });
}

TEST_F(KeyringTest, WhoeverWaitsForAKmsThatIsAwaySharesItsAnswer) {
  CountedKms* kms = nullptr;
  KeyringOptions options;
  options.pause = std::chrono::milliseconds(900);
  int recorded = 0;
  auto ring = keyring(&kms, options, [&](KmsAsk) -> net::Task<Result<Done>> {
    ++recorded;
    co_return Done{};
  });
  const TenantId other = world.add_shop().tenant;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await keyring()->make(transact, tenant, subjects));
    kms->away = true;
    kms->others = take_a_while;
    const Work find = [&]() -> net::Task<void> {
      EXPECT_EQ((co_await ring->find(transact, tenant, subjects)).error().code, Code::unavailable);
    };
    const auto took = co_await at_once(16, find);
    EXPECT_LT(took, std::chrono::milliseconds(1500)) << "one after the other it would be 3.2 s";
    EXPECT_EQ((co_await ring->find(transact, tenant, subjects)).error().code, Code::unavailable);
    EXPECT_EQ((co_await ring->find(transact, other, subjects)).error().code, Code::unavailable);
    EXPECT_EQ(kms->unwrapped, 1) << "it is left alone for a moment";
    EXPECT_EQ(recorded, 1) << "nothing was used";
    kms->away = false;
    co_await net::sleep(options.pause);
    EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]));
    EXPECT_EQ(kms->unwrapped, 2);
  });
}

TEST_F(KeyringTest, WhoIsKnownDoesNotWaitForAKmsThatIsAway) {
  CountedKms* kms = nullptr;
  KeyringOptions options;
  options.fresh = std::chrono::seconds(0);
  options.pause = std::chrono::milliseconds(700);
  auto ring = keyring(&kms, options);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await ring->make(transact, tenant, subjects));
    const int before = kms->unwrapped;
    int answered = 0;
    const Work find = [&]() -> net::Task<void> {
      EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]));
      ++answered;
    };
    kms->away = true;
    kms->others = take_a_while;
    const auto took = co_await at_once(16, find);
    EXPECT_LT(took, std::chrono::milliseconds(1500));
    co_await at_once(16, find);
    EXPECT_EQ(kms->unwrapped, before + 1);
    co_await net::sleep(options.pause);
    // One asks again, and the others do not wait for the answer.
    kms->others = [&](std::string_view) -> net::Task<void> {
      for (int i = 0; i < 100 && answered < 15; ++i) co_await net::sleep(std::chrono::milliseconds(10));
      EXPECT_EQ(answered, 15);
    };
    answered = 0;
    co_await at_once(16, find);
    EXPECT_EQ(kms->unwrapped, before + 2);
    kms->others = {};
    kms->away = false;
    co_await net::sleep(options.pause);
    co_await find();
    co_await find();
    EXPECT_EQ(kms->unwrapped, before + 4) << "it is back, and keys are read again as soon as they should be";
  });
}

TEST_F(KeyringTest, WhatIsForgottenWhileTheKmsOpensItIsNotKept) {
  CountedKms* kms = nullptr;
  auto ring = keyring(&kms);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await keyring()->make(transact, tenant, subjects));
    const std::vector<std::function<void()>> ways{[&] { ring->forget(tenant); }, [&] { ring->forget_all(); }};
    for (const auto& forget : ways) {
      ring->forget_all();
      kms->unwrapped = 0;
      bool later = false;
      kms->others = [&](std::string_view) -> net::Task<void> {
        if (std::exchange(later, true)) co_return;
        forget();
        // Whoever comes afterwards asks for himself.
        EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]));
        EXPECT_EQ(kms->unwrapped, 2);
        forget();
      };
      EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]))
          << "it was asked for before, and is answered";
      EXPECT_FALSE(ring->known(tenant, subjects[0]));
      EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]));
      EXPECT_EQ(kms->unwrapped, 3);
    }
  });
}

TEST_F(KeyringTest, WhatIsForgottenWhileItsRowsAreReadIsNotKept) {
  auto ring = keyring();
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    const std::vector<Uuid> subjects{new_uuid()};
    must(co_await ring->make(transact, tenant, subjects));
    const std::vector<std::function<void()>> ways{[&] { ring->forget(tenant); }, [&] { ring->forget_all(); }};
    for (const auto& forget : ways) {
      ring->forget_all();
      const Transact forgets = [&](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
        auto rows = co_await transact(std::move(queries));
        forget();
        co_return rows;
      };
      EXPECT_TRUE(must(co_await ring->find(forgets, tenant, subjects)).has(subjects[0]));
      EXPECT_FALSE(ring->known(tenant, subjects[0]));
      must(co_await ring->find(transact, tenant, subjects));
      EXPECT_TRUE(ring->known(tenant, subjects[0]));
    }
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

TEST_F(KeyringTest, OnlyWhatTheKmsSaysIsDestroyedIsErased) {
  CountedKms* kms = nullptr;
  auto ring = keyring(&kms);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()};
    const Transact transact = as_identity(backend.identities);
    const Uuid row = new_uuid();
    const std::string closed =
        must(co_await ring->make(transact, tenant, subjects)).of(subjects[0]).close(kField, row, "Ann Lee").value;
    const std::vector<VersionState> others{VersionState::disabled, VersionState::enabled, VersionState::primary};
    for (const VersionState state : others) {
      ring->forget_all();
      kms->closed = state;
      EXPECT_EQ((co_await ring->find(transact, tenant, subjects)).error().code, Code::unavailable);
      EXPECT_EQ((co_await ring->make(transact, tenant, subjects)).error().code, Code::unavailable);
    }
    kms->closed = VersionState::destroyed;
    EXPECT_EQ(must(co_await ring->find(transact, tenant, subjects)).of(subjects[0]).open(kField, row, closed), kErased);
    const std::vector<Uuid> more{new_uuid()};
    EXPECT_EQ((co_await ring->make(transact, tenant, more)).error().code, Code::conflict);
    kms->closed.reset();
    ring->forget_all();
    EXPECT_EQ(must(co_await ring->find(transact, tenant, subjects)).of(subjects[0]).open(kField, row, closed),
              "Ann Lee");
  });
}

// Another key file in the place of the one that wrapped it: its first version has the same name, its others none.
TEST_F(KeyringTest, NothingIsErasedWhereTheKeyFileIsAnotherOne) {
  const testing::TemporaryFolder folder;
  auto right = keyring();
  Keyring wrong(must(open_kms("", folder.path())));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::vector<Uuid> subjects{new_uuid()};
    const Transact transact = as_identity(backend.identities);
    must(co_await right->make(transact, tenant, subjects));
    EXPECT_EQ((co_await wrong.find(transact, tenant, subjects)).error().code, Code::unavailable);
    must(co_await right->kms().rotate());
    auto keeper = identity::custodian(backend);
    must(co_await keeper.rewrap());
    EXPECT_EQ((co_await wrong.find(transact, tenant, subjects)).error().code, Code::unavailable);
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

TEST_F(KeyringTest, AWrappedKeyThatWasMovedDoesNotOpen) {
  const TenantId elsewhere = world.add_shop().tenant;
  auto ring = keyring();
  auto admin = world.sql();
  // The wrapped bytes of one row in another one, and what stood there.
  const auto move = [&](const std::string& table, const std::string& id, const Uuid& from, const Uuid& to) {
    const std::string of = " FROM " + table + " WHERE " + id + " = '", here = "' WHERE " + id + " = '" + to_string(to);
    const std::string had = admin.value("SELECT wrapped" + of + to_string(to) + "'");
    admin.value("UPDATE " + table + " SET wrapped = '" + admin.value("SELECT wrapped" + of + to_string(from) + "'") +
                here + "'");
    ring->forget_all();
    return [=, &admin] { admin.value("UPDATE " + table + " SET wrapped = '" + had + here + "'"); };
  };
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    const std::vector<Uuid> subjects{new_uuid(), new_uuid()};
    must(co_await ring->make(transact, tenant, subjects));
    bool tampered = false;
    const auto data_back = move("keys.data_key", "subject_id", subjects[1], subjects[0]);
    try {
      (void)co_await ring->find(transact, tenant, subjects);
    } catch (const Tampered&) {
      tampered = true;
    }
    EXPECT_TRUE(tampered) << "another subject's";
    data_back();
    const auto back = move("keys.tenant_key", "tenant_id", elsewhere.value, tenant.value);
    EXPECT_EQ((co_await ring->find(transact, tenant, subjects)).error().code, Code::unavailable) << "another tenant's";
    back();
    EXPECT_TRUE(must(co_await ring->find(transact, tenant, subjects)).has(subjects[0]));
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
  few.subjects = 2;
  auto ring = keyring(nullptr, few);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const Transact transact = as_identity(backend.identities);
    int asked = 0;
    const Transact counted = [&](std::vector<db::Query> queries) {
      ++asked;
      return transact(std::move(queries));
    };
    const std::vector<Uuid> one{new_uuid()}, other{new_uuid()}, third{new_uuid()};
    const std::vector<Uuid> all{one[0], other[0], third[0]};
    // Whoever asks for more than are kept has them all nevertheless.
    const DataKeys keys = must(co_await ring->make(transact, tenant, all));
    for (const Uuid& subject : all) EXPECT_TRUE(keys.has(subject));
    ring->forget_all();
    must(co_await ring->find(transact, tenant, one));
    must(co_await ring->find(transact, tenant, other));
    must(co_await ring->find(counted, tenant, one));
    EXPECT_EQ(asked, 0) << "both are kept, and now this one is the last that was used";
    must(co_await ring->find(counted, tenant, third));
    EXPECT_EQ(asked, 1);
    must(co_await ring->find(counted, tenant, one));
    EXPECT_EQ(asked, 1) << "the other one had to go";
    must(co_await ring->find(counted, tenant, other));
    EXPECT_EQ(asked, 2);
  });
}

TEST_F(KeyringTest, KeepsFewerKeysWhereTheirMemoryIsFull) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Keyring& ring = Keyring::current();
    const Transact transact = as_identity(backend.identities);
    std::vector<Uuid> some, more;
    for (int i = 0; i < 64; ++i) some.push_back(new_uuid());
    for (int i = 0; i < 8; ++i) more.push_back(new_uuid());
    must(co_await ring.make(transact, tenant, some));
    const auto rest = testing::fill_heap();
    const DataKeys keys = must(co_await ring.make(transact, tenant, more));
    for (const Uuid& subject : more) EXPECT_TRUE(keys.has(subject));
  });
}

}  // namespace
}  // namespace cordon::keys
