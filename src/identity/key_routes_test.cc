// The end of a shop's own key takes two accounts of the staff, each with a second factor of now, and seven days.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using net::Method;
using testing::field;
using testing::json_of;
using testing::Shop;
using testing::World;

constexpr const char* kWhy = "The shop has left us and wants nothing kept.";
constexpr const char* kPath = "/v1/staff/key-destructions";

class KeyRoutesTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::string ann = staff("administrator"), bob = staff("security");

  std::string staff(const std::string& role) { return world.token(*world.sign_in_staff(role)); }
  net::Reply ask(const std::string& as, const std::string& why = kWhy) {
    return world.call(Method::post, kPath, as, R"({"shop":")" + shop.name + R"(","why":")" + why + R"("})");
  }
  std::string asked(const std::string& as) { return field(json_of(ask(as)), "destruction_id"); }
  net::Reply decide(const std::string& id, const std::string& what, const std::string& as) {
    return world.call(Method::post, kPath + ("/" + id + "/" + what), as);
  }
  std::string state(const std::string& id) {
    const auto page = json_of(world.call(Method::get, kPath, bob));
    for (const auto& one : page.at("items").get_array())
      if (field(one, "destruction_id") == id) return field(one, "state");
    return "none";
  }
  std::string admin(const std::string& sql) { return world.sql().value(sql); }
};

TEST_F(KeyRoutesTest, TakesASecondPersonsYes) {
  const std::string id = asked(ann);
  EXPECT_EQ(state(id), "waiting");
  EXPECT_EQ(decide(id, "approve", ann).status, 409) << "whoever asked";
  EXPECT_EQ(state(id), "waiting");
  const auto approved = decide(id, "approve", bob);
  EXPECT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(state(id), "approved");
  EXPECT_EQ(decide(id, "approve", staff("security")).status, 409);
  EXPECT_EQ(admin("SELECT due_at - asked_at FROM keys.destruction WHERE destruction_id = '" + id + "'"), "7 days");
}

TEST_F(KeyRoutesTest, AnybodyWhoMayAskMaySayNo) {
  const std::string waiting = asked(ann), approved = asked(ann);
  decide(approved, "approve", bob);
  EXPECT_EQ(decide(waiting, "withdraw", ann).status, 200);
  EXPECT_EQ(decide(approved, "withdraw", staff("security")).status, 200);
  for (const std::string& id : {waiting, approved}) {
    EXPECT_EQ(state(id), "withdrawn");
    EXPECT_EQ(decide(id, "approve", bob).status, 409);
    EXPECT_EQ(decide(id, "withdraw", bob).status, 409);
  }
}

TEST_F(KeyRoutesTest, AskingAndApprovingTakeASecondFactorOfTheLastFiveMinutes) {
  const std::string id = asked(ann);
  const auto pass = world.sign_in_staff("security");
  admin("UPDATE identity.staff_session SET mfa_at = now() - interval '301 seconds' WHERE session_id = '" +
        to_string(pass->session) + "'");
  const std::string stale = world.token(*pass);
  EXPECT_EQ(field(json_of(ask(stale)), "code"), "step_up_required");
  EXPECT_EQ(field(json_of(decide(id, "approve", stale)), "code"), "step_up_required");
  EXPECT_EQ(state(id), "waiting");
}

TEST_F(KeyRoutesTest, IsNobodyElses) {
  const std::string id = asked(ann), auditor = staff("auditor");
  EXPECT_EQ(world.call(Method::get, kPath, auditor).status, 200) << "sees it";
  for (const std::string& other : {auditor, staff("support"), world.token(*world.sign_in(shop, "owner"))}) {
    EXPECT_EQ(ask(other).status, 403);
    EXPECT_EQ(decide(id, "approve", other).status, 403);
    EXPECT_EQ(decide(id, "withdraw", other).status, 403);
  }
  EXPECT_EQ(state(id), "waiting");
}

TEST_F(KeyRoutesTest, SaysWhatIsWrongWithARequest) {
  EXPECT_EQ(field(json_of(ask(ann, "too short")), "field"), "why");
  EXPECT_EQ(field(json_of(ask(ann, std::string(30, ' '))), "field"), "why");
  EXPECT_EQ(decide(to_string(new_uuid()), "approve", bob).status, 404);
  shop.name = "no-such-shop";
  EXPECT_EQ(field(json_of(ask(ann)), "field"), "shop");
}

TEST_F(KeyRoutesTest, TheMerchantSeesItInItsAuditLog) {
  const std::string id = asked(ann);
  decide(id, "approve", bob);
  decide(id, "withdraw", bob);
  auto api = world.sql("cordon_api");
  const auto pass = world.sign_in(shop, "owner");
  ASSERT_EQ(api.run("SELECT door.enter('" + pass->seal.hex() +
                    "'); SELECT action FROM audit.event WHERE action LIKE 'key.destroy%' ORDER BY event_id"),
            "00000");
  std::vector<std::string> actions;
  for (const auto& row : api.rows()) actions.push_back(row[0]);
  EXPECT_THAT(actions, ::testing::ElementsAre("key.destroy.ask", "key.destroy.approve", "key.destroy.withdraw"));
}

}  // namespace
}  // namespace cordon
