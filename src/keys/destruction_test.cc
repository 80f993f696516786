// The end of keys, a shop's own or a customer's: who has to ask for it, who decides, and what is read afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/key_commands.h"
#include "commerce/customer_store.h"
#include "keys/keyring.h"
#include "keys/sealed_object.h"
#include "support/custodian.h"
#include "support/served.h"
#include "support/server.h"
#include "support/stores.h"

namespace cordon::keys {
namespace {

using testing::must;
using testing::new_subjects;

struct DestructionTest : testing::CustodianTest {};

TEST_F(DestructionTest, AShopsOwnKeyEndsWithTwoPeopleAndTimeOrByLaw) {
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
    const auto some = new_subjects(1);
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

TEST_F(DestructionTest, OfTwoWhoDecideAtTheSameMomentOneHasDecided) {
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

TEST_F(DestructionTest, ARunningServerForgetsAKeyThatHasEnded) {
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
  // Each reactor forgets by itself, and one of them may have forgotten others a moment ago: within a second then.
  EXPECT_TRUE(testing::eventually([&] {
    for (int i = 0; i < 10; ++i)
      if (name().find(kErased) == std::string::npos) return false;
    return true;
  }));
}

TEST_F(DestructionTest, ACustomerIsFoundAsLongAsNobodyHasAskedForTheEnd) {
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
TEST_F(DestructionTest, AnOptionThatIsGivenEmptyIsNotOneThatIsNotGiven) {
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

TEST_F(DestructionTest, AStoredObjectEndsWithTheKeyThatClosesItsKey) {
  constexpr Field kObjectKey{"commerce.export", "object_key"};
  const testing::TemporaryFolder folder;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    net::Workers workers(1, 4);
    auto store = must(open_store("folder:" + folder.path().string(), workers));
    const Transact transact = as_identity(backend.identities);
    const auto some = new_subjects(1);
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

}  // namespace
}  // namespace cordon::keys
