// Becoming one of the staff, and choosing another password.
#include "support/staff.h"

namespace cordon {
namespace {

using testing::field;
using testing::json_of;
using testing::StaffTest;

TEST_F(StaffTest, AnInvitationWorksOnceAndABadPasswordDoesNotUseItUp) {
  const std::string email = fresh_address(), link = invite("support", email);
  const auto accept = [&](const std::string& password) {
    return post("accept", R"({"invitation":")" + link + R"(","password":")" + password + "\"}");
  };
  EXPECT_EQ(accept("too short").status, 422);
  EXPECT_EQ(field(json_of(accept("1q2w3e4r5t6y")), "field"), "password");
  EXPECT_EQ(accept(kPassword).status, 200);
  EXPECT_EQ(accept(kPassword).status, 401);
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.staff_secret s WHERE s::text LIKE '%" + link + "%'"), "0");
  // Until there is a second factor the password opens nothing.
  const auto in = post("sign-in", sign_in_body(email, kPassword));
  EXPECT_FALSE(json_of(in).at("enrol").is_null());
  EXPECT_EQ(post("mfa", totp_body(field(json_of(in), "challenge"), "123456")).status, 401);
  with([&](staff::Staff& staff) -> net::Task<void> {
    EXPECT_EQ((co_await staff.invite(email, "support", std::nullopt)).error().code, Code::conflict);
    EXPECT_EQ((co_await staff.invite("no address", "support", std::nullopt)).error().field, "email");
  });
}

TEST_F(StaffTest, OfTwoEnrolmentsAtOnceOneGetsIn) {
  const std::string email = fresh_address(), link = invite("support", email);
  std::vector<std::string> answers;
  const auto answer = [&](const net::Reply& asked) {
    const auto question = json_of(asked);
    const std::string secret = from_base32(field(question.at("enrol"), "totp_secret"));
    answers.push_back(totp_body(field(question, "challenge"), staff::totp_code(secret, staff::totp_step(now()))));
  };
  answer(post("accept", R"({"invitation":")" + link + R"(","password":")" + kPassword + "\"}"));
  answer(post("sign-in", sign_in_body(email, kPassword)));
  auto holder = world.sql();
  ASSERT_EQ(holder.run("BEGIN"), "00000");
  ASSERT_EQ(holder.run("SELECT FROM identity.staff WHERE " + is(email) + " FOR UPDATE"), "00000");
  std::vector<net::Reply> replies(2);
  std::vector<std::thread> enrolments;
  for (size_t i = 0; i < 2; ++i) enrolments.emplace_back([&, i] { replies[i] = post("enrol", answers[i]); });
  EXPECT_TRUE(come_to_wait("identity.enrol(", 2));
  EXPECT_EQ(holder.run("COMMIT"), "00000");
  for (auto& enrolment : enrolments) enrolment.join();
  std::sort(replies.begin(), replies.end(), [](const auto& a, const auto& b) { return a.status < b.status; });
  ASSERT_EQ(replies[0].status, 200) << replies[0].body;
  EXPECT_EQ(replies[1].status, 409) << replies[1].body;
  // What the first was shown is what holds.
  std::string code = json_of(replies[0]).at("recovery_codes").at(0).as_string().c_str();
  std::erase(code, '-');
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.staff_recovery WHERE digest = sha256('" + code + "')"), "1");
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.session JOIN identity.staff ON subject_id = staff_id WHERE " +
                        is(email)),
            "1");
}

TEST_F(StaffTest, WhoseAccountEndsWhileTheyChooseAPasswordHasNone) {
  const std::string email = fresh_address(), link = invite("support", email);
  auto holder = world.sql();
  ASSERT_EQ(holder.run("BEGIN"), "00000");
  ASSERT_EQ(holder.run("UPDATE identity.staff SET ended_at = now(), password = NULL WHERE " + is(email)), "00000");
  net::Reply accepted;
  std::thread coming(
      [&] { accepted = post("accept", R"({"invitation":")" + link + R"(","password":")" + kPassword + "\"}"); });
  EXPECT_TRUE(come_to_wait("set_password"));
  EXPECT_EQ(holder.run("COMMIT"), "00000");
  coming.join();
  EXPECT_EQ(accepted.status, 409) << accepted.body;
  EXPECT_EQ(admin.value("SELECT password IS NULL FROM identity.staff WHERE " + is(email)), "t");
  EXPECT_FALSE(invite("support", email).empty()) << "and the address may be invited again";
}

TEST_F(StaffTest, APasswordIsChangedWithThePresentOneAndEveryOtherSessionEnds) {
  const Ann ann = enrolled();
  const auto id = field(json_of(get("/v1/staff/me", ann.token)), "staff_id");
  const auto sign_in = [&](const std::string& password) {
    forget_step(ann.email);
    return post("sign-in", sign_in_body(ann.email, password));
  };
  const auto challenge = field(json_of(sign_in(kPassword)), "challenge");
  const auto other = post("mfa", totp_body(challenge, totp(ann.email)));
  const std::string pending = field(json_of(sign_in(kPassword)), "challenge");
  const auto change = [&](const std::string& present, const std::string& password) {
    return post("password", R"({"present":")" + present + R"(","password":")" + password + "\"}",
                {{"Authorization", "Bearer " + ann.token}, {"Cookie", ann.device_cookie}});
  };
  const std::string fresh = "seven marmalades at noon";
  const auto wrong = change("not my password", fresh), weak = change(kPassword, "1q2w3e4r5t6y");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(field(json_of(wrong), "field"), "present");
  EXPECT_EQ(field(json_of(weak), "field"), "password");
  EXPECT_EQ(sign_in(kPassword).status, 200) << "nothing was changed";
  ASSERT_EQ(change(kPassword, fresh).status, 200);
  EXPECT_EQ(get("/v1/staff/me", ann.token).status, 200) << "this session goes on";
  EXPECT_EQ(code(get("/v1/staff/me", field(json_of(other), "access_token"))), "revoked");
  EXPECT_EQ(post("mfa", totp_body(pending, totp(ann.email))).status, 401) << "half a sign-in is none";
  EXPECT_EQ(sign_in(kPassword).status, 401);
  EXPECT_EQ(sign_in(fresh).status, 200);
  EXPECT_EQ(admin.value("SELECT count(*) FROM identity.staff_secret WHERE purpose = 'device' AND staff_id = '" + id +
                        "' AND digest = sha256('" + ann.device_cookie.substr(ann.device_cookie.find('=') + 1) + "')"),
            "1")
      << "and its browser stays known";
  EXPECT_EQ(
      admin.value("SELECT count(*) FROM identity.staff_secret WHERE purpose = 'device' AND staff_id = '" + id + "'"),
      "1")
      << "no other does";
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE status = 200 AND action = 'staff.password.change' "
                        "AND subject_id = '" +
                        id + "'"),
            "1");
}

TEST_F(StaffTest, APasswordThatChangesWhileSomebodySignsInWithTheOldOneLetsThemNotIn) {
  const Ann ann = enrolled();
  const std::string id = id_of(ann);
  forget_step(ann.email);
  const std::string challenge = field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
  const std::string code = totp(ann.email);
  /// What the other gets if the password is set once they have come as far as `statement`.
  const auto meanwhile = [&](const std::string& statement, const std::string& path, const std::string& body) {
    auto holder = world.sql();
    EXPECT_EQ(holder.run("BEGIN"), "00000");
    EXPECT_EQ(holder.run("SELECT identity.set_password(staff_id, version, password, false) FROM identity.staff "
                         "WHERE staff_id = '" +
                         id + "'"),
              "00000");
    net::Reply reply;
    std::thread coming([&] { reply = post(path, body); });
    EXPECT_TRUE(come_to_wait(statement));
    EXPECT_EQ(holder.run("COMMIT"), "00000");
    coming.join();
    return reply.status;
  };
  EXPECT_EQ(meanwhile("INSERT INTO identity.staff_secret", "sign-in", sign_in_body(ann.email, kPassword)), 401);
  EXPECT_EQ(meanwhile("open_session", "mfa", totp_body(challenge, code)), 401);
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.session WHERE subject_id = '" + id + "'"), "1") << "the first one";
  EXPECT_EQ(post("sign-in", sign_in_body(ann.email, kPassword)).status, 200) << "it was the same password";
}

}  // namespace
}  // namespace cordon
