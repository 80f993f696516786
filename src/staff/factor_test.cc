// What takes a fresh second factor, and what a changed one ends.
#include <gmock/gmock.h>

#include "base/random.h"
#include "support/staff.h"

namespace cordon {
namespace {

using testing::field;
using testing::json_of;
using testing::StaffTest;

TEST_F(StaffTest, WhatIsDangerousNeedsAFreshSecondFactor) {
  const Ann ann = enrolled("administrator");
  const std::vector<net::Header> bearer{{"Authorization", "Bearer " + ann.token}};
  const auto invite_body = [] { return R"({"email":")" + fresh_address() + R"(","role":"support"})"; };
  EXPECT_EQ(post("invitations", invite_body(), bearer).status, 201);
  admin.value("UPDATE identity.staff_session SET mfa_at = now() - interval '301 seconds'");
  for (const char* path : {"factors/begin", "recovery-codes"}) {
    EXPECT_EQ(code(post(path, "", bearer)), "step_up_required") << path;
  }
  EXPECT_EQ(post("invitations", invite_body(), bearer).status, 403);
  forget_step(ann.email);
  const auto begun = post("step-up/begin", "", bearer);
  const std::string challenge = field(json_of(begun), "challenge");
  EXPECT_EQ(post("mfa", totp_body(challenge, totp(ann.email))).status, 401) << "it is for this session only";
  EXPECT_EQ(
      post("step-up", totp_body(challenge, totp(ann.email)), {{"Authorization", "Bearer " + enrolled().token}}).status,
      401);
  EXPECT_EQ(post("step-up", totp_body(challenge, totp(ann.email)), bearer).status, 200);
  EXPECT_EQ(post("invitations", invite_body(), bearer).status, 201);
}

TEST_F(StaffTest, OfTheLastTwoPasskeysRemovedAtOnceOneStays) {
  const Ann ann = enrolled();
  const std::vector<net::Header> bearer{{"Authorization", "Bearer " + ann.token}};
  const auto id = field(json_of(get("/v1/staff/me", ann.token)), "staff_id");
  const std::string theirs = " WHERE staff_id = '" + id + "'";
  std::vector<std::string> keys;
  for (int i = 0; i < 2; ++i) {
    keys.push_back(to_string(new_uuid()));
    admin.value("INSERT INTO identity.staff_passkey VALUES ('" + keys.back() + "', '" + id + "', sha256('" +
                keys.back() + "'), -7, '', 0, 'Key')");
  }
  admin.value("DELETE FROM identity.staff_totp" + theirs);
  // Both removals are held up where they delete, until both have begun.
  auto holder = world.sql();
  ASSERT_EQ(holder.run("BEGIN"), "00000");
  ASSERT_EQ(holder.run("SELECT FROM identity.staff_passkey" + theirs + " FOR UPDATE"), "00000");
  std::vector<int> answers(2);
  std::vector<std::thread> removals;
  for (size_t i = 0; i < 2; ++i)
    removals.emplace_back(
        [&, i] { answers[i] = testing::ask(world.port(), "DELETE", "/v1/staff/passkeys/" + keys[i], bearer).status; });
  while (admin.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'cordon_identity' AND wait_event_type = "
                     "'Lock' AND query LIKE '%remove_passkey%'") != "2")
    std::this_thread::yield();
  ASSERT_EQ(holder.run("COMMIT"), "00000");
  for (auto& removal : removals) removal.join();
  EXPECT_THAT(answers, ::testing::UnorderedElementsAre(200, 409));
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.staff_passkey" + theirs), "1");
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE method = 'STAFF' AND action = 'staff.factor.remove' "
                        "AND subject_id = '" +
                        id + "'"),
            "1");
}

TEST_F(StaffTest, WhoChangesASecondFactorStaysSignedInHereOnly) {
  const Ann ann = enrolled();
  const std::string id = id_of(ann), passkey = to_string(new_uuid());
  const std::vector<net::Header> bearer{{"Authorization", "Bearer " + ann.token}};
  const auto ends_others = [&](const char* what, const std::function<int()>& change) {
    const auto other = field(json_of(again(ann)), "access_token");
    EXPECT_EQ(get("/v1/staff/me", other).status, 200) << what;
    EXPECT_EQ(change(), 200) << what;
    EXPECT_EQ(code(get("/v1/staff/me", other)), "revoked") << what;
    EXPECT_EQ(get("/v1/staff/me", ann.token).status, 200) << what;
  };
  ends_others("new recovery codes", [&] { return post("recovery-codes", "", bearer).status; });
  admin.value("INSERT INTO identity.staff_passkey VALUES ('" + passkey + "', '" + id + "', sha256('" + passkey +
              "'), -7, '', 0, 'Key')");
  ends_others("a passkey less",
              [&] { return testing::ask(world.port(), "DELETE", "/v1/staff/passkeys/" + passkey, bearer).status; });
  ends_others("a new app", [&] {
    const auto question = json_of(post("factors/begin", "", bearer));
    const std::string secret = from_base32(field(question.at("enrol"), "totp_secret"));
    return post("factors", totp_body(field(question, "challenge"), staff::totp_code(secret, staff::totp_step(now()))),
                bearer)
        .status;
  });
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.staff_session WHERE staff_id = '" + id + "'"), "1");
  // A session that was ended meanwhile changes nothing.
  EXPECT_EQ(admin.run("SELECT identity.end_other_sessions('" + id + "', '" + to_string(new_uuid()) + "')"), "CD419");
}

}  // namespace
}  // namespace cordon
