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
  const auto proved = post("step-up", totp_body(challenge, totp(ann.email)), bearer);
  ASSERT_EQ(proved.status, 200) << proved.body;
  const auto token = field(json_of(proved), "access_token");
  EXPECT_EQ(post("invitations", invite_body(), {{"Authorization", "Bearer " + token}}).status, 201);
}

TEST_F(StaffTest, AStepUpPutsNewTokensInThePlaceOfTheSessionsOwn) {
  const Ann ann = enrolled();
  const auto renew = [&](const std::string& cookie) {
    return testing::ask(world.port(), "POST", "/v1/token", {{"Cookie", cookie}, {"X-Cordon-Csrf", "1"}}, "{}");
  };
  const auto tab = renew(ann.session_cookie);
  const std::string of_tab = field(json_of(tab), "access_token"), held = cookie(tab, "__Host-cordon_session");
  const auto elsewhere = field(json_of(again(ann)), "access_token");
  const std::string of_ann = " WHERE subject_id = '" + id_of(ann) + "'";
  const auto sessions = [&] {
    return admin.value(
        "SELECT string_agg(concat(session_id, ' until ', expires_at), ', ' ORDER BY session_id) FROM "
        "identity.session" +
        of_ann);
  };
  const auto before = sessions();
  const auto proved = step_up(ann);
  ASSERT_EQ(proved.status, 200) << proved.body;
  EXPECT_EQ(proved.header("cache-control"), "no-store");
  EXPECT_TRUE(json_of(proved).at("refresh_token").is_null()) << "a browser's is its cookie";
  for (const std::string& old : {ann.token, of_tab}) EXPECT_EQ(get("/v1/staff/me", old).status, 401);
  for (const std::string& old : {ann.session_cookie, held}) EXPECT_EQ(renew(old).status, 401);
  // What was shown to no avail has not ended it; tabs go on by the new cookie, and other browsers with what they have.
  EXPECT_EQ(get("/v1/staff/me", field(json_of(proved), "access_token")).status, 200);
  const auto renewed = renew(cookie(proved, "__Host-cordon_session"));
  EXPECT_EQ(renewed.status, 200) << renewed.body;
  EXPECT_EQ(get("/v1/staff/me", field(json_of(renewed), "access_token")).status, 200);
  EXPECT_EQ(get("/v1/staff/me", elsewhere).status, 200);
  EXPECT_EQ(sessions(), before) << "no longer than it would have been";
}

TEST_F(StaffTest, WhatATabGetsWhileAnotherStepsUpIsOverToo) {
  const Ann ann = enrolled();
  const auto secret = [](const std::string& cookie) { return cookie.substr(cookie.find('=') + 1); };
  auto holder = world.sql();
  ASSERT_EQ(holder.run("BEGIN"), "00000");
  const std::string held = "sha256('" + secret(ann.session_cookie) + "')";
  const auto session = admin.value("SELECT session_id FROM identity.refresh WHERE digest = " + held);
  ASSERT_EQ(holder.value("SELECT identity.rotate(" + held + ", 'salt', sha256('next of " + ann.email + "'), 30)"),
            "salt");
  net::Reply proved;
  std::thread other([&] { proved = step_up(ann); });
  EXPECT_TRUE(come_to_wait("replace_tokens"));
  EXPECT_EQ(holder.run("COMMIT"), "00000");
  other.join();
  ASSERT_EQ(proved.status, 200) << proved.body;
  EXPECT_EQ(admin.value("SELECT string_agg(encode(digest, 'hex'), ' ') FROM identity.refresh WHERE session_id = '" +
                        session + "'"),
            to_hex(sha256(secret(cookie(proved, "__Host-cordon_session")))));
}

TEST_F(StaffTest, AStepUpOfASessionThatEndsMeanwhileGivesNothing) {
  const Ann ann = enrolled();
  const std::string own = " WHERE subject_id = '" + id_of(ann) + "'";
  auto holder = world.sql();
  ASSERT_EQ(holder.run("BEGIN"), "00000");
  ASSERT_EQ(holder.run("SELECT identity.end_session(session_id) FROM identity.session" + own), "00000");
  net::Reply proved;
  std::thread coming([&] { proved = step_up(ann); });
  EXPECT_TRUE(come_to_wait("replace_tokens"));
  EXPECT_EQ(holder.run("COMMIT"), "00000");
  coming.join();
  EXPECT_EQ(code(proved), "revoked");
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.seal" + own + " AND closed IS NULL"), "0");
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
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE status = 200 AND action = 'staff.factor.remove' "
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
