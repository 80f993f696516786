// Looking for events: a shop finds its own and no other's, the platform's auditors find all, and each can be proved to
// be in the log from what was handed out alone.
#include "audit/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/proof.h"
#include "base/random.h"
#include "support/served.h"
#include "support/signing_key.h"

namespace cordon::audit {
namespace {

using net::Method;
using testing::must;
using testing::Shop;
using testing::World;

class EventSearch : public ::testing::Test {
 protected:
  boost::json::array found(const std::string& query, const std::string& by, const std::string& path = "") {
    const auto reply = world.call(Method::get, (path.empty() ? "/v1/audit-events" : path) + query, by);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return must(json::parse(reply.body)).as_object().at("items").as_array();
  }
  static std::string text(const boost::json::value& event, const std::string& field) {
    const auto& value = event.as_object().at(field);
    return value.is_string() ? std::string(value.as_string()) : std::string();
  }

  World& world = World::shared();
  Shop shop = world.add_shop(), other = world.add_shop();
  std::shared_ptr<const door::Pass> pass = world.sign_in(shop, "owner");
  std::string owner = world.token(*pass), agent = world.token(*world.sign_in(shop, "agent"));
  std::string theirs = world.token(*world.sign_in(other, "owner"));
};

TEST_F(EventSearch, FindsOnesOwnByWhoWhatWhereAndHowItEnded) {
  EXPECT_EQ(world.call(Method::get, "/v1/merchant", owner).status, 200);
  EXPECT_EQ(world.call(Method::get, "/v1/merchant", theirs).status, 200);
  EXPECT_EQ(world.call(Method::get, "/v1/members", agent).status, 403);
  auto all = found("", owner);
  ASSERT_GE(all.size(), 2);
  // The KMS opens the shop's key whenever a thread first needs it.
  while (text(all[0], "action") == "key.use") all.erase(all.begin());
  for (const auto& event : all) EXPECT_EQ(text(event, "tenant_id"), to_string(shop.tenant));
  EXPECT_EQ(text(all[0], "action"), "member.list") << "the newest first";
  EXPECT_EQ(text(all[0], "code"), "forbidden");
  const auto mine = found("?subject_id=" + to_string(pass->subject) + "&action=merchant.read", owner);
  ASSERT_EQ(mine.size(), 1);
  EXPECT_EQ(text(mine[0], "resource"), "/v1/merchant");
  EXPECT_GT(mine[0].as_object().at("bytes_out").as_int64(), 20);
  EXPECT_EQ(found("?status=403", owner).size(), 1);
  EXPECT_EQ(found("?code=forbidden&resource=/v1/mem", owner).size(), 1);
  EXPECT_EQ(found("?resource=/v1/nothing", owner).size(), 0);
  EXPECT_GE(found("?address=127.0.0.1", owner).size(), 2);
  EXPECT_EQ(found("?address=192.0.2.1", owner).size(), 0);
  EXPECT_EQ(found("?to=2020-01-01T00:00:00Z", owner).size(), 0);
  EXPECT_EQ(found("?from=2020-01-01T00:00:00Z&status=403", owner).size(), 1);
  // Looking is an event too.
  EXPECT_GE(found("?action=audit.list", owner).size(), 9);
}

TEST_F(EventSearch, FindsOneThingAndWhatWasRefusedWhateverElseIsAsked) {
  const std::string path = "/v1/conversations/" + to_string(new_uuid()), thing = "?resource=" + path;
  EXPECT_EQ(world.call(Method::get, path, owner).status, 404);
  EXPECT_EQ(world.call(Method::get, path, theirs).status, 404);
  EXPECT_EQ(world.call(Method::get, "/v1/conversations/" + to_string(new_uuid()), owner).status, 404);
  const std::string whose = "&subject_id=" + to_string(pass->subject);
  for (const std::string& also : {std::string(), whose, std::string("&code=not_found"), std::string("&status=404"),
                                  "&action=conversation.read&status=404&code=not_found" + whose})
    EXPECT_EQ(found(thing + also, owner).size(), 1) << also;
  for (const std::string& also : {std::string("0"), std::string("&code=forbidden"), std::string("&status=200"),
                                  std::string("&action=merchant.read"), "&subject_id=" + to_string(SubjectId::fresh())})
    EXPECT_EQ(found(thing + also, owner).size(), 0) << also;
  for (const std::string search :
       {"?code=not_found", "?status=404", "?action=conversation.read", "?resource=/v1/conversations/&status=404",
        "?code=not_found&action=conversation.read"})
    EXPECT_EQ(found(search, owner).size(), 2) << search;
  const std::string auditor = world.token(*world.sign_in_staff("auditor"));
  for (const std::string also : {"", "&code=not_found", "&status=404", "&action=conversation.read"}) {
    EXPECT_EQ(found(thing + also, auditor, "/v1/staff/audit-events").size(), 2) << also;
    EXPECT_EQ(found(thing + also + "&shop_id=" + to_string(shop.tenant), auditor, "/v1/staff/audit-events").size(), 1)
        << also;
  }
  EXPECT_EQ(found(thing + "&status=200", auditor, "/v1/staff/audit-events").size(), 0);
  EXPECT_EQ(found(thing + "&status=404" + whose, auditor, "/v1/staff/audit-events").size(), 1);
}

TEST_F(EventSearch, ALookByTheStaffSaysAtWhoseEventsAndAtWhich) {
  const auto auditor = world.sign_in_staff("auditor");
  found("?action=merchant.read&shop_id=" + to_string(shop.tenant), world.token(*auditor), "/v1/staff/audit-events");
  const std::string look = "action = 'audit.list' AND session_id = '" + to_string(auditor->session) + "'";
  const auto events = world.events(look);
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].detail,
            R"({"query":{"tenant_id":")" + to_string(shop.tenant) + R"(","action":"merchant.read"}})");
  EXPECT_THAT(world.sql().value("SELECT queries FROM audit.event WHERE " + look),
              ::testing::MatchesRegex("search\\.all:[0-9a-f]{16}:[0-9]+"));
}

TEST_F(EventSearch, GoesOnWithACursor) {
  for (int i = 0; i < 5; ++i) world.call(Method::get, "/v1/merchant", owner);
  std::set<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const auto reply = world.call(Method::get, "/v1/audit-events?action=merchant.read&limit=2" + cursor, owner);
    const auto body = must(json::parse(reply.body)).as_object();
    for (const auto& event : body.at("items").as_array()) EXPECT_TRUE(seen.insert(text(event, "event_id")).second);
    if (page < 2) cursor = "&cursor=" + std::string(body.at("next_cursor").as_string());
    else EXPECT_TRUE(body.at("next_cursor").is_null());
  }
  EXPECT_EQ(seen.size(), 5);
}

TEST_F(EventSearch, GoesThroughTheDaysFromTheNewestOn) {
  // A day that is over has its indexes; before it and after it is what has no partition.
  auto admin = world.sql();
  admin.value("SET ROLE cordon_owner");
  admin.value("SELECT audit.add_partition((now() AT TIME ZONE 'UTC')::date - 203)");
  admin.value("RESET ROLE");
  const std::string path = "/v1/customers/" + to_string(new_uuid());
  const auto plant = [&](int day, int minute) {
    const std::string id = admin.value(
        "SELECT audit.first_id((now() AT TIME ZONE 'UTC')::date::timestamp AT TIME ZONE 'UTC' - interval '" +
        std::to_string(day) + " days' + interval '" + std::to_string(minute) + " minutes')");
    admin.value(
        "INSERT INTO audit.event (event_id, tenant_id, subject_id, action, resource, status, code, request_id) VALUES "
        "('" +
        id + "', '" + to_string(shop.tenant) + "', '" + to_string(pass->subject) + "', 'test.days', '" + path +
        "', 418, 'test_days', gen_random_uuid())");
    return id;
  };
  std::vector<std::string> planted{plant(202, 9)};
  for (int minute = 5; minute > 0; --minute) planted.push_back(plant(203, minute));
  planted.push_back(plant(204, 1));
  while (admin.value("SELECT audit.index_past_day()") == "t") {}
  const std::string auditor = world.token(*world.sign_in_staff("auditor")),
                    person = "subject_id=" + to_string(pass->subject);
  for (const std::string& search :
       {std::string("action=test.days"), std::string("code=test_days"), std::string("status=418"),
        person + "&action=test.days", "resource=" + path, std::string("resource=/v1/cust&status=418")})
    for (const auto& [by, where] :
         {std::pair(owner, std::string("/v1/audit-events")), std::pair(auditor, std::string("/v1/staff/audit-events")),
          std::pair(auditor, "/v1/staff/audit-events?shop_id=" + to_string(shop.tenant))}) {
      std::vector<std::string> ids;
      // Page by page, of which one ends within the day.
      for (std::string cursor; ids.size() <= planted.size();) {
        const auto page = found((where.contains('?') ? "&" : "?") + search + "&limit=3" + cursor, by, where);
        for (const auto& event : page) ids.push_back(text(event, "event_id"));
        if (page.size() < 3) break;
        cursor = "&cursor=" + ids.back();
      }
      EXPECT_EQ(ids, planted) << search << " " << where;
    }
  // A person in whichever shop is found by the index that is for it.
  EXPECT_EQ(
      admin.value("SELECT count(*) FROM audit.find(NULL, '" + to_string(pass->subject) +
                  "', 'test.days', NULL, NULL, NULL, NULL, '" + planted.back() + "', '" + planted.front() + "', 100)"),
      std::to_string(planted.size() - 1));
  admin.value("SELECT pg_stat_force_next_flush()");
  EXPECT_EQ(admin.value("SELECT idx_scan > 0 FROM pg_stat_all_indexes WHERE indexrelname = 'event_' || to_char((now() "
                        "AT TIME ZONE 'UTC')::date - 203, 'YYYYMMDD') || '_all_subject'"),
            "t");
}

TEST_F(EventSearch, ADayThatIsNotOverHasFewIndexesForEachCostsEveryEvent) {
  const std::string of_tomorrow =
      " FROM pg_indexes WHERE schemaname = 'audit' AND tablename = 'event_' || to_char((now() AT TIME ZONE "
      "'UTC')::date "
      "+ 1, 'YYYYMMDD')";
  auto admin = world.sql();
  EXPECT_EQ(admin.value("SELECT count(*)" + of_tomorrow), "6");
  EXPECT_EQ(admin.value("SELECT count(*)" + of_tomorrow + " AND indexname LIKE '%refused'"), "2");
}

TEST_F(EventSearch, IsForWhoMay) {
  EXPECT_EQ(world.call(Method::get, "/v1/audit-events", agent).status, 403);
  EXPECT_EQ(world.call(Method::get, "/v1/staff/audit-events", owner).status, 403);
  const auto event = text(found("", owner)[0], "event_id");
  EXPECT_EQ(world.call(Method::get, "/v1/audit-events/" + event + "/proof", theirs).status, 404);
  EXPECT_EQ(world.call(Method::get, "/v1/staff/audit-events", world.token(*world.sign_in_staff("support"))).status,
            403);
}

TEST_F(EventSearch, ShowsAuditorsEveryShop) {
  world.call(Method::get, "/v1/merchant", owner);
  world.call(Method::get, "/v1/merchant", theirs);
  const std::string auditor = world.token(*world.sign_in_staff("auditor"));
  std::set<std::string> tenants;
  for (const auto& event : found("?action=merchant.read", auditor, "/v1/staff/audit-events"))
    tenants.insert(text(event, "tenant_id"));
  EXPECT_THAT(tenants, ::testing::IsSupersetOf({to_string(shop.tenant), to_string(other.tenant)}));
  const auto one = found("?shop_id=" + to_string(other.tenant), auditor, "/v1/staff/audit-events");
  ASSERT_GE(one.size(), 1);
  for (const auto& event : one) EXPECT_EQ(text(event, "tenant_id"), to_string(other.tenant));
}

TEST_F(EventSearch, WhatIsFoundIsProvedByItself) {
  world.call(Method::patch, "/v1/merchant", owner, R"({"name":"Zoë's"})");
  net::Reply reply;
  boost::json::value event;
  EXPECT_TRUE(testing::eventually([&] {
    event = found("?action=merchant.change", owner).at(0);
    reply = world.call(Method::get, "/v1/audit-events/" + text(event, "event_id") + "/proof", owner);
    return reply.status == 200;
  }));
  EventRecord record;
  must(json::read(event, "", record));
  EXPECT_EQ(record.address, "127.0.0.1");
  EXPECT_THAT(record.closed.address, ::testing::StartsWith("closed:"));
  auto admin = world.sql();
  admin.run("SELECT origin, encode(public_key, 'base64') FROM audit.log");
  const VerifierKey key{admin.rows()[0][0], SignatureType::ed25519, *from_base64(admin.rows()[0][1])};
  const Proof proof = must(Proof::parse(reply.body));
  EXPECT_EQ(proof.to_text(), reply.body);
  const auto holds = [&](const EventRecord& of) {
    const Hash commitment = commitment_of(of);
    return proof.verify({reinterpret_cast<const char*>(commitment.data()), commitment.size()}, key).has_value();
  };
  EXPECT_TRUE(holds(record));
  EventRecord bent = record;
  bent.closed.detail += " ";
  EXPECT_FALSE(holds(bent));
  bent = record;
  bent.at.micros += 1;
  EXPECT_FALSE(holds(bent));
  bent = record;
  bent.subject_id.reset();
  EXPECT_FALSE(holds(bent));
  const auto stranger = testing::signing_key('s');
  const Hash commitment = commitment_of(record);
  EXPECT_FALSE(proof.verify({reinterpret_cast<const char*>(commitment.data()), commitment.size()},
                            {key.name, SignatureType::ed25519, stranger.public_key()}));
  for (const std::string bad : {"", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n",
                                "c2sp.org/tlog-proof@v1\nindex 00\n\n", "c2sp.org/tlog-proof@v1\nindex 1\nx\n\n"})
    EXPECT_FALSE(Proof::parse(bad)) << bad;
}

}  // namespace
}  // namespace cordon::audit
