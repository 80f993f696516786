#include "keys/custodian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/closed_tables.h"
#include "app/key_commands.h"
#include "audit/event.h"
#include "base/embedded.h"
#include "commerce/customer_store.h"
#include "db/migrator.h"
#include "keys/keyring.h"
#include "keys/sealed_object.h"
#include "support/fake_gcp_kms.h"
#include "support/kms.h"
#include "support/served.h"
#include "support/server.h"
#include "support/stores.h"

namespace cordon::keys {
namespace {

using testing::CountedKms;
using testing::must;
using testing::World;

constexpr Field kField{"commerce.customer", "name"};

Record record() {
  return [](door::AuditAction action, TenantId of, std::string detail) {
    audit::Event event;
    event.tenant = of;
    event.action = action;
    event.detail = std::move(detail);
    event.request = RequestId::fresh();
    return audit::append(audit::ClosedEvent::of(std::move(event)));
  };
}

std::vector<Uuid> subjects(size_t count) {
  std::vector<Uuid> out;
  while (out.size() < count) out.push_back(new_uuid());
  return out;
}

struct CustodianTest : ::testing::Test {
  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  TenantId tenant = shop.tenant;
  testing::SqlSession admin = world.sql();

  std::string mine(const std::string& what, const std::string& from) {
    return admin.value("SELECT " + what + " FROM keys." + from + " AND tenant_id = '" + to_string(tenant) + "'");
  }
};

/// A database with nothing in it but the schema, and a key file: for what concerns every tenant's key there is.
struct WholeKmsTest : ::testing::Test {
  World& world = World::shared();
  testing::TemporaryFolder folder;
  testing::SqlSession admin = made();
  TenantId tenant = TenantId::fresh();

  ~WholeKmsTest() override { world.sql().run("DROP DATABASE IF EXISTS whole_kms WITH (FORCE)"); }

  static std::string in(std::string conninfo) {
    const std::string from = "dbname=cordon ";
    return conninfo.replace(conninfo.find(from), from.size(), "dbname=whole_kms ");
  }
  testing::SqlSession made() {
    world.sql().value("CREATE DATABASE whole_kms TEMPLATE template0");
    const std::string conninfo = in(world.database().admin_conninfo());
    must(db::migrate(conninfo, embedded::migrations(), {}));
    return testing::SqlSession(conninfo);
  }
  /// Runs `work` with connections of its own, which go before their reactor does.
  void run(const std::function<net::Task<void>(db::Pool&)>& work) {
    testing::run([&]() -> net::Task<void> {
      db::Pool pool(in(world.database().conninfo("cordon_identity")), {2});
      co_await work(pool);
    });
  }
  std::unique_ptr<Kms> file() { return must(open_kms("", folder.path())); }
  std::string key_of(TenantId of, const std::string& what) {
    return admin.value("SELECT " + what + " FROM keys.tenant_key WHERE state = 'active' AND tenant_id = '" +
                       to_string(of) + "'");
  }
};

TEST_F(CustodianTest, ANewTenantKeyWrapsEveryDataKeyAndEndsTheOldOne) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    const auto some = subjects(1200);
    Keyring stale(must(open_kms("", world.config().data)));
    const Transact transact = as_identity(backend.identities);
    const DataKeys before = must(co_await stale.make(transact, tenant, some));
    const std::string closed = before.of(some[7]).close(kField, some[7], "Ann Lee").value;
    must(co_await keeper.rotate_tenant(tenant));
    // Who has read the keys before goes on, and who reads them now opens what was closed before.
    EXPECT_EQ(before.of(some[7]).open(kField, some[7], closed), "Ann Lee");
    Keyring fresh(must(open_kms("", world.config().data)));
    EXPECT_EQ(must(co_await fresh.find(transact, tenant, some)).of(some[7]).open(kField, some[7], closed), "Ann Lee");
    // One that still thinks the old key is the active one learns better when it adds a subject.
    const auto more = subjects(1);
    EXPECT_TRUE(must(co_await stale.make(transact, tenant, more)).has(more[0]));
  });
  EXPECT_EQ(mine("string_agg(version || ' ' || state || ' ' || (wrapped IS NULL), ', ' ORDER BY version)",
                 "tenant_key WHERE true"),
            "1 destroyed true, 2 active false");
  EXPECT_EQ(mine("count(*)", "data_key WHERE tenant_version <> 2"), "0");
}

TEST_F(CustodianTest, GoesOnWhereItWasCutOff) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto some = subjects(1200);
    Keyring ring(must(open_kms("", world.config().data)));
    const Transact transact = as_identity(backend.identities);
    const std::string closed =
        must(co_await ring.make(transact, tenant, some)).of(some[0]).close(kField, some[0], "x").value;
    // The old key is retiring, 500 data keys are wrapped anew, and then the database says no more to this one.
    CountedKms kms(must(open_kms("", world.config().data)));
    Custodian cut(kms, backend.identities, record());
    cut.progress = [](int64_t done) {
      if (done >= 500) throw std::runtime_error("killed");
    };
    try {
      (void)co_await cut.rotate_tenant(tenant);
    } catch (const std::runtime_error&) {}
    EXPECT_EQ(mine("count(*)", "data_key WHERE tenant_version = 1"), "703") << "and the shop's own three";
    Keyring between(must(open_kms("", world.config().data)));
    EXPECT_EQ(must(co_await between.find(transact, tenant, some)).of(some[0]).open(kField, some[0], closed), "x");
    auto keeper = identity::custodian(backend);
    EXPECT_GE(must(co_await keeper.rewrap()), 700);
    EXPECT_EQ(mine("count(*)", "data_key WHERE tenant_version = 1"), "0");
    EXPECT_EQ(mine("state", "tenant_key WHERE version = 1"), "destroyed");
  });
}

TEST_F(CustodianTest, OpensNoTenantsKeyThatIsNotOnRecord) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    keeper.before_use = [](TenantId, std::string) -> net::Task<Result<Done>> {
      co_return fail(Code::unavailable, "no record");
    };
    const auto refused = co_await keeper.rotate_tenant(tenant);
    EXPECT_EQ(refused.error().detail, "no record");
    EXPECT_EQ(mine("state", "tenant_key WHERE version = 1"), "decrypt-only");
    const std::string uses =
        "SELECT count(*) FROM audit.event WHERE action = 'key.use' AND tenant_id = '" + to_string(tenant) + "'";
    const int before = std::stoi(admin.value(uses));
    auto again = identity::custodian(backend);
    must(co_await again.rewrap());
    EXPECT_EQ(std::stoi(admin.value(uses)), before + 2) << "the retiring key, and the active one";
    EXPECT_EQ(mine("state", "tenant_key WHERE version = 1"), "destroyed");
  });
}

TEST_F(CustodianTest, AKmsThatGoesAwayLosesNothing) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto some = subjects(3);
    Keyring ring(must(open_kms("", world.config().data)));
    const Transact transact = as_identity(backend.identities);
    const std::string closed =
        must(co_await ring.make(transact, tenant, some)).of(some[0]).close(kField, some[0], "x").value;
    CountedKms kms(must(open_kms("", world.config().data)));
    for (int answers = 0; answers < 12; ++answers) {
      kms.fails_after = answers;
      Custodian cut(kms, backend.identities, record());
      (void)co_await cut.rotate_kms();
      (void)co_await cut.rotate_tenant(tenant);
      Keyring between(must(open_kms("", world.config().data)));
      EXPECT_EQ(must(co_await between.find(transact, tenant, some)).of(some[0]).open(kField, some[0], closed), "x")
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
    must(co_await ring.make(as_identity(backend.identities), other, subjects(30)));
    KeyLives lives;
    lives.wraps = 25;
    auto keeper = identity::custodian(backend, lives);
    admin.value("UPDATE keys.turn SET until = '-infinity'");
    must(co_await keeper.tend());
  });
  EXPECT_EQ(mine("max(version)", "tenant_key WHERE true"), "2");
  EXPECT_EQ(admin.value("SELECT max(version) FROM keys.tenant_key WHERE tenant_id = '" + to_string(other) + "'"), "2");
}

TEST_F(CustodianTest, AShopsOwnKeyEndsWithTwoPeopleAndTimeOrByLaw) {
  const auto gone = [&] { return mine("count(*)", "tenant_key WHERE state = 'destroyed'"); };
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    const auto ask = [&] { return keeper.ask(tenant, {}, true, "ann", "the shop has left us", false); };
    const auto a_week_later = [&](const Uuid& id) {
      const std::string set = "asked_at = asked_at - interval '168 hours', due_at = due_at - interval '168 hours'";
      admin.value("UPDATE keys.destruction SET " + set + " WHERE destruction_id = '" + to_string(id) + "'");
    };
    const Uuid first = must(co_await ask());
    must(co_await keeper.shred());
    EXPECT_EQ(gone(), "0") << "nobody has approved it";
    EXPECT_EQ((co_await keeper.approve(first, "ann")).error().code, Code::conflict) << "the same person";
    EXPECT_EQ((co_await keeper.approve(new_uuid(), "bob")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await keeper.approve(first, "bob")).state, DestructionState::approved);
    EXPECT_EQ((co_await keeper.approve(first, "eve")).error().code, Code::conflict) << "nobody is asked any more";
    const Uuid other = must(co_await ask());
    must(co_await keeper.approve(other, "bob"));
    EXPECT_EQ(must(co_await keeper.withdraw(other, "eve")).state, DestructionState::withdrawn);
    EXPECT_EQ((co_await keeper.approve(other, "bob")).error().code, Code::conflict);
    a_week_later(other);
    must(co_await keeper.shred());
    EXPECT_EQ(gone(), "0") << "one of the two was withdrawn, for the other it is not time";
    EXPECT_EQ(
        admin.run("UPDATE keys.destruction SET keys_gone_at = now() WHERE destruction_id = '" + to_string(first) + "'"),
        "23514")
        << "PostgreSQL itself says so";
    const std::string mine = " WHERE destruction_id = '" + to_string(first) + "'";
    EXPECT_EQ(admin.run("UPDATE keys.destruction SET due_at = now()" + mine), "23514") << "the time is not shortened";
    auto login = world.sql("cordon_identity");
    EXPECT_EQ(login.run("UPDATE keys.destruction SET legal = true" + mine), "42501") << "nor let the law in later";
    a_week_later(first);
    must(co_await keeper.shred());
    EXPECT_EQ(gone(), "1");
    EXPECT_EQ((co_await keeper.withdraw(first, "eve")).error().code, Code::conflict) << "too late";
    EXPECT_EQ((co_await keeper.rotate_tenant(tenant)).error().code, Code::conflict);
    Keyring ring(must(open_kms("", world.config().data)));
    const auto some = subjects(1);
    EXPECT_EQ((co_await ring.make(as_identity(backend.identities), tenant, some)).error().code, Code::conflict);
    tenant = world.add_shop().tenant;
  });
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    must(co_await keeper.ask(tenant, {}, true, "ann", "a court has ordered it", true));
    must(co_await keeper.shred());
    EXPECT_EQ(gone(), "1");
  });
}

TEST_F(CustodianTest, AKeyThatDoesNotOpenKeepsNoOtherWaiting) {
  const auto other = world.add_shop().tenant;
  const TenantId damaged = std::min(tenant, other), sound = std::max(tenant, other);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    Keyring ring(must(open_kms("", world.config().data)));
    must(co_await ring.make(as_identity(backend.identities), damaged, subjects(1)));
    must(co_await ring.make(as_identity(backend.identities), sound, subjects(1)));
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

TEST_F(CustodianTest, OfTwoWhoDecideAtTheSameMomentOneHasDecided) {
  const auto events = [&] {
    return admin.value(
        "SELECT count(*) FROM audit.event WHERE action ~ '^key.destroy.(approve|withdraw)$' AND tenant_id = '" +
        to_string(tenant) + "'");
  };
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    std::vector<Uuid> whole;
    const Uuid id = must(co_await keeper.ask(tenant, std::move(whole), true, "ann", "the shop has left us", false));
    // Somebody else's decision that nobody sees yet; whoever decides now waits for it.
    auto faster = world.sql("cordon_identity");
    const auto decided = [&](std::string yes) -> net::Task<void> {
      faster.value("BEGIN; SELECT keys.decide('" + to_string(id) + "', 'bob', " + yes + ")");
      const std::chrono::milliseconds meanwhile(300);
      co_await net::sleep(meanwhile);
      faster.value("COMMIT");
    };
    net::Reactor::current().spawn(decided("true"));
    EXPECT_EQ((co_await keeper.approve(id, "eve")).error().code, Code::conflict);
    EXPECT_EQ(must(co_await keeper.destruction(id)).approved_by, "bob");
    EXPECT_EQ(events(), "0") << "bob's is not of ours";
    net::Reactor::current().spawn(decided("false"));
    EXPECT_EQ((co_await keeper.withdraw(id, "eve")).error().code, Code::conflict);
    EXPECT_EQ(must(co_await keeper.destruction(id)).withdrawn_by, "bob");
    EXPECT_EQ(events(), "0");
  });
}

TEST_F(CustodianTest, ARunningServerForgetsAKeyThatHasEnded) {
  CustomerId ann;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    std::vector<commerce::NewCustomer> people(1);
    people[0].external_id = "7", people[0].name = "Ann Lee";
    ann = must(co_await commerce::put_customers(scope, people)).front();
  });
  const std::string token = world.token(*world.sign_in(shop, "owner"));
  const auto name = [&] { return world.call(net::Method::get, "/v1/customers/" + to_string(ann), token).body; };
  EXPECT_THAT(name(), ::testing::HasSubstr("Ann Lee"));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    app::DestroyKeys wanted{tenant, "7", "ann", "she asked for it"};
    must(co_await app::destroy_keys(backend, std::move(wanted)));
  });
  EXPECT_TRUE(testing::eventually([&] { return name().find("Ann Lee") == std::string::npos; }));
  EXPECT_THAT(name(), ::testing::HasSubstr(std::string(kErased)));
}

TEST_F(CustodianTest, ACustomerIsFoundAsLongAsNobodyHasAskedForTheEnd) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    std::vector<commerce::NewCustomer> people(1);
    people[0].external_id = "7", people[0].name = "Ann Lee";
    const CustomerId ann = must(co_await commerce::put_customers(scope, people)).front();
    const auto destroy = [&](std::string customer, std::string why) {
      app::DestroyKeys wanted{tenant, std::move(customer), "ann", std::move(why), true};
      return app::destroy_keys(backend, std::move(wanted));
    };
    const std::vector<std::string> no_reasons{"too short", std::string(501, 'x'), "\xff\xff and so on"};
    for (const std::string& why : no_reasons) EXPECT_EQ((co_await destroy("7", why)).error().field, "why");
    EXPECT_EQ((co_await destroy("", "a court has ordered it")).error().code, Code::invalid);
    EXPECT_EQ((co_await destroy("8", "a court has ordered it")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await commerce::find_customer(scope, ann)).name, "Ann Lee");
    // Asked for, and cut off before the index was gone: whoever asks again finds them.
    std::vector<Uuid> subject{ann.value};
    auto keeper = identity::custodian(backend);
    must(co_await keeper.ask(tenant, std::move(subject), false, "ann", "she asked for it", false));
    must(co_await destroy("7", "she asked for it"));
    EXPECT_EQ((co_await destroy("7", "she asked for it")).error().code, Code::not_found) << "no index finds her";
    // Who comes again under that number is somebody new, with a key that closes.
    const CustomerId again = must(co_await commerce::put_customers(scope, people)).front();
    EXPECT_NE(again, ann);
    EXPECT_EQ(must(co_await commerce::find_customer(scope, again)).name, "Ann Lee");
    Keyring::current().forget_all();
    EXPECT_EQ(must(co_await commerce::find_customer(scope, ann)).name, kErased);
  });
  EXPECT_EQ(mine("state", "tenant_key WHERE version = 2"), "active") << "only hers have ended";
  EXPECT_EQ(mine("count(*)", "destruction WHERE done_at IS NULL"), "0");
}

// What the shell gives: an empty number, an empty shop.
TEST_F(CustodianTest, AnOptionThatIsGivenEmptyIsNotOneThatIsNotGiven) {
  const testing::TemporaryFolder folder;
  const auto keys = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", world.config().data.string(), "keys"});
    return testing::run_cordon(std::move(arguments), folder.path() / "log").status;
  };
  EXPECT_EQ(keys({"destroy", shop.name, "--customer", "", "--legal", "--by", "ann", "--why", "a court ordered it"}), 1);
  EXPECT_EQ(keys({"destroy", "", "--legal", "--by", "ann", "--why", "a court ordered it"}), 1);
  EXPECT_EQ(keys({"rotate", "--shop", ""}), 1);
  EXPECT_EQ(keys({"renew", ""}), 1) << "nor is it the platform";
  EXPECT_EQ(mine("count(*)", "destruction WHERE true"), "0");
  EXPECT_EQ(mine("string_agg(state, ' ')", "tenant_key WHERE true"), "active");
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

TEST_F(CustodianTest, AStoredObjectEndsWithTheKeyThatClosesItsKey) {
  constexpr Field kObjectKey{"commerce.export", "object_key"};
  const testing::TemporaryFolder folder;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    net::Workers workers(1, 4);
    auto store = must(open_store("folder:" + folder.path().string(), workers));
    const Transact transact = as_identity(backend.identities);
    const auto some = subjects(1);
    const Uuid row = new_uuid();
    const Secret key = Secret::random(kKeyBytes);
    const Source source = testing::source_of("what was exported", 5);
    must(co_await put_sealed(*store, "export", key, to_string(row), source));
    const std::string closed = must(co_await Keyring::current().make(transact, tenant, some))
                                   .of(some[0])
                                   .close(kObjectKey, row, key.view())
                                   .value;
    const auto opened = [&]() -> net::Task<std::string> {
      Keyring ring(must(open_kms("", world.config().data)));
      const std::string bytes =
          must(co_await ring.find(transact, tenant, some)).of(some[0]).open(kObjectKey, row, closed);
      if (bytes.size() != kKeyBytes) co_return bytes;
      const Secret found = Secret::of(bytes);
      auto object = must(co_await SealedObject::open(*store, "export", found, to_string(row)));
      std::string text;
      const Sink sink = testing::sink_to(text);
      must(co_await object.read({}, sink));
      co_return text;
    };
    EXPECT_EQ(co_await opened(), "what was exported");
    auto keeper = identity::custodian(backend);
    must(co_await keeper.ask(tenant, some, false, "ann", "they asked for it", false));
    must(co_await keeper.shred());
    EXPECT_EQ(co_await opened(), kErased);
  });
}

TEST_F(WholeKmsTest, WhoeverEndsAVersionWaitsForWhoeverWrapsWithIt) {
  const std::string login = in(world.database().conninfo("cordon_identity"));
  testing::SqlSession wraps(login), ends(login);
  const std::string end = "SELECT keys.end_kms_version('9')";
  const auto wrap = [](int version) {
    return "INSERT INTO keys.tenant_key (tenant_id, version, state, kms_version, wrapped) VALUES (gen_random_uuid(), " +
           std::to_string(version) + ", 'active', '9', 'x')";
  };
  wraps.value("BEGIN; " + wrap(1));
  ends.value("SET lock_timeout = '100ms'");
  EXPECT_EQ(ends.run(end), "55P03");
  wraps.value("COMMIT");
  EXPECT_EQ(ends.value(end), "f") << "it wraps a key now";
  admin.value("DELETE FROM keys.tenant_key");
  EXPECT_EQ(ends.value(end), "t");
  EXPECT_EQ(wraps.run(wrap(1)), "40001");
  EXPECT_EQ(wraps.run("UPDATE keys.kms_version SET ended_at = NULL"), "42501") << "for good";
}

TEST_F(WholeKmsTest, NoVersionIsDestroyedThatSomebodyWrapsWith) {
  run([&](db::Pool& pool) -> net::Task<void> {
    const Transact transact = as_identity(pool);
    Keyring ring(file());
    const auto some = subjects(1);
    must(co_await ring.make(pool, tenant, some));
    // Two shops' first keys, wrapped with the version that is to end, and not in the database yet.
    const auto in_time = TenantId::fresh(), late = TenantId::fresh();
    auto first = must(co_await ring.first_key(in_time)), second = must(co_await ring.first_key(late));
    CountedKms kms(file());
    int asked = 0;
    kms.others = [&](std::string_view what) -> net::Task<void> {
      // The second time after the rotation: what the old version had wrapped is wrapped anew, and it is about to go.
      const bool now = what == "versions" && kms.rotated == 1 && ++asked == 2;
      if (now) must(co_await transact(std::move(first)));
    };
    Custodian keeper(kms, pool, record());
    must(co_await keeper.ask(tenant, some, false, "ann", "they asked for it", false));
    EXPECT_EQ(must(co_await keeper.shred()), 1);
    EXPECT_EQ(must(co_await kms.versions()).front().state, VersionState::destroyed);
    EXPECT_TRUE(must(co_await ring.make(pool, in_time, some)).has(some[0]));
    EXPECT_EQ((co_await transact(std::move(second))).error().code, Code::unavailable);
  });
}

TEST_F(WholeKmsTest, WhoeverWrapsWithAVersionThatEndsTriesTheNextOne) {
  run([&](db::Pool& pool) -> net::Task<void> {
    Keyring ring(file());
    const auto some = subjects(3);
    must(co_await ring.make(pool, tenant, some));
    auto its_own = file();
    Custodian keeper(*its_own, pool, record());
    auto counted = std::make_unique<CountedKms>(file());
    CountedKms& kms = *counted;
    size_t ended = 0, to_end = 0;
    kms.others = [&](std::string_view what) -> net::Task<void> {
      if (what != "wrap" || ended == to_end) co_return;
      std::vector<Uuid> one{some[ended++]};
      must(co_await keeper.ask(tenant, std::move(one), false, "ann", "they asked for it", false));
      must(co_await keeper.shred());
    };
    Keyring other(std::move(counted));
    const auto shop = TenantId::fresh();
    to_end = 1;
    EXPECT_TRUE(must(co_await other.make(pool, shop, some)).has(some[0]));
    EXPECT_EQ(kms.wrapped, 2);
    EXPECT_EQ(key_of(shop, "kms_version"), "2");
    Custodian rotating(kms, pool, record());
    to_end = 2;
    must(co_await rotating.rotate_tenant(shop));
    EXPECT_EQ(kms.wrapped, 4);
    EXPECT_EQ(key_of(shop, "version || ' ' || kms_version"), "2 3");
  });
}

// Google says that a new primary version is used everywhere only after some time: meanwhile it is tried every minute.
TEST_F(WholeKmsTest, ADestructionRotatesOnceHoweverLongItsEndTakes) {
  testing::FakeGcpKms google;
  run([&](db::Pool& pool) -> net::Task<void> {
    auto kms = must(GcpKms::open(google.options()));
    Keyring ring(must(GcpKms::open(google.options())));
    const auto some = subjects(2);
    must(co_await ring.make(pool, tenant, some));
    Custodian keeper(*kms, pool, record());
    std::vector<Uuid> one{some[0]}, other{some[1]};
    must(co_await keeper.ask(tenant, std::move(one), false, "ann", "they asked for it", false));
    google.set_lag(3);
    for (int minute = 0; minute < 3; ++minute)
      EXPECT_EQ((co_await keeper.shred()).error().code, Code::unavailable) << minute;
    EXPECT_EQ(google.state(1), "ENABLED");
    EXPECT_EQ(must(co_await keeper.shred()), 1);
    EXPECT_EQ(google.asked("create"), 1);
    EXPECT_EQ(google.state(1), "DESTROY_SCHEDULED");
    EXPECT_EQ(key_of(tenant, "version || ' ' || kms_version"), "2 2");
    // The next one has to leave what was wrapped since.
    google.set_lag(0);
    must(co_await keeper.ask(tenant, std::move(other), false, "ann", "they asked for it", false));
    EXPECT_EQ(must(co_await keeper.shred()), 1);
    EXPECT_EQ(google.state(2), "DESTROY_SCHEDULED");
    EXPECT_EQ(key_of(tenant, "version || ' ' || kms_version"), "3 3");
  });
  EXPECT_EQ(google.faults(), std::vector<std::string>());
}

TEST_F(WholeKmsTest, ADestructionThatIsCutOffGoesOnWithTheKeysThatItHasMade) {
  run([&](db::Pool& pool) -> net::Task<void> {
    Keyring ring(file());
    const auto some = subjects(1200);
    must(co_await ring.make(pool, tenant, some));
    CountedKms kms(file());
    Custodian keeper(kms, pool, record());
    std::vector<Uuid> one{some[0]};
    must(co_await keeper.ask(tenant, std::move(one), false, "ann", "they asked for it", false));
    // The tenant's new key is there, and half of the data keys are wrapped with it.
    keeper.progress = [](int64_t done) {
      if (done >= 500) throw std::runtime_error("killed");
    };
    try {
      (void)co_await keeper.shred();
    } catch (const std::runtime_error&) {}
    EXPECT_EQ(admin.value("SELECT string_agg(state, ' ' ORDER BY version) FROM keys.tenant_key"),
              "decrypt-only active");
    EXPECT_EQ(kms.rotated, 0);
    Custodian again(kms, pool, record());
    EXPECT_EQ(must(co_await again.shred()), 1);
    EXPECT_EQ(admin.value("SELECT string_agg(state, ' ' ORDER BY version) FROM keys.tenant_key"), "destroyed active");
    EXPECT_EQ(kms.rotated, 1);
    EXPECT_EQ(must(co_await again.shred()), 0);
    EXPECT_EQ(kms.rotated, 1);
  });
}

TEST_F(WholeKmsTest, TheKmsRotatesByAgeAndByUse) {
  run([&](db::Pool& pool) -> net::Task<void> {
    CountedKms kms(file());
    Keyring ring(file());
    must(co_await ring.make(pool, tenant, subjects(1)));
    const auto tend = [&](KeyLives lives) -> net::Task<int> {
      admin.value("UPDATE keys.turn SET until = '-infinity'");
      Custodian keeper(kms, pool, record(), lives);
      must(co_await keeper.tend());
      co_return kms.rotated;
    };
    const KeyLives usual;
    KeyLives brief, few;
    brief.kms = std::chrono::seconds(-1);
    few.kms_wraps = 1;
    EXPECT_EQ(co_await tend(usual), 0);
    EXPECT_EQ(co_await tend(brief), 1);
    EXPECT_EQ(co_await tend(few), 1) << "it has wrapped one key, which its predecessor had wrapped";
    Custodian keeper(kms, pool, record());
    must(co_await keeper.rotate_tenant(tenant));
    EXPECT_EQ(co_await tend(few), 2) << "and now another one";
    EXPECT_EQ(co_await tend(few), 2);
    // A token does not tell when it made its key: since when it is in use counts.
    kms.ageless = true;
    EXPECT_EQ(co_await tend(usual), 2);
    admin.value("UPDATE keys.kms_version SET seen_at = now() - interval '91 days'");
    EXPECT_EQ(co_await tend(usual), 3);
    EXPECT_EQ(co_await tend(usual), 3);
    EXPECT_EQ(key_of(tenant, "kms_version"), "4");
  });
}

}  // namespace
}  // namespace cordon::keys
