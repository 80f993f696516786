// Staff who come in through the real server: by invitation, password and second factor.
#pragma once
#include <gtest/gtest.h>

#include <thread>

#include "staff/staff.h"
#include "staff/totp.h"
#include "support/served.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon::testing {

class StaffTest : public ::testing::Test {
 protected:
  /// A colleague who has accepted and enrolled: what they know and have.
  struct Ann {
    std::string email, secret, token, session_cookie, device_cookie, recovery_code;
  };
  static inline const std::string kPassword = "marmalade at seven";

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
    return ask(world.port(), "POST", "/v1/staff/" + path, std::move(headers), body.empty() ? "{}" : body);
  }
  net::Reply get(const std::string& path, const std::string& token) {
    return ask(world.port(), "GET", path, {{"Authorization", "Bearer " + token}});
  }
  /// The Set-Cookie of that name, as the browser would send it back.
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
  /// The code that somebody's app shows, `ahead` steps from now: each is taken once.
  std::string totp(const std::string& email, int ahead = 0) {
    const auto owner = admin.value("SELECT staff_id FROM identity.staff WHERE " + is(email));
    const auto sealed = admin.value("SELECT sealed FROM identity.staff_totp WHERE staff_id = '" + owner + "'");
    const auto secret = world.opened(staff::kTotpSecret, identity::kPlatform, *parse_uuid(owner), sealed);
    return staff::totp_code(secret, staff::totp_step(now()) + ahead);
  }
  /// Lets the code of now be taken once more.
  void forget_step(const std::string& email) {
    admin.value(
        "UPDATE identity.staff_totp SET last_step = 0 WHERE staff_id = (SELECT staff_id FROM identity.staff WHERE " +
        is(email) + ")");
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
  /// Base32 as an authenticator app reads it.
  static std::string from_base32(const std::string& text) {
    std::string out;
    uint32_t held = 0;
    int bits = 0;
    for (const char c : text) {
      held = held << 5 | static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      if ((bits += 5) >= 8) out += static_cast<char>(held >> (bits -= 8) & 255);
    }
    return out;
  }

  Ann enrolled(const std::string& role = "support") {
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
  /// Signs somebody in once more; what the second factor is answered with.
  net::Reply again(const Ann& ann) {
    forget_step(ann.email);
    const auto challenge = field(json_of(post("sign-in", sign_in_body(ann.email, kPassword))), "challenge");
    return post("mfa", totp_body(challenge, totp(ann.email)));
  }
  /// Has her show a second factor again.
  net::Reply step_up(const Ann& ann) {
    const std::vector<net::Header> bearer{{"Authorization", "Bearer " + ann.token}};
    forget_step(ann.email);
    const auto challenge = field(json_of(post("step-up/begin", "", bearer)), "challenge");
    return post("step-up", totp_body(challenge, totp(ann.email)), bearer);
  }
  std::string id_of(const Ann& ann) { return field(json_of(get("/v1/staff/me", ann.token)), "staff_id"); }

  /// Whether so many statements that contain `text` come to wait for somebody's lock.
  bool come_to_wait(const std::string& text, int count = 1) {
    auto watch = world.sql();
    return eventually([&] {
      return watch.value(
                 "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cordon_identity' AND wait_event_type = 'Lock' "
                 "AND query LIKE '%" +
                 text + "%'") == std::to_string(count);
    });
  }

  World& world = World::shared();
  SqlSession admin = world.sql();
  std::unique_ptr<staff::Shared> shared = app::share_staff(world.config(), [this] { return world.port(); });
};

}  // namespace cordon::testing
