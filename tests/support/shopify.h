// A server that is an app of a strict Shopify on loopback, and a shop of that Shopify whose people come to it.
#pragma once
#include <gtest/gtest.h>

#include "base/random.h"
#include "support/fake_shopify.h"
#include "support/wire.h"

namespace cordon::testing {

class ShopifyTest : public ::testing::Test {
 protected:
  static inline const shopify::Person kAnn{1001, "Ann Owner", "ann@cotton.example", true};
  static inline const shopify::Person kBob{1002, "Bob", "bob@cotton.example", false};

  void TearDown() override { EXPECT_EQ(fake.faults(), std::vector<std::string>{}); }

  net::Reply get(const std::string& target, const std::string& cookie = {}) {
    std::vector<net::Header> headers;
    if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
    return ask(port(), "GET", target, headers);
  }
  net::Reply post(const std::string& target, const std::string& bearer, const std::string& body = "{}",
                  const std::string& origin = {}) {
    std::vector<net::Header> headers;
    if (!bearer.empty()) headers.emplace_back("Authorization", "Bearer " + bearer);
    if (!origin.empty()) headers.emplace_back("Origin", origin);
    return ask(port(), "POST", target, headers, body);
  }
  uint16_t port() const { return server->port(); }

  /// The Set-Cookie that begins with `name`, as the browser would send it back.
  static std::string cookie(const net::Reply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers)
      if ((key == "Set-Cookie" || key == "set-cookie") && value.starts_with(name + "="))
        return value.substr(0, value.find(';'));
    return {};
  }
  static std::string state(const net::Reply& reply) { return cookie(reply, "__Host-cordon_shopify_state"); }
  static std::string location(const net::Reply& reply) { return std::string(reply.header("location")); }

  /// From the link in Shopify to where it sends `person` back; the last answer.
  net::Reply come_back(const shopify::Person& person) {
    auto reply = get(fake.install_link(domain));
    for (int i = 0; i < 3 && reply.status == 302 && location(reply).starts_with("https://"); ++i)
      reply = get(fake.consent(location(reply), person), state(reply));
    return reply;
  }
  /// The Set-Cookie by which a browser that has come back signs in.
  static std::string link(const net::Reply& back) { return cookie(back, "__Host-cordon_link"); }
  /// What the console's page asks then, with the browser's cookies.
  net::Reply sign_in(const std::string& cookies) {
    return ask(port(), "POST", "/v1/sign-in", {{"Cookie", cookies}, {"X-Cordon-Csrf", "1"}}, "{}");
  }
  /// The whole way; the last answer.
  net::Reply come_in(const shopify::Person& person) {
    const auto back = come_back(person);
    return back.status == 302 ? sign_in(link(back)) : back;
  }
  static std::string session(const net::Reply& in) { return cookie(in, "__Host-cordon_session"); }
  net::Reply show(const shopify::Person& person) {
    return post("/v1/shopify/session", fake.session_token(domain, person));
  }
  /// Shows another session token for the session that an answer opened.
  net::Reply go_on(const shopify::Person& person, const boost::json::value& opened) {
    return post("/v1/shopify/token", fake.session_token(domain, person),
                R"({"session_id":")" + field(opened, "session_id") + "\"}");
  }
  /// A session token's `jti`.
  static std::string id_of(const std::string& token) {
    const size_t at = token.find('.') + 1;
    return field(boost::json::parse(from_base64url(token.substr(at, token.find('.', at) - at))), "jti");
  }
  /// How many sessions of the shop there are.
  std::string sessions() {
    return world.sql().value("SELECT count(*) FROM identity.session WHERE tenant_id = '" + to_string(tenant()) + "'");
  }
  /// Moves a time of the shop's sessions back.
  void age(const std::string& column, int seconds) {
    world.sql().value("UPDATE identity.session SET " + column + " = now() - interval '" + std::to_string(seconds) +
                      " seconds' WHERE tenant_id = '" + to_string(tenant()) + "'");
  }
  /// An access token for a session cookie.
  std::string renew(const std::string& session) {
    const auto reply = ask(port(), "POST", "/v1/token", {{"Cookie", session}, {"X-Cordon-Csrf", "1"}}, "");
    return field(json_of(reply), "access_token");
  }
  net::Reply with(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body = {}) {
    return ask(port(), method, target, {{"Authorization", "Bearer " + token}}, body);
  }
  TenantId tenant() {
    return *TenantId::parse(world.sql().value("SELECT tenant_id FROM shopify.shop WHERE domain = '" + domain + "'"));
  }
  std::string events(const std::string& action) {
    return world.sql().value("SELECT count(*) FROM audit.event WHERE tenant_id = '" + to_string(tenant()) +
                             "' AND action = '" + action + "' AND status < 400");
  }

  World& world = World::shared();
  FakeShopify fake;
  std::unique_ptr<app::Process> server = world.replica([this](app::Config& config) { fake.settle(config); });
  std::string domain = "cotton-" + std::to_string(now().micros) + ".myshopify.com";
};

}  // namespace cordon::testing
