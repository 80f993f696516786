// Staff among each other: what administrators see and end. And no merchant is one of them.
#include "staff/staff.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "support/staff.h"

namespace cordon {
namespace {

using testing::field;
using testing::json_of;
using testing::StaffTest;
using testing::World;

TEST_F(StaffTest, AnEndedColleagueIsOutAtOnce) {
  const Ann boss = enrolled("administrator"), ann = enrolled();
  const auto staff_id = field(json_of(get("/v1/staff/me", ann.token)), "staff_id");
  const auto own_id = field(json_of(get("/v1/staff/me", boss.token)), "staff_id");
  const auto end = [&](const std::string& id, const std::string& token) {
    return testing::ask(world.port(), "DELETE", "/v1/staff/" + id, {{"Authorization", "Bearer " + token}}).status;
  };
  EXPECT_EQ(end(staff_id, ann.token), 403);
  EXPECT_EQ(end(own_id, boss.token), 409);
  EXPECT_EQ(end(staff_id, boss.token), 200);
  EXPECT_EQ(code(get("/v1/staff/me", ann.token)), "revoked");
  EXPECT_EQ(post("sign-in", sign_in_body(ann.email, kPassword)).status, 401);
  EXPECT_EQ(end(staff_id, boss.token), 404);
  // Who has lost every second factor is ended and invited anew: nothing of the old ones is left.
  EXPECT_FALSE(invite("support", ann.email).empty());
  for (const char* table : {"staff_totp", "staff_recovery"})
    EXPECT_EQ(
        admin.value("SELECT count(*) FROM identity." + std::string(table) + " WHERE staff_id = '" + staff_id + "'"),
        "0");
  EXPECT_EQ(code(get("/v1/staff/me", ann.token)), "revoked");
  EXPECT_EQ(post("sign-in", sign_in_body(ann.email, kPassword), {{"Cookie", ann.device_cookie}}).status, 401);
}

TEST_F(StaffTest, AnAdministratorSeesAndEndsAColleaguesSessions) {
  const Ann boss = enrolled("administrator"), ann = enrolled();
  const std::string staff_id = id_of(ann), path = "/v1/staff/" + staff_id + "/sessions";
  const auto other = field(json_of(again(ann)), "access_token");
  const auto remove = [&](const std::string& target, const Ann& as) {
    return testing::ask(world.port(), "DELETE", target, {{"Authorization", "Bearer " + as.token}});
  };
  const auto list = [&] { return json_of(get(path, boss.token)).at("items").as_array(); };
  EXPECT_EQ(get(path, ann.token).status, 403);
  EXPECT_EQ(remove(path, ann).status, 403);
  ASSERT_EQ(list().size(), 2u);
  EXPECT_EQ(field(list()[0], "means"), "totp");
  EXPECT_EQ(field(list()[0], "address"), "127.0.0.1");
  EXPECT_EQ(field(list()[0], "current"), "false");
  const std::string first = field(list()[1], "session_id");
  // To end one takes a fresh second factor, to look does not.
  const std::string of_boss = " WHERE staff_id = '" + id_of(boss) + "'";
  admin.value("UPDATE identity.staff_session SET mfa_at = now() - interval '301 seconds'" + of_boss);
  EXPECT_EQ(code(remove(path, boss)), "step_up_required");
  EXPECT_EQ(list().size(), 2u);
  admin.value("UPDATE identity.staff_session SET mfa_at = now()" + of_boss);
  const auto ended = remove(path + "/" + first, boss);
  EXPECT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(code(get("/v1/staff/me", ann.token)), "revoked") << "at the next statement";
  EXPECT_EQ(get("/v1/staff/me", other).status, 200) << "the other one goes on";
  EXPECT_EQ(remove(path + "/" + first, boss).status, 404);
  // One of somebody else's is not hers, and nobody's are nowhere.
  const auto of_another = json_of(get("/v1/sessions", boss.token)).at("items").at(0);
  EXPECT_EQ(remove(path + "/" + field(of_another, "session_id"), boss).status, 404);
  EXPECT_EQ(remove("/v1/staff/" + to_string(new_uuid()) + "/sessions", boss).status, 404);
  EXPECT_EQ(field(json_of(remove(path, boss)), "ended"), "1");
  EXPECT_EQ(code(get("/v1/staff/me", other)), "revoked");
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(again(ann).status, 200) << "her account is as it was";
  const std::string count = "SELECT count(*) FROM audit.event WHERE subject_id = '" + id_of(boss) + "' AND action = ";
  const auto events =
      World::shared().events("subject_id = '" + id_of(boss) + "' AND action = 'staff.session.end' AND status = 200");
  ASSERT_EQ(events.size(), 2);
  EXPECT_THAT(events[0].detail, ::testing::AllOf(::testing::HasSubstr(staff_id), ::testing::HasSubstr(first)));
  EXPECT_THAT(events[1].detail,
              ::testing::AllOf(::testing::HasSubstr(staff_id), ::testing::Not(::testing::HasSubstr(first))));
  EXPECT_NE(admin.value(count + "'staff.session.list' AND status = 200"), "0");
}

TEST_F(StaffTest, ASessionWhoseSecondFactorIsNotNotedYetEndsWithTheAccount) {
  const Ann boss = enrolled("administrator"), ann = enrolled();
  const std::string id = id_of(ann);
  admin.value("DELETE FROM identity.staff_session WHERE staff_id = '" + id + "'");
  EXPECT_EQ(testing::ask(world.port(), "DELETE", "/v1/staff/" + id, {{"Authorization", "Bearer " + boss.token}}).status,
            200);
  EXPECT_EQ(code(get("/v1/staff/me", ann.token)), "revoked");
}

TEST_F(StaffTest, AMerchantIsNoStaffAndStaffSeeNoShop) {
  const auto shop = world.add_shop();
  EXPECT_EQ(get("/v1/staff/me", world.token(*world.sign_in(shop, "owner"))).status, 403);
  const Ann ann = enrolled("administrator");
  for (const char* path : {"/v1/conversations", "/v1/customers", "/v1/orders", "/v1/merchant"})
    EXPECT_EQ(get(path, ann.token).status, 403) << path;
}

}  // namespace
}  // namespace cordon
