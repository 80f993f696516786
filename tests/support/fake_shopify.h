// A Shopify of our own on loopback: strict about what it is asked, with tokens that rotate and expire as the real
// one's.
#pragma once
#include <map>
#include <mutex>
#include <set>

#include "app/config.h"
#include "shopify/client.h"
#include "support/served.h"

namespace cordon::testing {

class FakeShopify {
 public:
  static constexpr const char* kClientId = "cordon-test";
  static constexpr const char* kSecret = "hush";

  FakeShopify();
  /// Makes a server be this Shopify's app.
  void settle(app::Config& config) const;
  /// The app as it asks this Shopify.
  const shopify::App& app() const { return *app_; }

  /// What the link says that opens the app for a shop: path and query, signed now.
  std::string install_link(const std::string& shop);
  /// Somebody says yes on the page that a redirect names; returns path and query of where they are sent back.
  std::string consent(const std::string& location, shopify::Person person);
  /// App Bridge's token for somebody of a shop.
  std::string session_token(const std::string& shop, shopify::Person person);
  /// Path and query of a request of a shop's page as the app proxy passes it on. `customer` is empty for strangers.
  std::string proxied(const std::string& shop, const std::string& customer, const std::string& fields = {});
  /// A path with fields, an hmac over them, and the time if `fields` has none.
  std::string signed_link(const std::string& path, std::vector<net::Header> fields);

  // What happens on demand.
  std::vector<std::string> grants{"read_customers", "write_orders"};  ///< what every shop grants
  std::string name = "The Cotton Shop", currency = "EUR", page = "https://www.cotton.example";
  int lose = 0;                             ///< so many answers are carried out and then lost
  void uninstall(const std::string& shop);  ///< its tokens are dead at once

  /// Answers about somebody else than the session token says.
  void mistake(const std::string& token, shopify::Person person);

  // What has been seen.
  std::vector<std::string> faults();   ///< in what we were asked: a test ends with none
  int asked(const std::string& what);  ///< "code", "exchange", "refresh", "graphql"

 private:
  struct Token {
    std::string shop, refresh;
    bool used = false;
  };
  struct Refresh {
    std::string shop, replacement;  ///< the access token that came for it, if it was used
  };
  net::Task<net::Response> answer(net::Request& request);
  net::Response token(const std::string& shop, const boost::json::object& body);
  net::Response graphql(const std::string& shop, const net::Request& request);
  boost::json::object offline(const std::string& shop);
  boost::json::object online(const shopify::Person& person);
  bool holds(const std::string& shop, const std::string& refresh) const;
  void fault(const std::string& what) { faults_.push_back(what); }

  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, std::optional<shopify::Person>>> codes_;  ///< shop; whom, if online
  std::map<std::string, shopify::Person> shown_;                                         ///< by session token
  std::map<std::string, Token> access_;
  std::map<std::string, Refresh> refresh_;
  std::map<std::string, int> asked_;
  std::vector<std::string> faults_;
  int made_ = 0;
  Served served_;
  std::shared_ptr<shopify::App> app_;
  TemporaryFolder folder_;
};

}  // namespace cordon::testing
