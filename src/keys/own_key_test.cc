// A shop's own key, and the platform's: what the identity login and a shop's services keep under it is closed anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/closed_tables.h"
#include "app/key_commands.h"
#include "audit/log_key.h"
#include "identity/api_token.h"
#include "identity/member_store.h"
#include "keys/custodian.h"
#include "keys/keyring.h"
#include "shopify/closed_tables.h"
#include "shopify/install_store.h"
#include "shopify/shop_store.h"
#include "staff/staff.h"
#include "staff/totp.h"
#include "support/served.h"
#include "support/verified.h"

namespace cordon::keys {
namespace {

using testing::eventually;
using testing::must;
using testing::World;

const std::vector<Field> kKeptOfShops{shopify::kAccessToken,    shopify::kRefreshToken,  shopify::kPreviousRefreshToken,
                                      shopify::kTicketCustomer, identity::kMemberName,   identity::kMemberEmail,
                                      identity::kTokenAddress,  identity::kSessionAgent, identity::kSessionAddress};
const std::vector<Field> kKeptOfStaff{staff::kEmail, staff::kTotpSecret, staff::kOfferedSecret, audit::kLogKey};

std::string name_of(const Field& field) { return std::string(field.table) + "." + std::string(field.column); }
std::string sql_of(std::string_view bytes) { return "'" + *db::bytes(bytes) + "'::bytea"; }

struct OwnKeyTest : ::testing::Test {
  World& world = World::shared();
  testing::Shop shop = world.add_shop();
  TenantId tenant = shop.tenant;
  testing::SqlSession admin = world.sql();
  std::shared_ptr<const door::Pass> owner;
  std::string ticket;

  static std::string quoted(const auto& id) { return "'" + to_string(id) + "'"; }
  static std::string of(TenantId whose) { return "tenant_id = " + quoted(whose); }

  /// A row in each table that has something of a shop's under its own key.
  net::Task<void> fill(identity::Backend& backend);
  /// What fill() has put there, through the functions that the product reads it with.
  net::Task<void> expect_to_read(identity::Backend& backend);

  /// The versions of the keys that close a column's values.
  std::string versions(const Field& field, const std::string& where) {
    const std::string column(field.column);
    return admin.value("SELECT string_agg(DISTINCT encode(substr(" + column + ", 2, 4), 'hex'), ' ') FROM " +
                       std::string(field.table) + " WHERE " + column + " IS NOT NULL AND " + where);
  }
  /// Of a tenant's own key: each version, and whether it has ended.
  std::string own_key(TenantId whose) {
    return admin.value(
        "SELECT string_agg(version || ' ' || CASE WHEN wrapped IS NULL THEN 'ended' ELSE 'lives' END, ', ' "
        "ORDER BY version) FROM keys.data_key WHERE subject_id = tenant_id AND " +
        of(whose));
  }
  int64_t newest(TenantId whose) {
    return std::stoll(
        admin.value("SELECT max(version) FROM keys.data_key WHERE subject_id = tenant_id AND " + of(whose)));
  }
  /// The newest version of the platform's own key, as it stands in what it closes.
  std::string newest_of_platform() {
    return admin.value(
        "SELECT lpad(to_hex(max(version)), 8, '0') FROM keys.data_key WHERE subject_id = tenant_id AND " +
        of(identity::kPlatform));
  }
  void expect_only_the_newest_lives(TenantId whose) {
    EXPECT_EQ(admin.value("SELECT string_agg(version::text, ' ') FROM keys.data_key WHERE wrapped IS NOT NULL AND "
                          "subject_id = tenant_id AND " +
                          of(whose)),
              std::to_string(newest(whose)));
  }
  net::Task<Reclosing> under_way(Custodian& keeper) {
    const auto all = must(co_await keeper.reclosings());
    co_return *std::find_if(all.begin(), all.end(), [&](const Reclosing& one) { return one.tenant == tenant; });
  }
  /// Walks tables of a tenant's, and has one field of every row change between the reading and the writing. Names the
  /// fields that did.
  net::Task<std::vector<std::string>> change_within_walks(identity::Backend& backend, TenantId whose);
  net::Task<int> change_within_walk(const Way& way, const ClosedTable& table, const Field& field);
};

net::Task<void> OwnKeyTest::fill(identity::Backend& backend) {
  door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
  shopify::Grant grant;
  grant.access_token = "access-1", grant.refresh_token = "refresh-1";
  grant.expires_at = grant.refresh_expires_at = {now().micros + 3'600'000'000};
  const auto domain = *shopify::ShopDomain::parse(shop.name + ".myshopify.com");
  must(co_await shopify::put_install(scope, domain, grant));
  const Time seen = grant.expires_at;
  grant.access_token = "access-2", grant.refresh_token = "refresh-2";
  must(co_await shopify::put_refreshed(scope, seen, "refresh-1", grant));

  identity::Member ann{SubjectId::fresh(), "Ann Lee", "ann@shop.example", "agent"};
  must(co_await identity::invite_member(backend.identities, audit::event_of("member.invite", "TEST"), tenant, ann, 60));
  const identity::Who who{tenant, shop.owner, "owner"};
  const identity::From laptop{"link", "Firefox/1 (Linux)", "192.0.2.1"};
  owner = must(co_await backend.identity.open(who, laptop)).pass;

  identity::ApiTokens tokens(backend.identities, backend.identity, backend.limiter);
  identity::NewApiToken wanted;
  wanted.name.value = "till";
  wanted.scopes = {"order.read", "audit.append"};
  const auto made = must(co_await tokens.create(*owner, wanted, audit::event_of("token.create", "TEST")));
  must(co_await tokens.find(made.secret, "192.0.2.9"));

  shopify::Shopper shopper;
  shopper.tenant = tenant, shopper.customer = "4711", shopper.origin = "https://shop.example";
  ticket = must(co_await shopify::add_proxy_ticket(backend.identities, shopper));
}

net::Task<void> OwnKeyTest::expect_to_read(identity::Backend& backend) {
  Keyring::current().forget_all();
  door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
  const auto install = must(co_await shopify::find_install(scope));
  EXPECT_EQ(install.access_token, "access-2");
  EXPECT_EQ(install.refresh_token, "refresh-2");
  EXPECT_EQ(install.previous_refresh_token, "refresh-1");
  const auto members = must(co_await identity::list_members(backend.identities, tenant, std::nullopt, 10));
  std::vector<std::string> names, addresses;
  for (const identity::Member& member : members.items) {
    names.push_back(member.name);
    addresses.push_back(member.email.value_or(""));
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("Owner", "Ann Lee"));
  EXPECT_THAT(addresses, ::testing::UnorderedElementsAre("", "ann@shop.example"));
  const auto sessions = must(co_await backend.identity.sessions(*owner, shop.owner));
  EXPECT_EQ(sessions.items.at(0).address, "192.0.2.1");
  EXPECT_EQ(sessions.items.at(0).device, "Firefox on Linux");
  identity::ApiTokens tokens(backend.identities, backend.identity, backend.limiter);
  EXPECT_EQ(must(co_await tokens.list(tenant)).items.at(0).last_used_from, "192.0.2.9");
}

TEST_F(OwnKeyTest, WhatAShopKeepsIsClosedAnewAndItsOldKeyEnds) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    co_await fill(backend);
    for (const Field& field : kKeptOfShops) EXPECT_EQ(versions(field, of(tenant)), "00000001") << name_of(field);
    must(co_await app::renew_keys(backend, tenant, 0));
    for (const Field& field : kKeptOfShops) EXPECT_EQ(versions(field, of(tenant)), "00000002") << name_of(field);
    EXPECT_EQ(own_key(tenant), "1 ended, 2 lives");
    co_await expect_to_read(backend);
    EXPECT_EQ(must(co_await shopify::find_proxy_ticket(backend.identities, ticket)).customer, "4711");
  });
  EXPECT_EQ(admin.value("SELECT count(*) FROM keys.data_key WHERE subject_id <> tenant_id AND version = 1 AND wrapped "
                        "IS NOT NULL AND " +
                        of(tenant)),
            "2")
      << "its indices and its audit events keep theirs";
  const std::string token = world.token(*owner);
  EXPECT_TRUE(eventually([&] {
    return world.call(net::Method::get, "/v1/members", token).body.find("ann@shop.example") != std::string::npos;
  })) << "a running server goes on";
}

TEST_F(OwnKeyTest, AWalkThatIsCutOffGoesOnWithBothKeysAlive) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    co_await fill(backend);
    auto cut = identity::custodian(backend);
    must(co_await cut.renew(tenant, 0));
    // The install and the ticket are closed anew, nothing else is, and where the walk has come to is not saved.
    cut.progress = [](int64_t rows) {
      if (rows >= 2) throw std::runtime_error("killed");
    };
    door::Scope scope(must(co_await backend.identity.service(tenant, "importer")), backend.worker);
    const auto tables = app::closed_tables();
    Reclosing at = co_await under_way(cut);
    try {
      bool more = true;
      while (more) more = must(co_await cut.reclose(at, tables, &scope));
    } catch (const std::runtime_error&) {}
    EXPECT_EQ(versions(shopify::kTicketCustomer, of(tenant)), "00000002");
    EXPECT_EQ(versions(identity::kMemberName, of(tenant)), "00000001");
    EXPECT_EQ(own_key(tenant), "1 lives, 2 lives");
    co_await expect_to_read(backend);
    must(co_await app::renew_keys(backend, tenant, 0));
    for (const Field& field : kKeptOfShops) EXPECT_EQ(versions(field, of(tenant)), "00000002") << name_of(field);
    EXPECT_EQ(own_key(tenant), "1 ended, 2 lives");
    co_await expect_to_read(backend);
  });
}

TEST_F(OwnKeyTest, AShopThatIsSuspendedKeepsNoOtherWaiting) {
  const TenantId other = world.add_shop().tenant;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto keeper = identity::custodian(backend);
    must(co_await keeper.renew(tenant, 0));
    must(co_await keeper.renew(other, 0));
    must(co_await backend.identity.suspend(tenant, "a test"));
    const auto suspended = co_await app::go_on_reclosing(backend, 1000);
    EXPECT_FALSE(suspended);
    EXPECT_EQ(own_key(tenant), "1 lives, 2 lives");
    EXPECT_EQ(own_key(other), "1 ended, 2 lives");
    must(co_await backend.identity.resume(tenant));
    must(co_await app::go_on_reclosing(backend, 1000));
    EXPECT_EQ(own_key(tenant), "1 ended, 2 lives");
  });
}

TEST_F(OwnKeyTest, ARowThatIsDeletedMeanwhileStaysAway) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    co_await fill(backend);
    const Way way = by_login(as_identity(backend.identities), tenant);
    const Reclose delete_it = [&](const DataKey& key, const Field& field, const Uuid& row, std::string_view value) {
      admin.value("DELETE FROM " + std::string(field.table) + " WHERE " + of(tenant));
      return std::optional(key.close(field, row, key.open(field, row, value)));
    };
    const auto tables = shopify::closed_tables();
    const Place start;
    const Walked walked = must(co_await walk(way, tables.at(1), start, 500, delete_it));
    EXPECT_EQ(walked.changed, 1);
    EXPECT_EQ(versions(shopify::kTicketCustomer, of(tenant)), "");
  });
}

net::Task<int> OwnKeyTest::change_within_walk(const Way& way, const ClosedTable& table, const Field& field) {
  const std::string column(field.column), rows = " FROM " + std::string(field.table) + " WHERE " + column + " = ";
  std::vector<std::string> put;
  // What is put there is the same text, closed again: also the log's key may be any of these.
  const Reclose reclose = [&](const DataKey& key, const Field& at, const Uuid& row, std::string_view value) {
    const std::string plain = key.open(at, row, value);
    if (at.column == field.column) {
      put.push_back(sql_of(key.close(at, row, plain).value));
      admin.value("UPDATE " + std::string(at.table) + " SET " + column + " = " + put.back() + " WHERE " + column +
                  " = " + sql_of(value));
    }
    return std::optional(key.close(at, row, plain));
  };
  const Place start;
  must(co_await walk(way, table, start, 500, reclose));
  for (const std::string& value : put)
    EXPECT_EQ(admin.value("SELECT count(*)" + rows + value), "1") << name_of(field) << " was overwritten";
  co_return static_cast<int>(put.size());
}

net::Task<std::vector<std::string>> OwnKeyTest::change_within_walks(identity::Backend& backend, TenantId whose) {
  std::vector<std::string> changed;
  std::optional<door::Scope> scope;
  if (whose != identity::kPlatform)
    scope.emplace(must(co_await backend.identity.service(whose, "importer")), backend.worker);
  const auto tables = app::closed_tables();
  for (const ClosedTable& table : tables) {
    const bool sealed = table.reached == Reached::by_seal;
    if (sealed && !scope) continue;
    const Way way = sealed ? by_seal(*scope) : by_login(as_identity(backend.identities), whose);
    for (const Field& field : table.fields) {
      const int rows = co_await change_within_walk(way, table, field);
      if (rows > 0) changed.push_back(name_of(field));
    }
  }
  co_return changed;
}

TEST_F(OwnKeyTest, WhatChangesMeanwhileIsNotOverwritten) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    co_await fill(backend);
    std::vector<std::string> wanted;
    for (const Field& field : kKeptOfShops) wanted.push_back(name_of(field));
    const auto changed = co_await change_within_walks(backend, tenant);
    EXPECT_THAT(changed, ::testing::UnorderedElementsAreArray(wanted));
    co_await expect_to_read(backend);
  });
}

/// One of the staff with an authenticator app, and on the way to another one.
struct OwnKeyOfPlatformTest : OwnKeyTest {
  std::unique_ptr<staff::Shared> shared = app::share_staff(world.config(), [] { return uint16_t{1}; });
  const std::string email = to_string(new_uuid()) + "@cordon.example";
  const std::string password = "marmalade at seven";
  std::shared_ptr<const door::Pass> pass;
  std::string secret;   ///< of the app
  std::string offered;  ///< the challenge that asks for the next one's
  std::string id;

  void SetUp() override {
    admin.value("DELETE FROM identity.staff_throttle");
    std::string challenge;
    with([&](staff::Staff& staff) -> net::Task<void> {
      const std::string link = must(co_await staff.invite(email, "administrator", std::nullopt));
      challenge = must(co_await staff.accept(link.substr(link.find('#') + 1), password, caller())).challenge;
    });
    id = admin.value("SELECT staff_id FROM identity.staff WHERE email_index = " +
                     world.index(staff::kEmail, identity::kPlatform, email));
    secret = offered_secret("enrol");
    with([&](staff::Staff& staff) -> net::Task<void> {
      pass = must(co_await staff.enrol(answer(challenge, secret), caller())).session.pass;
      offered = must(co_await staff.begin_factor(*pass)).challenge;
    });
  }

  void with(const std::function<net::Task<void>(staff::Staff&)>& work) {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      staff::Staff staff(backend.identity, *shared);
      co_await work(staff);
    });
  }
  static staff::Caller caller() {
    staff::Caller made;
    made.request = RequestId::fresh();
    made.from.agent = "Firefox/1 (Linux)";
    made.from.address = "192.0.2.7";
    return made;
  }
  static staff::Answer answer(const std::string& challenge, const std::string& of_app) {
    staff::Answer made;
    made.challenge.value = challenge;
    made.code.emplace().value = staff::totp_code(of_app, staff::totp_step(now()));
    return made;
  }
  std::string offered_secret(const std::string& purpose) {
    const std::string sealed = admin.value("SELECT sealed FROM identity.staff_secret WHERE purpose = '" + purpose +
                                           "' AND staff_id = '" + id + "'");
    return world.opened(staff::kOfferedSecret, identity::kPlatform, *parse_uuid(id), sealed);
  }
  /// A code is taken once.
  void forget_step() { admin.value("UPDATE identity.staff_totp SET last_step = 0 WHERE staff_id = '" + id + "'"); }
  void renew() {
    world.run([](identity::Backend& backend) -> net::Task<void> {
      must(co_await app::renew_keys(backend, identity::kPlatform, 0));
    });
  }
};

TEST_F(OwnKeyOfPlatformTest, WhatItKeepsIsClosedAnewAndItsOldKeyEnds) {
  const int64_t before = newest(identity::kPlatform);
  renew();
  EXPECT_EQ(newest(identity::kPlatform), before + 1);
  expect_only_the_newest_lives(identity::kPlatform);
  for (const Field& field : kKeptOfStaff) EXPECT_EQ(versions(field, "true"), newest_of_platform()) << name_of(field);
  for (const Field& field : {identity::kSessionAgent, identity::kSessionAddress})
    EXPECT_EQ(versions(field, of(identity::kPlatform)), newest_of_platform()) << name_of(field);
  EXPECT_EQ(admin.value("SELECT max(version) FROM keys.data_key WHERE subject_id <> tenant_id AND " +
                        of(identity::kPlatform)),
            "1")
      << "its indices and its audit events keep theirs";
}

TEST_F(OwnKeyOfPlatformTest, WhatItKeepsReadsTheSameAfterwards) {
  renew();
  forget_step();
  with([&](staff::Staff& staff) -> net::Task<void> {
    const auto colleagues = must(co_await staff.colleagues());
    EXPECT_TRUE(std::any_of(colleagues.begin(), colleagues.end(), [&](const auto& one) { return one.email == email; }));
    const auto sessions = must(co_await staff.sessions_of(*pass, pass->subject));
    EXPECT_EQ(sessions.items.at(0).address, "192.0.2.7");
    EXPECT_EQ(sessions.items.at(0).device, "Firefox on Linux");
    const auto asked = must(co_await staff.sign_in(email, password, caller()));
    must(co_await staff.prove(answer(asked.challenge, secret), caller()));
  });
  const std::string next = offered_secret("factor");
  with([&](staff::Staff& staff) -> net::Task<void> {
    must(co_await staff.add_factor(*pass, answer(offered, next), caller()));
  });
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const std::string no_name;
    const auto signing = must(co_await audit::log_key(backend.identities, identity::kPlatform, no_name));
    EXPECT_EQ(signing.public_key(), testing::log_key(admin).key);
  });
  const std::string token = world.token(*pass);
  EXPECT_TRUE(eventually([&] {
    return world.call(net::Method::get, "/v1/staff", token).body.find(email) != std::string::npos;
  })) << "a running server goes on";
}

TEST_F(OwnKeyOfPlatformTest, WhatChangesMeanwhileIsNotOverwritten) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    std::vector<std::string> wanted{name_of(identity::kSessionAgent), name_of(identity::kSessionAddress)};
    for (const Field& field : kKeptOfStaff) wanted.push_back(name_of(field));
    const auto changed = co_await change_within_walks(backend, identity::kPlatform);
    EXPECT_THAT(changed, ::testing::UnorderedElementsAreArray(wanted));
  });
}

TEST_F(OwnKeyOfPlatformTest, AWalkForAShopTouchesNothingOfIt) {
  const auto standing = [&] {
    return admin.value(
        "SELECT (SELECT private_key FROM audit.log)::text || (SELECT string_agg(email::text, '' ORDER BY "
        "staff_id) FROM identity.staff)");
  };
  const std::string before = standing();
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto changed = co_await change_within_walks(backend, tenant);
    EXPECT_THAT(changed, ::testing::ElementsAre(name_of(identity::kMemberName))) << "the shop has its owner only";
  });
  EXPECT_EQ(standing(), before);
}

TEST_F(OwnKeyOfPlatformTest, OwnKeysAreRenewedByAgeAndThoseOfIndicesAndEventsAreNot) {
  const std::vector<TenantId> both{tenant, identity::kPlatform};
  const std::vector<int64_t> before{newest(tenant), newest(identity::kPlatform)};
  for (const TenantId whose : both)
    admin.value("UPDATE keys.data_key SET made_at = now() - interval '366 days' WHERE " + of(whose));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    KeyLives lives;
    lives.announced = std::chrono::seconds(0);
    auto keeper = identity::custodian(backend, lives);
    admin.value("UPDATE keys.turn SET until = '-infinity'");
    must(co_await keeper.tend());
    must(co_await app::go_on_reclosing(backend, 1000));
  });
  for (size_t i = 0; i < both.size(); ++i) {
    EXPECT_EQ(newest(both[i]), before[i] + 1);
    expect_only_the_newest_lives(both[i]);
    EXPECT_EQ(admin.value("SELECT max(version) FROM keys.data_key WHERE subject_id <> tenant_id AND " + of(both[i])),
              "1");
  }
}

}  // namespace
}  // namespace cordon::keys
