// A shop's owner invites people, lets them in again, changes their roles and lets them go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/served.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using net::Method;
using testing::field;
using testing::json_of;
using testing::must;
using testing::Shop;
using testing::World;

class MembersTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::string owner = world.token(*world.sign_in(shop, "owner"));

  net::Reply invite(const std::string& role = "agent", const std::string& email = "ann@shop.example") {
    return world.call(Method::post, "/v1/members", owner,
                      R"({"name":"Ann","email":")" + email + R"(","role":")" + role + "\"}");
  }
  net::Reply remove(const std::string& token, const std::string& subject) {
    return world.call(Method::delete_, "/v1/members/" + subject, token);
  }
  net::Reply link_again(const std::string& token, const std::string& subject) {
    return world.call(Method::post, "/v1/members/" + subject + "/link", token);
  }
  net::Reply change(const std::string& token, const std::string& subject, const std::string& role) {
    return world.call(Method::patch, "/v1/members/" + subject, token, R"({"role":")" + role + "\"}");
  }
  SubjectId add_owner(const Shop& to) {
    SubjectId added;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      added = must(co_await backend.identity.add_member(to.tenant, "Other", "owner"));
    });
    return added;
  }
  /// How many events of the shop's tell of this.
  long events_with(const std::string& action, const std::string& detail) {
    const auto events = world.events("action = '" + action + "' AND tenant_id = '" + to_string(shop.tenant) + "'");
    return std::ranges::count_if(events, [&](const auto& event) { return event.detail.contains(detail); });
  }
  /// Uses an invitation's link; the access token.
  std::string come_in(const net::Reply& invitation) {
    const std::string link = field(json_of(invitation), "link");
    const auto in =
        world.call(Method::post, "/v1/sign-in", {}, R"({"link":")" + link.substr(link.find('#') + 1) + "\"}");
    return in.status == 200 ? field(json_of(in), "access_token") : "";
  }
  std::string roles() {
    std::string out;
    const auto page = json_of(world.call(Method::get, "/v1/members", owner));
    for (const auto& m : page.at("items").as_array()) out += field(m, "name") + ":" + field(m, "role") + " ";
    return out;
  }
};

TEST_F(MembersTest, AnInvitationSignsSomebodyInOnceWithTheirRole) {
  const auto invited = invite("manager");
  ASSERT_EQ(invited.status, 200) << invited.body;
  EXPECT_THAT(field(json_of(invited), "link"), ::testing::HasSubstr("/console/sign-in#"));
  const auto token = come_in(invited);
  const auto me = json_of(world.call(Method::get, "/v1/me", token));
  EXPECT_EQ(field(me, "role"), "manager");
  EXPECT_EQ(field(me, "subject_id"), field(json_of(invited), "subject_id"));
  EXPECT_EQ(come_in(invited), "");
  EXPECT_EQ(roles(), "Owner:owner Ann:manager ");
  EXPECT_EQ(events_with("member.invite", R"("role":{"before":null,"after":"manager"})"), 1);
}

TEST_F(MembersTest, NobodyIsInvitedAsOwnerOrWithoutAnAddress) {
  for (const char* role : {"owner", "visitor", "importer", "security", ""}) EXPECT_EQ(invite(role).status, 422) << role;
  for (const char* email :
       {"ann", "@shop.example", "ann@", "ann@shop", "a b@shop.example", "ann@shop.example,x@y.zz", "a@b@c.d"})
    EXPECT_EQ(invite("agent", email).status, 422) << email;
  EXPECT_EQ(roles(), "Owner:owner ");
}

TEST_F(MembersTest, WhoIsLetGoIsOutAtOnce) {
  const auto invited = invite();
  const std::string subject = field(json_of(invited), "subject_id");
  const auto token = come_in(invited);
  ASSERT_EQ(world.call(Method::get, "/v1/conversations", token).status, 200);
  EXPECT_EQ(remove(owner, subject).status, 200);
  EXPECT_EQ(world.call(Method::get, "/v1/conversations", token).status, 401);
  EXPECT_EQ(roles(), "Owner:owner ");
  EXPECT_EQ(remove(owner, subject).status, 404);
  // An invitation that was not used is void too.
  const auto unused = invite();
  EXPECT_EQ(remove(owner, field(json_of(unused), "subject_id")).status, 200);
  EXPECT_EQ(come_in(unused), "");
}

// Whoever signs in is read in one transaction and gets a session in the next. What becomes of them in between is held
// up here until the second one has begun.
TEST_F(MembersTest, WhoIsLetGoOrChangedWhileSigningInGetsNoSession) {
  auto admin = world.sql();
  for (const char* change : {"DELETE FROM identity.member", "UPDATE identity.member SET role = 'analyst'"}) {
    const auto invited = invite();
    const std::string subject = field(json_of(invited), "subject_id");
    auto holder = world.sql();
    ASSERT_EQ(holder.run("BEGIN"), "00000");
    ASSERT_EQ(holder.run(change + (" WHERE subject_id = '" + subject + "'")), "00000");
    std::string token;
    std::thread coming([&] { token = come_in(invited); });
    EXPECT_TRUE(testing::eventually([&] {
      return admin.value(
                 "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cordon_identity' AND wait_event_type "
                 "= 'Lock' AND query LIKE '%open_session%identity.member%'") == "1";
    })) << change;
    EXPECT_EQ(holder.run("COMMIT"), "00000");
    coming.join();
    EXPECT_EQ(token, "") << change;
    EXPECT_EQ(admin.value("SELECT count(*) FROM door.session WHERE subject_id = '" + subject + "'"), "0") << change;
  }
}

TEST_F(MembersTest, TheLastOwnerStays) {
  EXPECT_EQ(remove(owner, to_string(shop.owner)).status, 409);
  EXPECT_EQ(world.call(Method::get, "/v1/me", owner).status, 200);
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM audit.event WHERE action = 'member.remove' AND tenant_id = '" +
                              to_string(shop.tenant) + "' AND status = 200"),
            "0");
  // Two owners let each other go at the same time: one stays.
  for (int round = 0; round < 5; ++round) {
    const Shop two = world.add_shop();
    const SubjectId other = add_owner(two);
    const auto token = world.token(*world.sign_in(two, "owner"));
    std::thread one([&] { remove(token, to_string(two.owner)); }), another([&] { remove(token, to_string(other)); });
    one.join();
    another.join();
    EXPECT_EQ(
        world.sql().value("SELECT count(*) FROM identity.member WHERE tenant_id = '" + to_string(two.tenant) + "'"),
        "1");
  }
}

TEST_F(MembersTest, OnlyTheOwnerManagesAndOnlyTheirOwnShop) {
  for (const char* role : {"manager", "agent", "analyst"}) {
    const auto token = world.token(*world.sign_in(shop, role));
    EXPECT_EQ(world.call(Method::get, "/v1/members", token).status, std::string(role) == "manager" ? 200 : 403) << role;
    EXPECT_EQ(world.call(Method::post, "/v1/members", token, R"({"name":"A","email":"a@b.cc","role":"agent"})").status,
              403);
    EXPECT_EQ(remove(token, to_string(shop.owner)).status, 403);
    EXPECT_EQ(link_again(token, to_string(shop.owner)).status, 403);
    EXPECT_EQ(change(token, to_string(shop.owner), "agent").status, 403);
  }
  const Shop other = world.add_shop();
  EXPECT_EQ(remove(owner, to_string(other.owner)).status, 404);
  EXPECT_EQ(link_again(owner, to_string(other.owner)).status, 404);
  EXPECT_EQ(change(owner, to_string(other.owner), "agent").status, 404);
  EXPECT_EQ(world.sql().value("SELECT role FROM identity.member WHERE subject_id = '" + to_string(other.owner) + "'"),
            "owner");
  EXPECT_EQ(roles(), "Owner:owner ");
}

TEST_F(MembersTest, ANewLinkLetsSomebodyInAgainAndVoidsTheOlderOnes) {
  const auto invited = invite("manager");
  const std::string subject = field(json_of(invited), "subject_id");
  ASSERT_NE(come_in(invited), "");
  const auto second = link_again(owner, subject), third = link_again(owner, subject);
  ASSERT_EQ(third.status, 200) << third.body;
  EXPECT_EQ(field(json_of(third), "subject_id"), subject);
  EXPECT_EQ(come_in(second), "") << "an older one is void";
  const auto token = come_in(third);
  const auto me = json_of(world.call(Method::get, "/v1/me", token));
  EXPECT_EQ(field(me, "subject_id"), subject);
  EXPECT_EQ(field(me, "role"), "manager");
  EXPECT_EQ(come_in(third), "") << "it works once";
  EXPECT_EQ(events_with("member.link", subject), 2);
  const auto late = link_again(owner, subject);
  world.sql().value("UPDATE identity.one_use SET expires_at = now() WHERE subject_id = '" + subject + "'");
  EXPECT_EQ(come_in(late), "");
  EXPECT_EQ(link_again(owner, to_string(SubjectId::fresh())).status, 404);
  // What was stolen of an owner's session does not outlast it.
  EXPECT_EQ(link_again(owner, to_string(shop.owner)).status, 409);
}

TEST_F(MembersTest, AnotherRoleHoldsAtOnceAndForEverySignIn) {
  const auto invited = invite();
  const std::string subject = field(json_of(invited), "subject_id");
  const auto before = come_in(invited);
  ASSERT_EQ(world.call(Method::get, "/v1/members", before).status, 403);
  EXPECT_EQ(change(owner, subject, "manager").status, 200);
  EXPECT_EQ(world.call(Method::get, "/v1/conversations", before).status, 401);
  const auto after = come_in(link_again(owner, subject));
  EXPECT_EQ(world.call(Method::get, "/v1/members", after).status, 200);
  EXPECT_EQ(roles(), "Owner:owner Ann:manager ");
  EXPECT_EQ(events_with("member.change", R"("role":{"before":"agent","after":"manager"})"), 1);
  // What they are already ends nothing.
  EXPECT_EQ(change(owner, subject, "manager").status, 200);
  EXPECT_EQ(world.call(Method::get, "/v1/members", after).status, 200);
  for (const char* role : {"owner", "visitor", "importer", "support", ""})
    EXPECT_EQ(change(owner, subject, role).status, 422) << role;
  EXPECT_EQ(change(owner, to_string(SubjectId::fresh()), "agent").status, 404);
}

TEST_F(MembersTest, NobodyChangesTheirOwnRoleAndTheLastOwnerStaysOne) {
  EXPECT_EQ(change(owner, to_string(shop.owner), "agent").status, 409);
  const SubjectId other = add_owner(shop);
  auto admin = world.sql();
  admin.value("DELETE FROM identity.member WHERE subject_id = '" + to_string(shop.owner) + "'");
  EXPECT_EQ(change(owner, to_string(other), "agent").status, 409);
  EXPECT_EQ(roles(), "Other:owner ");
  // Two owners change each other at the same time: one stays.
  for (int round = 0; round < 3; ++round) {
    Shop two = world.add_shop();
    const SubjectId first = two.owner, second = add_owner(two);
    const auto token = world.token(*world.sign_in(two, "owner"));
    two.owner = second;
    const auto others = world.token(*world.sign_in(two, "owner"));
    std::thread one([&] { change(token, to_string(second), "agent"); }),
        another([&] { change(others, to_string(first), "agent"); });
    one.join();
    another.join();
    EXPECT_EQ(admin.value("SELECT count(*) FROM identity.member WHERE role = 'owner' AND tenant_id = '" +
                          to_string(two.tenant) + "'"),
              "1");
  }
}

TEST_F(MembersTest, TheListTellsHowSomebodyComesInAndSinceWhenTheyAreIn) {
  ASSERT_NE(come_in(invite()), "");
  const auto shopifys = field(json_of(invite()), "subject_id");
  world.sql().value("INSERT INTO shopify.person (tenant_id, user_index, subject_id) VALUES ('" +
                    to_string(shop.tenant) + "', '1', '" + shopifys + "')");
  const auto page = json_of(world.call(Method::get, "/v1/members", owner));
  std::string out;
  for (const auto& m : page.at("items").as_array())
    out += field(m, "means") + (field(m, "signed_in_at") == "null" ? ":out " : ":in ");
  EXPECT_EQ(out, "link:out link:in shopify:out ");
}

// What is mailed: staff/mail_test.cc.
TEST_F(MembersTest, WithoutMailNobodyIsToldThatALinkIsUnderWay) {
  const auto reply = world.call(Method::post, "/v1/sign-in-links", {},
                                R"({"shop":")" + shop.name + R"(","email":"ann@shop.example"})");
  EXPECT_EQ(reply.status, 503) << reply.body;
}

TEST_F(MembersTest, ThePeopleComeInPages) {
  for (int i = 0; i < 4; ++i) ASSERT_EQ(invite().status, 200);
  std::string cursor;
  int seen = 0;
  for (int page = 0; page < 3; ++page) {
    const auto reply =
        world.call(Method::get, "/v1/members?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor), owner);
    ASSERT_EQ(reply.status, 200) << reply.body;
    seen += static_cast<int>(json_of(reply).at("items").as_array().size());
    cursor = field(json_of(reply), "next_cursor");
  }
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(cursor, "null");
}

}  // namespace
}  // namespace cordon
