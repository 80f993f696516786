// What is personal in events is closed with a key of the tenant's: it opens for the shop, for nobody else, and no more
// once that key has ended. The log does not notice.
#include "audit/closing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/station.h"
#include "audit/search.h"
#include "audit/verifier.h"
#include "keys/keyring.h"
#include "support/chat.h"
#include "support/served.h"
#include "support/spoilt.h"
#include "support/world.h"

namespace cordon::audit {
namespace {

using net::Method;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::must;
using ::testing::Not;
using testing::Shop;
using testing::World;

Event an_event(TenantId tenant) {
  Event event;
  event.tenant = tenant;
  event.action = "member.change";
  event.request = RequestId::fresh();
  event.address = "2001:db8::77";
  event.agent = "zebra browser";
  event.detail = Detail().changed("role", "agent", "owner").text();
  return event;
}

class ClosingTest : public ::testing::Test {
 protected:
  std::string condition() const { return "action = 'member.change' AND tenant_id = '" + to_string(shop.tenant) + "'"; }
  void record() {
    world.run([this](identity::Backend& backend) -> net::Task<void> {
      must(co_await backend.recorder.record(an_event(shop.tenant)));
    });
  }
  /// The end of what closes events, in the database; the caches of a World::run() are its own.
  void end_key() {
    admin.value(
        "UPDATE keys.data_key SET wrapped = NULL, destroyed_at = now() WHERE subject_id = "
        "'00000000-0000-8000-8000-000000000002' AND tenant_id = '" +
        to_string(shop.tenant) + "'");
  }

  World& world = World::shared();
  Shop shop = world.add_shop();
  testing::SqlSession admin = world.sql();
};

TEST_F(ClosingTest, StoresNothingPersonalInTheClearAndOpensItAgain) {
  record();
  admin.run("SELECT e::text, address, agent, detail, address_index IS NOT NULL FROM audit.event e WHERE " +
            condition());
  ASSERT_EQ(admin.rows().size(), 1);
  for (const char* plain : {"2001:db8", "zebra", "owner"}) EXPECT_THAT(admin.rows()[0][0], Not(HasSubstr(plain)));
  EXPECT_EQ(admin.rows()[0][4], "t");
  const auto opened = world.events(condition());
  ASSERT_EQ(opened.size(), 1);
  EXPECT_EQ(opened[0].address, "2001:db8::77");
  EXPECT_EQ(opened[0].agent, "zebra browser");
  EXPECT_EQ(opened[0].detail, R"({"role":{"before":"agent","after":"owner"}})");
}

TEST_F(ClosingTest, WhatWasMovedOrAlteredDoesNotOpen) {
  record();
  admin.run("SELECT event_id, address, agent FROM audit.event WHERE " + condition());
  const auto row = admin.rows().at(0);
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    const auto key = must(co_await Opener(backend.recorder.keys()).key(shop.tenant));
    const auto open = [&](const keys::Field& field, const std::string& id, const std::string& stored) {
      return Opener::open(key, field, *EventId::parse(id), stored);
    };
    EXPECT_EQ(open(kAddress, row[0], row[1]), "2001:db8::77");
    EXPECT_EQ(open(kAgent, row[0], row[1]), kUnreadable) << "of another column";
    EXPECT_EQ(open(kAddress, to_string(EventId::fresh()), row[1]), kUnreadable) << "of another event";
    std::string altered = row[1];
    altered[20] = altered[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(open(kAddress, row[0], altered), kUnreadable);
    EXPECT_EQ(open(kAddress, row[0], "closed:!"), kUnreadable);
    EXPECT_EQ(Opener::open(must(co_await Opener(backend.recorder.keys()).key(std::nullopt)), kAddress,
                           *EventId::parse(row[0]), row[1]),
              kUnreadable)
        << "with another tenant's key";
  });
}

TEST_F(ClosingTest, TheEndOfTheKeyLeavesTheLogAsItIs) {
  record();
  const auto commitment = [&] {
    return admin.value("SELECT audit.commitment(e) FROM audit.event e WHERE " + condition());
  };
  const std::string before = commitment();
  end_key();
  for (const auto& event : world.events(condition())) {
    EXPECT_EQ(event.address, keys::kErased);
    EXPECT_EQ(event.agent, keys::kErased);
    EXPECT_EQ(event.detail, keys::kErased);
  }
  EXPECT_EQ(commitment(), before);
}

TEST_F(ClosingTest, AnEventThatIsHiddenFromASearchByAddressIsFoundByTheVerifier) {
  record();
  const std::string id = admin.value("SELECT event_id FROM audit.event WHERE " + condition());
  const std::string index = admin.value("SELECT address_index FROM audit.event WHERE " + condition());
  // What the verifier says of this event.
  const auto said = [&] {
    std::string out;
    uint64_t unopened = 0;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      auto store = backend.recorder.log();
      Trust trust;
      trust.key = must(co_await store.log()).key;
      EventSource events{through(backend.identities), Opener(backend.recorder.keys())};
      const Report report = must(co_await verify(store, std::move(events), trust));
      unopened = report.unopened;
      for (const Finding& finding : report.findings)
        if (finding.what.contains(id)) out += std::string(to_string(finding.wrong)) + ": " + finding.what;
    });
    return std::pair(out, unopened);
  };
  const auto [nothing, unopened] = said();
  EXPECT_EQ(nothing, "");
  for (const std::string other : {"NULL", "'\\x00'", "substr(address_index, 2)"}) {
    admin.value("UPDATE audit.event SET address_index = " + other + " WHERE " + condition());
    EXPECT_THAT(said().first, AllOf(HasSubstr("changed: "), HasSubstr("not found by its address")));
  }
  admin.value("UPDATE audit.event SET address_index = '" + index + "' WHERE " + condition());
  EXPECT_EQ(said().first, "");
  // When its key has ended there is nothing to compare with, and nobody can search for it either.
  end_key();
  const auto [after, more_unopened] = said();
  EXPECT_EQ(after, "");
  EXPECT_GT(more_unopened, unopened);
}

TEST_F(ClosingTest, AnEventIsWrittenEvenWhereNothingClosesIt) {
  // No tenant, and so no key: as where a tenant's key was destroyed, or the KMS is away.
  const TenantId nobody = TenantId::fresh();
  world.run(
      [&](identity::Backend& backend) -> net::Task<void> { must(co_await backend.recorder.record(an_event(nobody))); });
  EXPECT_EQ(admin.value("SELECT address || agent || detail || coalesce(address_index::text, '') FROM audit.event WHERE "
                        "tenant_id = '" +
                        to_string(nobody) + "'"),
            "");
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE tenant_id = '" + to_string(nobody) + "'"), "1");
}

TEST_F(ClosingTest, NothingLeavesWhereTheKeyIsNotTheOneThatWasStored) {
  record();  // with the key, which the server has not read yet
  const std::string owner = world.token(*world.sign_in(shop, "owner"));
  const auto events = [&] {
    return admin.value("SELECT count(*) FROM audit.event WHERE resource = '/v1/merchant' AND tenant_id = '" +
                       to_string(shop.tenant) + "'");
  };
  {
    const testing::Spoilt key(
        world, "keys.data_key", "wrapped",
        "subject_id = '00000000-0000-8000-8000-000000000002' AND tenant_id = '" + to_string(shop.tenant) + "'");
    for (const auto& reply : {world.call(Method::get, "/v1/merchant", owner),
                              world.call(Method::patch, "/v1/merchant", owner, R"({"name":"Unseen"})")}) {
      EXPECT_EQ(reply.status, 503);
      EXPECT_THAT(reply.body, HasSubstr("\"code\":\"unavailable\""));
      EXPECT_THAT(reply.body, Not(HasSubstr(shop.name)));
    }
    EXPECT_EQ(events(), "0");
  }
  const auto reply = world.call(Method::get, "/v1/merchant", owner);
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("The " + shop.name));
  EXPECT_EQ(events(), "1");
}

TEST_F(ClosingTest, KeysAndKillSwitchesKeepTheirDetail) {
  Event event = an_event(shop.tenant);
  event.action = "key.destroy";
  event.address.clear(), event.agent.clear();
  EXPECT_EQ(ClosedEvent::of(event).event().detail, event.detail);
  event.action = "member.change";
  EXPECT_THROW(ClosedEvent::of(event), std::logic_error);
}

TEST_F(ClosingTest, TheAuditLoginSeesNoOtherDataKey) {
  record();
  auto audits = world.sql("cordon_audit");
  EXPECT_EQ(
      audits.value("SELECT count(*) FROM keys.data_key WHERE subject_id <> '00000000-0000-8000-8000-000000000002'"),
      "0");
  EXPECT_NE(audits.value("SELECT count(*) FROM keys.data_key"), "0");
  EXPECT_EQ(audits.run("UPDATE keys.data_key SET wrapped = NULL"), "42501");
  EXPECT_EQ(audits.run("DELETE FROM keys.data_key"), "42501");
  EXPECT_EQ(audits.run(
                "INSERT INTO keys.data_key (tenant_id, subject_id, version, tenant_version, wrapped) SELECT tenant_id, "
                "tenant_id, 9, version, '\\x00' FROM keys.tenant_key WHERE tenant_id = '" +
                to_string(shop.tenant) + "'"),
            "42501");
}

// What an event tells of its request ------------------------------------------------------------------------------

class Told : public ClosingTest {
 protected:
  std::string last(const std::string& column, const std::string& action) {
    return admin.value("SELECT " + column + " FROM audit.event WHERE action = '" + action + "' AND tenant_id = '" +
                       to_string(shop.tenant) + "' ORDER BY event_id DESC LIMIT 1");
  }
};

TEST_F(Told, StatementsWithTheirRowsAndADigestThatOnlyTheShopsKeyMakes) {
  const std::string owner = world.token(*world.sign_in(shop, "owner"));
  EXPECT_EQ(world.call(Method::get, "/v1/orders", owner).status, 200);
  EXPECT_THAT(last("queries", "order.list"), ::testing::MatchesRegex("order\\.[a-z_]+:[0-9a-f]{16}:0"));
  const std::string first = last("queries", "order.list");
  EXPECT_EQ(world.call(Method::get, "/v1/orders", owner).status, 200);
  EXPECT_EQ(last("queries", "order.list"), first) << "the same question has the same digest";
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant", owner, R"({"name":"Zoë's"})").status, 200);
  EXPECT_THAT(last("queries", "merchant.change"), HasSubstr("merchant.")) << "changes tell what they run too";
  const Shop other = world.add_shop();
  EXPECT_EQ(world.call(Method::get, "/v1/orders", world.token(*world.sign_in(other, "owner"))).status, 200);
  const std::string theirs = admin.value(
      "SELECT queries FROM audit.event WHERE action = 'order.list' AND tenant_id = '" + to_string(other.tenant) + "'");
  EXPECT_NE(theirs, first);
}

TEST_F(Told, WhatTheIdentityLoginReadForIt) {
  const std::string owner = world.token(*world.sign_in(shop, "owner"));
  EXPECT_EQ(world.call(Method::get, "/v1/members", owner).status, 200);
  EXPECT_THAT(last("queries", "member.list"), ::testing::MatchesRegex("member\\.list:[0-9a-f]{16}:1"));
  EXPECT_EQ(world.call(Method::get, "/v1/shop/sessions", owner).status, 200);
  EXPECT_THAT(last("queries", "session.list"), ::testing::MatchesRegex("session\\.all:[0-9a-f]{16}:0"));
  EXPECT_EQ(world.call(Method::patch, "/v1/support-access", owner, R"({"needs_consent":true})").status, 200);
  EXPECT_THAT(last("queries", "grant.settings"), ::testing::MatchesRegex("support_grant\\.access:[0-9a-f]{16}:1"))
      << "before it changed something";
}

TEST_F(Told, WhatASettingWasBeforeAndAfter) {
  const std::string owner = world.token(*world.sign_in(shop, "owner"));
  EXPECT_EQ(world.call(Method::patch, "/v1/support-access", owner, R"({"needs_consent":true})").status, 200);
  const auto found = world.events("action = 'grant.settings' AND tenant_id = '" + to_string(shop.tenant) + "'");
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].detail, R"({"needs_consent":{"before":false,"after":true}})");
  EXPECT_EQ(world.call(Method::patch, "/v1/merchant", owner, R"({"assistant_name":"Bo","attribution_days":7})").status,
            200);
  const auto settings = world.events("action = 'merchant.change' AND tenant_id = '" + to_string(shop.tenant) + "'");
  ASSERT_EQ(settings.size(), 1);
  EXPECT_EQ(settings[0].detail, R"({"assistant_name":{"before":"Ada","after":"Bo"}})") << "what became another alone";
}

TEST_F(Told, WhichKeysTheKmsOpened) {
  world.call(Method::get, "/v1/customers", world.token(*world.sign_in(shop, "owner")));
  EXPECT_NE(
      admin.value("SELECT count(*) FROM audit.event WHERE action = 'key.use' AND resource LIKE 'open %' AND tenant_id "
                  "= '" +
                  to_string(shop.tenant) + "'"),
      "0");
}

TEST_F(Told, WhichKeysAStartWithoutAnyHasMade) {
  const auto count = [&](const std::string& what) {
    return admin.value("SELECT count(*) FROM audit.event WHERE tenant_id = '" + to_string(identity::kPlatform) +
                       "' AND " + what);
  };
  const std::string first = R"(action = 'key.rotate' AND detail = '{"kms_version":"1"}')";
  EXPECT_TRUE(testing::eventually([&] { return count(first) == "1"; })) << "the KMS's own";
  EXPECT_TRUE(testing::eventually([&] { return count("action = 'key.use' AND resource = 'close'") != "0"; }))
      << "the platform's, which that one closes";
}

TEST_F(Told, WhatASocketWasSentBeforeItWas) {
  testing::Chat chat(world);
  const std::string tenant = "' AND tenant_id = '" + to_string(chat.shop.tenant) + "'";
  chat.widget->send(R"({"type":"send","client_id":")" + testing::fresh_id() + R"(","text":"Hello?"})");
  chat.widget->await("message");
  EXPECT_NE(
      admin.value("SELECT count(*) FROM audit.event WHERE method = 'SOCKET' AND rows_out > 0 AND bytes_out > 100 AND "
                  "queries <> '' AND action = 'message.read" +
                  tenant),
      "0");
  chat.widget->send(R"({"type":"nothing"})");
  chat.widget->await("error");
  EXPECT_EQ(admin.value("SELECT code FROM audit.event WHERE action = 'socket.refuse" + tenant), "invalid");
}

}  // namespace
}  // namespace cordon::audit
