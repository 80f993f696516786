// One change, one event: each route that changes something is had to, and leaves one event that says so, of its own
// action. A new route has to be walked here, too.
#include "app/routes.h"
#include "support/chat.h"
#include "support/fake_shopify.h"
#include "support/staff.h"

namespace cordon {
namespace {

using net::Header;
using testing::field;
using testing::json_of;
using testing::Shop;

class OneEvent : public testing::StaffTest {
 protected:
  /// Has a route change something, and counts the events that say it did.
  boost::json::value change(const std::string& name, const std::string& target, const std::string& token,
                            const std::string& body = {}, std::vector<Header> headers = {}) {
    const auto named = [&](const door::Route& route) { return route.info.name == name; };
    const door::Route& route = *std::ranges::find_if(routes_.all(), named);
    const std::string events =
        " FROM audit.event WHERE status < 400 AND action = '" + std::string(route.info.action.name) + "'";
    const int before = std::stoi(admin.value("SELECT count(*)" + events));
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    const auto reply = testing::ask(port_, to_string(route.info.method), target, headers, body);
    EXPECT_LT(reply.status, 400) << name << ": " << reply.body;
    EXPECT_EQ(std::stoi(admin.value("SELECT count(*)" + events)), before + 1) << name;
    EXPECT_EQ(admin.value("SELECT status" + events + " ORDER BY at DESC LIMIT 1"), std::to_string(reply.status))
        << name;
    walked_.insert(name);
    return json_of(reply);
  }
  static std::string secret_of(const boost::json::value& answer) {
    const std::string link = field(answer, "link");
    return link.substr(link.find('#') + 1);
  }
  static std::string sign_in_with(const std::string& secret) { return R"({"keep":"token","link":")" + secret + "\"}"; }

  void walk_members();
  void walk_sessions(const std::string& ann);
  void walk_settings();
  void walk_conversations();
  void walk_grants();
  void walk_keys();
  void walk_staff();
  void walk_factors(const std::string& email, const std::string& token);
  void walk_shopify();

  const door::Routes routes_ = app::declare_routes();
  uint16_t port_ = world.port();
  Shop shop_ = world.add_shop();
  const std::string owner_ = world.token(*world.sign_in(shop_, "owner"));
  std::set<std::string> walked_;
};

void OneEvent::walk_members() {
  const auto invited =
      change("invite_member", "/v1/members", owner_, R"({"name":"Ann","email":"ann@shop.example","role":"agent"})");
  const std::string ann = "/v1/members/" + field(invited, "subject_id");
  const auto again = change("renew_member_link", ann + "/link", owner_, "{}");
  const auto in = change("sign_in", "/v1/sign-in", {}, sign_in_with(secret_of(again)));
  change("refresh_token", "/v1/token", {}, R"({"refresh_token":")" + field(in, "refresh_token") + "\"}");
  walk_sessions(ann);
  change("change_member", ann, owner_, R"({"role":"manager"})");
  change("remove_member", ann, owner_);
}

void OneEvent::walk_sessions(const std::string& ann) {
  const auto come_in = [&] {
    const auto link = json_of(world.call(net::Method::post, ann + "/link", owner_));
    return field(json_of(world.call(net::Method::post, "/v1/sign-in", {}, sign_in_with(secret_of(link)))),
                 "access_token");
  };
  const auto session_of = [&](const std::string& token) {
    const auto listed = json_of(world.call(net::Method::get, "/v1/sessions", token));
    for (const auto& one : listed.at("items").get_array())
      if (field(one, "current") == "true") return field(one, "session_id");
    return std::string();
  };
  const std::string here = come_in(), there = come_in(), elsewhere = come_in();
  change("revoke_session", "/v1/sessions/" + session_of(there), here);
  change("revoke_shop_session", "/v1/shop/sessions/" + session_of(elsewhere), owner_);
  change("sign_out", "/v1/sign-out", here, "{}");
  change("sign_out_everywhere", "/v1/sign-out-everywhere", come_in(), "{}");
}

void OneEvent::walk_settings() {
  const auto made =
      change("create_api_token", "/v1/api-tokens", owner_, R"({"name":"till","scopes":["order.read"],"days":1})");
  change("revoke_api_token", "/v1/api-tokens/" + field(made, "token_id"), owner_);
  change("change_merchant", "/v1/merchant", owner_, R"({"name":"Another name"})");
  change("change_support_access", "/v1/support-access", owner_, R"({"needs_consent":true})");
  change("record_order", "/v1/orders", owner_,
         R"({"external_id":"1","total_minor":1,"currency":"EUR","placed_at":"2026-01-01T00:00:00Z"})");
}

void OneEvent::walk_conversations() {
  const testing::Chat chat(world);
  const std::string at = "/v1/conversations/" + chat.conversation;
  change("take_conversation", at + "/take", chat.agent, "{}");
  change("send_message", at + "/messages", chat.agent,
         R"({"client_id":")" + testing::fresh_id() + R"(","text":"Hello"})");
  change("mark_read", at + "/read", chat.agent, R"({"seq":1})");
  change("release_conversation", at + "/release", chat.agent, "{}");
  change("close_conversation", at + "/close", chat.agent, "{}");
  change("open_inbox", "/v1/inbox/ticket", chat.agent, "{}");
  change("open_visit", "/v1/widget/visits", {}, R"({"shop":")" + chat.shop.name + "\"}",
         {{"Origin", "https://127.0.0.1"}});
}

void OneEvent::walk_grants() {
  const std::string support = world.token(*world.sign_in_staff("support"));
  const auto open = [&] {
    const auto made =
        change("open_support_grant", "/v1/staff/grants", support,
               R"({"shop":")" + shop_.name +
                   R"(","reason":"The shop has asked us to look at an order.","ticket":"T-1","minutes":9})");
    return field(made, "grant_id");
  };
  const std::string first = open(), second = open();
  change("approve_support_grant", "/v1/support-grants/" + first + "/approve", owner_, "{}");
  change("enter_shop", "/v1/staff/grants/" + first + "/enter", support, "{}");
  change("revoke_support_grant", "/v1/support-grants/" + first + "/revoke", owner_, "{}");
  change("withdraw_support_grant", "/v1/staff/grants/" + second, support);
}

void OneEvent::walk_keys() {
  const std::string ann = world.token(*world.sign_in_staff("administrator"));
  const std::string bob = world.token(*world.sign_in_staff("security"));
  const std::string all = "/v1/staff/key-destructions";
  const auto asked = change("ask_for_key_destruction", all, ann,
                            R"({"shop":")" + shop_.name + R"(","why":"The shop has left us and wants nothing kept."})");
  const std::string one = all + "/" + field(asked, "destruction_id");
  change("approve_key_destruction", one + "/approve", bob, "{}");
  change("withdraw_key_destruction", one + "/withdraw", ann, "{}");
}

void OneEvent::walk_staff() {
  const Ann boss = enrolled("administrator");
  const std::string email = fresh_address();
  const auto invited =
      change("invite_staff", "/v1/staff/invitations", boss.token, R"({"email":")" + email + R"(","role":"support"})");
  const auto question = change("staff_accept", "/v1/staff/accept", {},
                               R"({"invitation":")" + secret_of(invited) + R"(","password":")" + kPassword + "\"}");
  const std::string secret = from_base32(field(question.at("enrol"), "totp_secret"));
  change("staff_enrol", "/v1/staff/enrol", {},
         totp_body(field(question, "challenge"), staff::totp_code(secret, staff::totp_step(now()))));
  forget_step(email);
  const auto asked = change("staff_sign_in", "/v1/staff/sign-in", {}, sign_in_body(email, kPassword));
  const auto in = change("staff_mfa", "/v1/staff/mfa", {}, totp_body(field(asked, "challenge"), totp(email)));
  walk_factors(email, field(in, "access_token"));

  const std::string id = admin.value("SELECT staff_id FROM identity.staff WHERE " + is(email));
  const std::string sessions = "/v1/staff/" + id + "/sessions";
  const auto listed = json_of(get(sessions, boss.token));
  change("end_staff_session", sessions + "/" + field(listed.at("items").at(0), "session_id"), boss.token);
  const std::string link = "a link that was mailed to them";
  admin.value("INSERT INTO identity.staff_secret (digest, purpose, staff_id, mailed, expires_at) VALUES (sha256('" +
              link + "'), 'reset', '" + id + "', true, now() + interval '1 hour')");
  change("staff_reset", "/v1/staff/password/reset", {},
         R"({"link":")" + link + R"(","password":")" + kPassword + "\"}");
  change("end_staff_sessions", sessions, boss.token);
  change("end_staff", "/v1/staff/" + id, boss.token);
}

void OneEvent::walk_factors(const std::string& email, const std::string& token) {
  const auto begun = change("staff_begin_step_up", "/v1/staff/step-up/begin", token, "{}");
  forget_step(email);
  const auto proved =
      change("staff_step_up", "/v1/staff/step-up", token, totp_body(field(begun, "challenge"), totp(email)));
  const std::string fresh = field(proved, "access_token");
  const auto question = change("staff_begin_factor", "/v1/staff/factors/begin", fresh, "{}");
  const std::string secret = from_base32(field(question.at("enrol"), "totp_secret"));
  change("staff_add_factor", "/v1/staff/factors", fresh,
         totp_body(field(question, "challenge"), staff::totp_code(secret, staff::totp_step(now()))));
  const std::string passkey = to_string(new_uuid());
  admin.value("INSERT INTO identity.staff_passkey SELECT '" + passkey + "', staff_id, sha256('" + passkey +
              "'), -7, '', 0, 'Key' FROM identity.staff WHERE " + is(email));
  change("staff_remove_passkey", "/v1/staff/passkeys/" + passkey, fresh);
  change("staff_new_recovery_codes", "/v1/staff/recovery-codes", fresh, "{}");
  change("staff_change_password", "/v1/staff/password", fresh,
         R"({"present":")" + kPassword + R"(","password":"a persimmon before noon"})");
}

void OneEvent::walk_shopify() {
  testing::FakeShopify fake;
  const auto server = world.replica([&](app::Config& config) { fake.settle(config); });
  port_ = server->port();
  const shopify::Person owner{1001, "Ann Owner", "ann@cotton.example", true};
  const std::string domain = "one-event-" + std::to_string(now().micros) + ".myshopify.com";
  const auto in = change("open_shopify_session", "/v1/shopify/session", fake.session_token(domain, owner), "{}");
  change("refresh_shopify_session", "/v1/shopify/token", fake.session_token(domain, owner),
         R"({"session_id":")" + field(in, "session_id") + "\"}");
  const auto ticket = json_of(testing::ask(port_, "GET", fake.proxied(domain, "5")));
  change("open_shopify_visit", "/v1/widget/shopify-visits", {}, R"({"ticket":")" + field(ticket, "ticket") + "\"}",
         {{"Origin", "https://" + domain}});
  port_ = world.port();
}

TEST_F(OneEvent, OfItsActionIsLeftByEachRouteThatChangesSomething) {
  walk_members();
  walk_settings();
  walk_conversations();
  walk_grants();
  walk_keys();
  walk_staff();
  walk_shopify();
  // What mails a link has changed nothing when it answers, and takes a mail server: staff/mail_test.cc.
  std::set<std::string> changing;
  for (const door::Route& route : routes_.all())
    if (route.info.method != net::Method::get) changing.insert(std::string(route.info.name));
  for (const char* mails : {"ask_for_link", "staff_forgot"}) changing.erase(mails);
  EXPECT_EQ(walked_, changing);
}

TEST_F(OneEvent, IsOfWhatWasChangedAndNotOfWhatWasOrOfNothing) {
  testing::Chat chat(world);
  const auto told = [&](const std::string& action) {
    return admin.value("SELECT count(*) FROM audit.event WHERE status < 400 AND action = '" + action +
                       "' AND tenant_id = '" + to_string(chat.shop.tenant) + "'");
  };
  chat.take();
  const std::string answer = R"({"client_id":")" + testing::fresh_id() + R"(","text":"Yes?"})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(chat.as_agent("POST", "/messages", answer).status, 201);
  EXPECT_EQ(told("message.send"), "1") << "it was stored once";
  EXPECT_EQ(told("data.read' AND queries LIKE '%conversation.send_as_agent:%"), "1") << "and read the second time";
  const std::string said = testing::say(testing::fresh_id(), "Hello");
  for (int i = 0; i < 2; ++i) {
    chat.widget->send(said);
    chat.widget->await("ack");
  }
  EXPECT_EQ(told("message.send"), "2");
  chat.conversation = to_string(ConversationId::fresh());
  EXPECT_EQ(chat.as_agent("POST", "/take").status, 404);
  EXPECT_EQ(told("conversation.take"), "1");
}

}  // namespace
}  // namespace cordon
