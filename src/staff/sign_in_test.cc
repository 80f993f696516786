// Staff sign in, through the real server: password, second factor, and what each answer opens.
#include <gmock/gmock.h>
#include <sodium.h>

#include "staff/password.h"
#include "support/staff.h"
#include "support/unwritten.h"

namespace cordon {
namespace {

using testing::field;
using testing::json_of;
using testing::StaffTest;
using testing::World;

TEST_F(StaffTest, ComeInByInvitationPasswordAndSecondFactor) {
  const Ann ann = enrolled("auditor");
  const auto me = get("/v1/staff/me", ann.token);
  ASSERT_EQ(me.status, 200) << me.body;
  EXPECT_EQ(field(json_of(me), "email"), ann.email);
  EXPECT_EQ(field(json_of(me), "role"), "auditor");
  EXPECT_EQ(field(json_of(me), "recovery_codes"), "10");
  EXPECT_EQ(get("/v1/me", ann.token).status, 200);
  EXPECT_EQ(get("/v1/staff", ann.token).status, 403) << "only administrators see the others";
  EXPECT_FALSE(ann.session_cookie.empty());

  forget_step(ann.email);
  const auto first = post("sign-in", sign_in_body(ann.email, kPassword));
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.header("cache-control"), "no-store");
  const std::string challenge = field(json_of(first), "challenge");
  EXPECT_EQ(field(json_of(first), "methods"), R"(["totp","recovery"])");
  EXPECT_TRUE(json_of(first).at("enrol").is_null());
  const auto second = post("mfa", totp_body(challenge, totp(ann.email)));
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(get("/v1/staff/me", field(json_of(second), "access_token")).status, 200);
  EXPECT_EQ(post("mfa", totp_body(challenge, totp(ann.email, 1))).status, 401) << "a challenge is answered once";
}

TEST_F(StaffTest, ACodeIsTakenOnceAndFiveWrongOnesEndTheChallenge) {
  const Ann ann = enrolled();
  forget_step(ann.email);
  const auto challenge = [&] {
    return field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
  };
  const std::string code = totp(ann.email);
  EXPECT_EQ(post("mfa", totp_body(challenge(), code)).status, 200);
  EXPECT_EQ(post("mfa", totp_body(challenge(), code)).status, 401) << "replayed";
  calm();
  forget_step(ann.email);
  const std::string guessed = challenge();
  const std::string wrong = totp(ann.email) == "000000" ? "000001" : "000000";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post("mfa", totp_body(guessed, wrong)).status, 401);
  calm();
  const auto late = post("mfa", totp_body(guessed, totp(ann.email)));
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(field(json_of(late), "field"), "challenge");
}

TEST_F(StaffTest, OfManyWhoShowTheSameCodeAtOnceOneGetsIn) {
  const Ann ann = enrolled();
  forget_step(ann.email);
  std::vector<std::string> challenges;
  for (int i = 0; i < 4; ++i)
    challenges.push_back(field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge"));
  const std::string code = totp(ann.email);
  with([&](staff::Staff& staff) -> net::Task<void> {
    int left = 4, in = 0;
    net::Signal ended;
    auto attempt = [&](std::string challenge) -> net::Task<void> {
      staff::Answer answer;
      answer.challenge.value = std::move(challenge);
      answer.code.emplace().value = code;
      staff::Caller caller;
      caller.from.address = "192.0.2.4";
      auto through = co_await staff.prove(std::move(answer), std::move(caller));
      if (through) ++in;
      --left;
      ended.notify();
    };
    for (const auto& challenge : challenges) net::Reactor::current().spawn(attempt(challenge));
    while (left > 0) co_await ended.wait(std::chrono::seconds(20));
    EXPECT_EQ(in, 1);
  });
}

TEST_F(StaffTest, ARecoveryCodeWorksOnceAndIsKeptAsADigest) {
  const Ann ann = enrolled();
  const auto answer = [&](std::string code) {
    const auto challenge = field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
    return post("mfa", R"({"challenge":")" + challenge + R"(","method":"recovery","code":")" + code + "\"}").status;
  };
  std::string shouted = ann.recovery_code;
  for (char& c : shouted) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
  EXPECT_EQ(answer(shouted), 200);
  EXPECT_EQ(answer(ann.recovery_code), 401);
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.staff_recovery r JOIN identity.staff USING (staff_id) WHERE " +
                        is(ann.email)),
            "9");
  // One of those that had eighty bits.
  admin.value(
      "INSERT INTO identity.staff_recovery (staff_id, digest) SELECT staff_id, sha256('aaaabbbbccccdddd') "
      "FROM identity.staff WHERE " +
      is(ann.email));
  EXPECT_EQ(answer("aaaa-bbbb-cccc-dddd"), 200);
}

TEST_F(StaffTest, AHashOfOlderParametersIsReplacedAtTheNextSignIn) {
  const Ann ann = enrolled();
  std::array<char, crypto_pwhash_argon2id_STRBYTES> old;
  ASSERT_EQ(crypto_pwhash_argon2id_str(old.data(), kPassword.data(), kPassword.size(), 1, 8192), 0);
  const auto kept = [&] { return admin.value("SELECT password FROM identity.staff WHERE " + is(ann.email)); };
  const auto sign_in = [&](const std::string& password) {
    return post("sign-in", sign_in_body(ann.email, password)).status;
  };
  admin.value("UPDATE identity.staff SET password = '" + std::string(old.data()) + "' WHERE " + is(ann.email));
  EXPECT_EQ(sign_in("not my password"), 401);
  EXPECT_EQ(kept(), old.data()) << "only the password itself can be hashed anew";
  EXPECT_EQ(sign_in(kPassword), 200);
  const std::string renewed = kept();
  EXPECT_FALSE(staff::is_outdated(renewed)) << renewed;
  EXPECT_EQ(sign_in(kPassword), 200);
  EXPECT_EQ(kept(), renewed);
}

TEST_F(StaffTest, ASignInEndsTheSessionWhoseCookieItReplaces) {
  const Ann ann = enrolled();
  const auto elsewhere = field(json_of(again(ann)), "access_token");
  forget_step(ann.email);
  const auto challenge = field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
  const auto in = post("mfa", totp_body(challenge, totp(ann.email)), {{"Cookie", ann.session_cookie}});
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(get("/v1/staff/me", field(json_of(in), "access_token")).status, 200);
  EXPECT_EQ(code(get("/v1/staff/me", ann.token)), "revoked");
  EXPECT_EQ(get("/v1/staff/me", elsewhere).status, 200) << "another browser's";
}

// Signing in takes several transactions; an account that ends between any two of them has no session afterwards.
TEST_F(StaffTest, WhoseAccountEndsWhileTheySignInGetsNoSession) {
  const Ann ann = enrolled();
  const std::string id = id_of(ann);
  forget_step(ann.email);
  const auto challenge = field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
  const auto code_of_now = totp_body(challenge, totp(ann.email));
  auto holder = world.sql();
  ASSERT_EQ(holder.run("BEGIN"), "00000");
  ASSERT_EQ(holder.run("UPDATE identity.staff SET ended_at = now() WHERE staff_id = '" + id + "'"), "00000");
  net::Reply in;
  std::thread coming([&] { in = post("mfa", code_of_now); });
  EXPECT_TRUE(come_to_wait("open_session%identity.staff"));
  EXPECT_EQ(holder.run("COMMIT"), "00000");
  coming.join();
  EXPECT_EQ(in.status, 401) << in.body;
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.session WHERE subject_id = '" + id + "'"), "1") << "the first one";
}

TEST_F(StaffTest, ASessionIsOpenedWithItsEventOrNotAtAll) {
  const Ann ann = enrolled();
  const auto sessions = [&, id = id_of(ann)] {
    return admin.value("SELECT count(*) FROM door.session WHERE subject_id = '" + id + "'");
  };
  {
    const testing::Unwritten nothing("staff.sign-in");
    EXPECT_GE(again(ann).status, 500);
    EXPECT_EQ(sessions(), "1") << "the first one";
  }
  calm();
  EXPECT_EQ(again(ann).status, 200);
  EXPECT_EQ(sessions(), "2");
}

TEST_F(StaffTest, EveryStepLeavesItsAuditEvent) {
  const Ann ann = enrolled();
  const auto id = field(json_of(get("/v1/staff/me", ann.token)), "staff_id");
  for (const char* action : {"staff.accept", "staff.enrol", "staff.sign-in"})
    EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE subject_id = '" + id + "' AND action = '" + action +
                          "' AND resource LIKE '/v1/staff/%'"),
              "1")
        << action;
  for (const auto& event : World::shared().events("subject_id = '" + id + "'"))
    EXPECT_THAT(event.detail, ::testing::Not(::testing::HasSubstr(ann.email)));
}

}  // namespace
}  // namespace cordon
