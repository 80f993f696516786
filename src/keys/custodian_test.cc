// Keys of tenants and of data subjects change, whole or cut off, and everything opens all the time.
#include "keys/custodian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/closed_tables.h"
#include "app/key_commands.h"
#include "commerce/customer_store.h"
#include "keys/keyring.h"
#include "support/custodian.h"
#include "support/kms.h"

namespace cordon::keys {
namespace {

using testing::CountedKms;
using testing::CustodianTest;
using testing::must;
using testing::new_subjects;

TEST_F(CustodianTest, ANewTenantKeyWrapsEveryDataKeyAndEndsTheOldOne) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    const auto some = new_subjects(1200);
    Keyring stale(must(open_kms("", world.config().data)));
    const Transact transact = as_identity(backend.identities);
    const DataKeys before = must(co_await stale.make(transact, tenant, some));
    const std::string closed = before.of(some[7]).close(commerce::kName, some[7], "Ann Lee").value;
    must(co_await keeper.rotate_tenant(tenant));
    // Who has read the keys before goes on, and who reads them now opens what was closed before.
    EXPECT_EQ(before.of(some[7]).open(commerce::kName, some[7], closed), "Ann Lee");
    Keyring fresh(must(open_kms("", world.config().data)));
    EXPECT_EQ(must(co_await fresh.find(transact, tenant, some)).of(some[7]).open(commerce::kName, some[7], closed),
              "Ann Lee");
    // One that still thinks the old key is the active one learns better when it adds a subject.
    const auto more = new_subjects(1);
    EXPECT_TRUE(must(co_await stale.make(transact, tenant, more)).has(more[0]));
  });
  EXPECT_EQ(mine("string_agg(version || ' ' || state || ' ' || (wrapped IS NULL), ', ' ORDER BY version)",
                 "tenant_key WHERE true"),
            "1 destroyed true, 2 active false");
  EXPECT_EQ(mine("count(*)", "data_key WHERE tenant_version <> 2"), "0");
}

TEST_F(CustodianTest, GoesOnWhereItWasCutOff) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto some = new_subjects(1200);
    Keyring ring(must(open_kms("", world.config().data)));
    const Transact transact = as_identity(backend.identities);
    const std::string closed =
        must(co_await ring.make(transact, tenant, some)).of(some[0]).close(commerce::kName, some[0], "x").value;
    // The old key is retiring, 500 data keys are wrapped anew, and then the database says no more to this one.
    CountedKms kms(must(open_kms("", world.config().data)));
    Custodian cut(kms, backend.identities, testing::on_record());
    cut.progress = [](int64_t done) {
      if (done >= 500) throw std::runtime_error("killed");
    };
    try {
      (void)co_await cut.rotate_tenant(tenant);
    } catch (const std::runtime_error&) {}
    EXPECT_EQ(mine("count(*)", "data_key WHERE tenant_version = 1"), "703") << "and the shop's own three";
    Keyring between(must(open_kms("", world.config().data)));
    EXPECT_EQ(must(co_await between.find(transact, tenant, some)).of(some[0]).open(commerce::kName, some[0], closed),
              "x");
    auto keeper = identity::custodian(backend);
    EXPECT_GE(must(co_await keeper.rewrap()), 700);
    EXPECT_EQ(mine("count(*)", "data_key WHERE tenant_version = 1"), "0");
    EXPECT_EQ(mine("state", "tenant_key WHERE version = 1"), "destroyed");
  });
}

TEST_F(CustodianTest, OpensNoTenantsKeyThatIsNotOnRecord) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    RecordedKms kms(must(open_kms("", world.config().data)), [](KmsAsk ask) -> net::Task<Result<Done>> {
      if (ask.what.starts_with("open ")) co_return fail(Code::unavailable, "no record");
      co_return Done{};
    });
    Custodian keeper(kms, backend.identities, testing::on_record());
    const auto refused = co_await keeper.rotate_tenant(tenant);
    EXPECT_EQ(refused.error().detail, "no record");
    EXPECT_EQ(mine("state", "tenant_key WHERE version = 1"), "decrypt-only");
    const int before = asked("open %");
    auto again = identity::custodian(backend);
    must(co_await again.rewrap());
    EXPECT_EQ(asked("open %"), before + 2) << "the retiring key, and the active one";
    EXPECT_EQ(mine("state", "tenant_key WHERE version = 1"), "destroyed");
  });
}

TEST_F(CustodianTest, WhateverTheKmsClosesMakesOrDestroysIsOnRecord) {
  EXPECT_EQ(asked("close"), 1) << "the shop's first key, before there is a shop";
  const auto of_its_own = [&] {
    admin.run(
        "SELECT action || ' ' || resource || detail FROM audit.event WHERE action LIKE 'key.%' AND tenant_id = '" +
        to_string(identity::kPlatform) + "' ORDER BY xid, event_id");
    std::vector<std::string> out;
    for (const auto& row : admin.rows()) out.push_back(row[0]);
    return out;
  };
  const auto others = static_cast<std::ptrdiff_t>(of_its_own().size());
  std::string version;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    must(co_await keeper.rotate_tenant(tenant));
    EXPECT_EQ(asked("close"), 2);
    must(co_await app::rotate_keys(backend, std::nullopt));
    EXPECT_GE(asked("close"), 3) << "wrapped anew";
    const auto some = new_subjects(1);
    must(co_await keeper.ask(tenant, some, false, "ann", "they asked for it", false));
    must(co_await keeper.shred());
    version = must(co_await keeper.status()).kms.back().name;
  });
  auto told = of_its_own();
  told.erase(told.begin(), told.begin() + others);
  const std::string before = std::to_string(std::stoi(version) - 1);
  const auto became = [](const char* action, const std::string& which) {
    return std::string(action) + R"( {"kms_version":")" + which + "\"}";
  };
  const std::vector<std::string> expected{"key.use rotate", became("key.rotate", before), became("key.rotate", version),
                                          "key.use destroy " + before, became("key.destroy", before)};
  EXPECT_THAT(told, ::testing::IsSupersetOf(expected));
}

TEST_F(CustodianTest, AKmsThatGoesAwayLosesNothing) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto some = new_subjects(3);
    Keyring ring(must(open_kms("", world.config().data)));
    const Transact transact = as_identity(backend.identities);
    const std::string closed =
        must(co_await ring.make(transact, tenant, some)).of(some[0]).close(commerce::kName, some[0], "x").value;
    CountedKms kms(must(open_kms("", world.config().data)));
    for (int answers = 0; answers < 12; ++answers) {
      kms.fails_after = answers;
      Custodian cut(kms, backend.identities, testing::on_record());
      (void)co_await cut.rotate_kms();
      (void)co_await cut.rotate_tenant(tenant);
      Keyring between(must(open_kms("", world.config().data)));
      EXPECT_EQ(must(co_await between.find(transact, tenant, some)).of(some[0]).open(commerce::kName, some[0], closed),
                "x")
          << answers;
    }
    auto keeper = identity::custodian(backend);
    must(co_await keeper.rewrap());
    const KeyStatus status = must(co_await keeper.status());
    EXPECT_EQ(status.counts.under_old_kms, 0);
    EXPECT_EQ(status.counts.to_wrap_again, 0);
  });
}

TEST_F(CustodianTest, RotatesByAgeAndByUse) {
  admin.value("UPDATE keys.tenant_key SET made_at = now() - interval '91 days' WHERE tenant_id = '" +
              to_string(tenant) + "'");
  const auto other = world.add_shop().tenant;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Keyring ring(must(open_kms("", world.config().data)));
    must(co_await ring.make(as_identity(backend.identities), other, new_subjects(30)));
    KeyLives lives;
    lives.wraps = 25;
    auto keeper = identity::custodian(backend, lives);
    admin.value("UPDATE keys.turn SET until = '-infinity'");
    must(co_await keeper.tend());
  });
  EXPECT_EQ(mine("max(version)", "tenant_key WHERE true"), "2");
  EXPECT_EQ(admin.value("SELECT max(version) FROM keys.tenant_key WHERE tenant_id = '" + to_string(other) + "'"), "2");
}

TEST_F(CustodianTest, AKeyThatDoesNotOpenKeepsNoOtherWaiting) {
  const auto other = world.add_shop().tenant;
  const TenantId damaged = std::min(tenant, other), sound = std::max(tenant, other);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Keyring ring(must(open_kms("", world.config().data)));
    must(co_await ring.make(as_identity(backend.identities), damaged, new_subjects(1)));
    must(co_await ring.make(as_identity(backend.identities), sound, new_subjects(1)));
    const auto turn_a_bit = [&] {
      admin.value(
          "UPDATE keys.tenant_key SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) WHERE tenant_id = '" +
          to_string(damaged) + "'");
    };
    turn_a_bit();
    auto keeper = identity::custodian(backend);
    EXPECT_EQ((co_await keeper.rotate_kms()).error().code, Code::internal);
    const auto status = must(co_await keeper.status());
    EXPECT_EQ(status.counts.under_old_kms, 1) << "the damaged one only";
    must(co_await keeper.ask(sound, {}, true, "ann", "a court has ordered it", true));
    admin.value("UPDATE keys.turn SET until = '-infinity'");
    EXPECT_EQ((co_await keeper.tend()).error().code, Code::internal) << "it is told of";
    EXPECT_EQ(admin.value("SELECT count(*) FROM keys.tenant_key WHERE state = 'destroyed' AND tenant_id = '" +
                          to_string(sound) + "'"),
              "1");
    turn_a_bit();
    must(co_await keeper.rewrap());
    must(co_await keeper.shred());
  });
}

TEST_F(CustodianTest, RowsAreClosedAnewWithNewDataKeysAndTheOldOnesEnd) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    std::vector<commerce::NewCustomer> people(700);
    for (size_t i = 0; i < people.size(); ++i) {
      people[i].external_id = std::to_string(i);
      people[i].name = "Customer " + std::to_string(i);
    }
    const auto ids = must(co_await commerce::put_customers(scope, people));
    must(co_await app::renew_keys(backend, tenant, 0));
    Keyring::current().forget_all();
    EXPECT_EQ(must(co_await commerce::find_customer(scope, ids[650])).name, "Customer 650");
    EXPECT_EQ(must(co_await commerce::find_customer(scope, ids[3])).external_id, "3");
    const std::string mark = "'\\x0100000002'::bytea";
    EXPECT_EQ(admin.value("SELECT count(*) FROM commerce.customer WHERE substr(name, 1, 5) = " + mark +
                          " AND tenant_id = '" + to_string(tenant) + "'"),
              "700");
    // The shop's index key and that of its audit events stay; its own is a new one.
    EXPECT_EQ(mine("count(*)", "data_key WHERE version = 1 AND wrapped IS NOT NULL"), "2");
    EXPECT_EQ(mine("count(*)", "data_key WHERE version = 2 AND wrapped IS NOT NULL"), "701");
    EXPECT_EQ(mine("count(*)", "reclosing WHERE true"), "0");
  });
}

TEST_F(CustodianTest, RenewingThatWasCutOffWaitsAnewForTheKeysThatItMakesThen) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    std::vector<commerce::NewCustomer> people(2);
    people[0].external_id = "1", people[0].name = "Ann Lee";
    people[1].external_id = "2", people[1].name = "Bob Ray";
    const auto ids = must(co_await commerce::put_customers(scope, people));
    auto keeper = identity::custodian(backend);
    must(co_await keeper.renew(tenant, 600));
    // It was cut off before Bob's new key, and goes on when closing anew has begun and is past his row.
    admin.value("DELETE FROM keys.data_key WHERE version = 2 AND subject_id = '" + to_string(ids[1]) + "'");
    admin.value(
        "UPDATE keys.data_key SET active_from = now() - interval '1 second' WHERE version = 2 AND tenant_id = '" +
        to_string(tenant) + "'");
    admin.value(
        "UPDATE keys.reclosing SET ready_at = now() - interval '1 second', table_number = 2 WHERE tenant_id = '" +
        to_string(tenant) + "'");
    const auto mine_of = [&](const std::vector<Reclosing>& all) {
      return *std::find_if(all.begin(), all.end(), [&](const Reclosing& one) { return one.tenant == tenant; });
    };
    Reclosing under_way = mine_of(must(co_await keeper.reclosings()));
    must(co_await keeper.renew(tenant, 600));
    EXPECT_EQ(mine("ready_at > now() + interval '9 minutes' AND table_number = 0", "reclosing WHERE true"), "t");
    EXPECT_EQ(mine("active_from > now() + interval '9 minutes'",
                   "data_key WHERE version = 2 AND subject_id = '" + to_string(ids[1]) + "'"),
              "t");
    const auto tables = app::closed_tables();
    EXPECT_FALSE(must(co_await keeper.reclose(under_way, tables, &scope))) << "it has read that before it was put off";
    EXPECT_EQ(mine("table_number", "reclosing WHERE true"), "0");
    // Nobody is without a new key any more: then it is not put off again.
    const std::string ready = mine("ready_at", "reclosing WHERE true");
    must(co_await keeper.renew(tenant, 6000));
    EXPECT_EQ(mine("ready_at", "reclosing WHERE true"), ready);
    admin.value("DELETE FROM keys.reclosing WHERE tenant_id = '" + to_string(tenant) + "'");
  });
}

}  // namespace
}  // namespace cordon::keys
