// Staff from invitation to sign-out, through the real server: what each step needs, and what none of them tells.
#include "staff/staff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <thread>

#include "base/random.h"
#include "staff/password.h"
#include "staff/totp.h"
#include "support/cpu_time.h"
#include "support/served.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::field;
using testing::json_of;
using testing::must;
using testing::World;

const std::string kPassword = "marmalade at seven";

/// A colleague who has accepted and enrolled: what they know and have.
struct Ann {
  std::string email, secret, token, session_cookie, device_cookie, recovery_code;
};

class StaffTest : public ::testing::Test {
 protected:
  World& world = World::shared();
  testing::SqlSession admin = world.sql();
  std::unique_ptr<staff::Shared> shared = app::share_staff(world.config(), [this] { return world.port(); });

  void SetUp() override { calm(); }
  /// Forgets every try in vain.
  void calm() { admin.value("DELETE FROM identity.staff_throttle"); }
  void with(std::function<net::Task<void>(staff::Staff&)> work) {
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      staff::Staff staff(backend.identity, *shared);
      co_await work(staff);
    });
  }
  net::Reply post(const std::string& path, const std::string& body, std::vector<net::Header> headers = {}) {
    return testing::ask(world.port(), "POST", "/v1/staff/" + path, std::move(headers), body.empty() ? "{}" : body);
  }
  static std::string cookie(const net::Reply& reply, const std::string& name) {
    for (const auto& [header, value] : reply.headers)
      if (header == "Set-Cookie" && value.starts_with(name + "=")) return value.substr(0, value.find(';'));
    return {};
  }
  static std::string code(const net::Reply& reply) { return field(json_of(reply), "code"); }

  std::string invite(const std::string& role, const std::string& email) {
    std::string link;
    with(
        [&](staff::Staff& staff) -> net::Task<void> { link = must(co_await staff.invite(email, role, std::nullopt)); });
    return link.substr(link.find('#') + 1);
  }
  /// The condition that finds an address.
  std::string is(const std::string& email) {
    return "email_index = " + world.index(staff::kEmail, identity::kPlatform, email);
  }
  /// The code that an app shows which has `secret` (base32), `ahead` steps from now: each is taken once.
  std::string totp(const std::string& sealed_for, int ahead = 0) {
    const auto owner = admin.value("SELECT staff_id FROM identity.staff WHERE " + is(sealed_for));
    const auto sealed = admin.value("SELECT sealed FROM identity.staff_totp WHERE staff_id = '" + owner + "'");
    const auto secret = world.opened(staff::kTotpSecret, identity::kPlatform, *parse_uuid(owner), sealed);
    return staff::totp_code(secret, staff::totp_step(now()) + ahead);
  }
  static std::string fresh_address() {
    static int count = 0;
    return "ann-" + std::to_string(++count) + "@staff.example";
  }
  static std::string sign_in_body(const std::string& email, const std::string& password) {
    return R"({"email":")" + email + R"(","password":")" + password + "\"}";
  }
  static std::string totp_body(const std::string& challenge, const std::string& code) {
    return R"({"challenge":")" + challenge + R"(","method":"totp","code":")" + code + "\"}";
  }
  Ann enrolled(const std::string& role = "support");
  /// Signs somebody in once more; what the second factor is answered with.
  net::Reply again(const Ann& ann) {
    forget_step(ann.email);
    const auto challenge = field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
    return post("mfa", totp_body(challenge, totp(ann.email)));
  }
  std::string id_of(const Ann& ann) { return field(json_of(get("/v1/staff/me", ann.token)), "staff_id"); }
  net::Reply get(const std::string& path, const std::string& token) {
    return testing::ask(world.port(), "GET", path, {{"Authorization", "Bearer " + token}});
  }
  /// Whether so many statements that contain `text` come to wait for somebody's lock.
  bool come_to_wait(const std::string& text, int count = 1) {
    auto watch = world.sql();
    return testing::eventually([&] {
      return watch.value(
                 "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cordon_identity' AND wait_event_type = 'Lock' "
                 "AND query LIKE '%" +
                 text + "%'") == std::to_string(count);
    });
  }
  void forget_step(const std::string& email) {
    admin.value(
        "UPDATE identity.staff_totp SET last_step = 0 WHERE staff_id = (SELECT staff_id FROM identity.staff "
        "WHERE " +
        is(email) + ")");
  }
};

/// Base32 as an authenticator app reads it.
std::string from_base32(const std::string& text) {
  std::string out;
  uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    held = held << 5 | static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    if ((bits += 5) >= 8) out += static_cast<char>(held >> (bits -= 8) & 255);
  }
  return out;
}

Ann StaffTest::enrolled(const std::string& role) {
  Ann ann;
  ann.email = fresh_address();
  const auto accepted =
      post("accept", R"({"invitation":")" + invite(role, ann.email) + R"(","password":")" + kPassword + "\"}");
  EXPECT_EQ(accepted.status, 200) << accepted.body;
  const auto question = json_of(accepted);
  ann.secret = field(question.at("enrol"), "totp_secret");
  const std::string shown = staff::totp_code(from_base32(ann.secret), staff::totp_step(now()));
  const auto through = post("enrol", totp_body(field(question, "challenge"), shown));
  EXPECT_EQ(through.status, 200) << through.body;
  ann.token = field(json_of(through), "access_token");
  ann.session_cookie = cookie(through, "__Host-cordon_session");
  ann.device_cookie = cookie(through, "__Host-cordon_device");
  ann.recovery_code = json_of(through).at("recovery_codes").at(0).as_string().c_str();
  return ann;
}

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
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE method = 'STAFF' AND action = 'staff.password.change' "
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
  const auto events = World::shared().events("subject_id = '" + id_of(boss) +
                                             "' AND action = 'staff.session.end' AND method = 'STAFF'");
  ASSERT_EQ(events.size(), 2);
  EXPECT_THAT(events[0].detail, ::testing::AllOf(::testing::HasSubstr(staff_id), ::testing::HasSubstr(first)));
  EXPECT_THAT(events[1].detail,
              ::testing::AllOf(::testing::HasSubstr(staff_id), ::testing::Not(::testing::HasSubstr(first))));
  EXPECT_NE(admin.value(count + "'staff.session.list' AND status = 200"), "0");
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

TEST_F(StaffTest, EveryStepLeavesItsAuditEvent) {
  const Ann ann = enrolled();
  const auto id = field(json_of(get("/v1/staff/me", ann.token)), "staff_id");
  for (const char* action : {"staff.accept", "staff.enrol", "staff.sign-in"})
    EXPECT_EQ(admin.value("SELECT count(*) > 0 FROM audit.event WHERE method = 'STAFF' AND subject_id = '" + id +
                          "' AND action = '" + action + "'"),
              "t")
        << action;
  for (const auto& event : World::shared().events("method = 'STAFF' AND subject_id = '" + id + "'"))
    EXPECT_THAT(event.detail, ::testing::Not(::testing::HasSubstr(ann.email)));
}

// Throttling and oracles ----------------------------------------------------------------------------------------------

class StaffThrottle : public StaffTest {
 protected:
  staff::Caller from(const std::string& address, const std::string& device = {}) {
    staff::Caller caller;
    caller.from = {"", "test", address};
    caller.request = RequestId::fresh();
    caller.device = device;
    return caller;
  }
  /// How many tries in vain go through before one has to wait.
  net::Task<int> tries(staff::Staff& staff, std::string email, std::string address, int at_most) {
    for (int i = 0; i < at_most; ++i) {
      auto refused = co_await staff.sign_in(email, "wrong horse battery", from(address));
      if (refused.error().code == Code::rate_limited) co_return i;
    }
    co_return at_most;
  }
};

TEST_F(StaffThrottle, DelaysGrowForAPairAndSayHowLong) {
  const Ann ann = enrolled();
  with([&](staff::Staff& staff) -> net::Task<void> {
    EXPECT_EQ(co_await tries(staff, ann.email, "192.0.2.1", 9), 4);
    auto refused = co_await staff.sign_in(ann.email, kPassword, from("192.0.2.1"));
    EXPECT_EQ(refused.error().code, Code::rate_limited) << "the right password waits too";
    EXPECT_GE(refused.error().retry_after, 1);
    admin.value("UPDATE identity.staff_throttle SET not_before = now()");
    EXPECT_EQ(co_await tries(staff, ann.email, "192.0.2.1", 9), 1);
    refused = co_await staff.sign_in(ann.email, kPassword, from("192.0.2.1"));
    EXPECT_GE(refused.error().retry_after, 3) << "doubled";
    // From elsewhere the account still opens: nobody is shut out by a stranger.
    EXPECT_TRUE((co_await staff.sign_in(ann.email, kPassword, from("192.0.2.2"))).has_value());
  });
}

TEST_F(StaffThrottle, ThePresentPasswordIsGuessedNoFasterThanAtASignIn) {
  const Ann ann = enrolled();
  const auto change = [&](const std::string& present) {
    const std::string body = R"({"present":")" + present + R"(","password":"seven marmalades at noon"})";
    return post("password", body, {{"Authorization", "Bearer " + ann.token}}).status;
  };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(change("wrong"), 422);
  EXPECT_EQ(change("wrong"), 429);
  admin.value("UPDATE identity.staff_throttle SET not_before = now() + interval '1 hour'");
  EXPECT_EQ(change(kPassword), 429) << "the right one waits too";
}

TEST_F(StaffThrottle, OneAddressCannotTryManyAccounts) {
  with([&](staff::Staff& staff) -> net::Task<void> {
    int went = 0;
    for (int i = 0; i < 40; ++i) {
      auto refused = co_await staff.sign_in("nobody-" + std::to_string(i) + "@x.example", "wrong", from("192.0.2.7"));
      if (refused.error().code == Code::unauthenticated) ++went;
    }
    EXPECT_EQ(went, 21);
    // Two addresses of one IPv6 network are one.
    calm();
    (void)co_await tries(staff, "nobody@x.example", "2001:db8::1", 9);
    EXPECT_EQ(co_await tries(staff, "nobody@x.example", "2001:db8::2", 1), 0);
  });
}

TEST_F(StaffThrottle, ManyAddressesHoldUpThemselvesAndNobodysFirstTryOrKnownBrowser) {
  const Ann ann = enrolled();
  const std::string device = ann.device_cookie.substr(ann.device_cookie.find('=') + 1);
  // Nobody's account is held up like somebody's, so that neither shows.
  const std::vector<std::string> emails{ann.email, "nobody@x.example"};
  with([&](staff::Staff& staff) -> net::Task<void> {
    for (const std::string& email : emails) {
      const auto wrong = [&](std::string address) -> net::Task<Code> {
        auto refused = co_await staff.sign_in(email, "wrong horse battery", from(address));
        co_return refused.error().code;
      };
      for (int i = 0; i < 12; ++i)
        EXPECT_EQ(co_await wrong("198.51.100." + std::to_string(i)), Code::unauthenticated) << i;
      EXPECT_EQ(co_await wrong("198.51.100.1"), Code::unauthenticated) << "by now the account's delay grows";
      EXPECT_EQ(co_await wrong("198.51.100.2"), Code::rate_limited) << "for who has failed";
      EXPECT_EQ(co_await wrong("203.0.113.1"), Code::unauthenticated) << "and for nobody else";
      EXPECT_EQ(co_await wrong("203.0.113.1"), Code::rate_limited);
      // A hundred such tries an hour.
      const std::string firsts = " WHERE key = sha256('first tries of " + email + "')";
      EXPECT_EQ(admin.value("SELECT tries FROM identity.staff_throttle" + firsts), "13");
      admin.value("UPDATE identity.staff_throttle SET tries = 100" + firsts);
      EXPECT_EQ(co_await wrong("203.0.113.2"), Code::rate_limited);
      admin.value("UPDATE identity.staff_throttle SET not_before = now() - interval '61 minutes'" + firsts);
      EXPECT_EQ(co_await wrong("203.0.113.2"), Code::unauthenticated);
      admin.value("UPDATE identity.staff_throttle SET tries = 100" + firsts);
    }
    const auto stranger = co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3"));
    EXPECT_EQ(stranger.error().code, Code::rate_limited);
    EXPECT_LE(stranger.error().retry_after, 60);
    const auto forged = co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3", random_secret()));
    EXPECT_EQ(forged.error().code, Code::rate_limited);
    EXPECT_EQ((co_await staff.sign_in("else@x.example", "wrong", from("203.0.113.3", device))).error().code,
              Code::unauthenticated);
    EXPECT_TRUE((co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3", device))).has_value());
    admin.value("UPDATE identity.staff_throttle SET tries = 99 WHERE key = sha256('first tries of " + ann.email + "')");
    EXPECT_TRUE((co_await staff.sign_in(ann.email, kPassword, from("203.0.113.3"))).has_value()) << "a first try again";
  });
}

TEST_F(StaffThrottle, OfManyTriesAtOnceNoMoreGoThroughThanOneByOne) {
  with([&](staff::Staff& staff) -> net::Task<void> {
    int left = 24, went = 0;
    net::Signal ended;
    auto attempt = [&]() -> net::Task<void> {
      auto refused = co_await staff.sign_in("nobody@x.example", "wrong", from("192.0.2.9"));
      if (refused.error().code == Code::unauthenticated) ++went;
      --left;
      ended.notify();
    };
    for (int i = left; i > 0; --i) net::Reactor::current().spawn(attempt());
    while (left > 0) co_await ended.wait(std::chrono::seconds(20));
    EXPECT_EQ(went, 4);
  });
}

TEST_F(StaffThrottle, NeitherAnswerNorTimeTellsWhetherThereIsAnAccount) {
  const Ann ann = enrolled();
  const std::string invited = fresh_address();
  invite("support", invited);
  // What it cost this program, whose hashing threads are, and not how long it took: of fifteen the least. Without the
  // hash, nobody's costs a tenth.
  std::map<std::string, std::chrono::nanoseconds> least;
  std::map<std::string, std::string> said;
  with([&](staff::Staff& staff) -> net::Task<void> {
    for (int i = 0; i < 15; ++i)
      for (const std::string& email : {ann.email, std::string("nobody@x.example"), invited}) {
        calm();
        const auto start = testing::cpu_of_program();
        const auto refused = co_await staff.sign_in(email, "wrong horse battery", from("192.0.2.3"));
        const auto cost = testing::cpu_of_program() - start;
        least[email] = i == 0 ? cost : std::min(least[email], cost);
        said[email] = refused.error().detail;
      }
  });
  EXPECT_EQ(said[ann.email], said["nobody@x.example"]);
  EXPECT_EQ(said[ann.email], said[invited]);
  const auto beside = [&](const std::string& email) {
    return static_cast<double>(least[email].count()) / static_cast<double>(least[ann.email].count());
  };
  EXPECT_NEAR(beside("nobody@x.example"), 1, 0.5);
  EXPECT_NEAR(beside(invited), 1, 0.5);
}

}  // namespace
}  // namespace cordon
