// What we ask Shopify, over HTTPS at the shop's own domain: tokens for codes, session tokens and refresh tokens, and
// what the shop is called. Every answer is at most 256 KB and comes within ten seconds.
#pragma once
#include "shopify/app.h"

namespace cordon::shopify {

/// Of a shop, for work in the background; or of one person, for as long as they are there.
enum class Kind { offline, online };

/// Who an online token belongs to, as Shopify knows them.
struct Person {
  int64_t user = 0;  ///< Shopify's number
  std::string name, email;
  bool account_owner = false;
};

/// A token and what it is good for.
struct Grant {
  std::string access_token;
  std::vector<std::string> scopes;
  Time expires_at;
  std::string refresh_token;  ///< an offline token's
  Time refresh_expires_at;
  std::optional<Person> person;  ///< an online token's
};

struct ShopFacts {
  std::string name;
  std::string currency;  ///< ISO 4217
  std::string origin;    ///< of the shop's pages, such as "https://www.cotton.example"; empty if it has none
};

// Code::unauthenticated where Shopify refuses what it was shown, Code::unavailable where it cannot be reached or its
// answer cannot be read: it may have been carried out then.

/// A shop, and the tenant that it is here, which sees what Shopify is asked about it: none while it is new.
struct Whose {
  ShopDomain shop;
  std::optional<TenantId> tenant;
};

/// The authorization code grant's second step.
net::Task<Result<Grant>> redeem_code(const App& app, Whose whose, std::string code, Kind kind);
/// RFC 8693: a session token of App Bridge for an access token.
net::Task<Result<Grant>> exchange(const App& app, Whose whose, std::string session_token, Kind kind);
/// A fresh offline token, and the refresh token after this one.
net::Task<Result<Grant>> refresh(const App& app, Whose whose, std::string refresh_token);
/// Asks the Admin API what the shop is.
net::Task<Result<ShopFacts>> ask_shop(const App& app, Whose whose, std::string access_token);

}  // namespace cordon::shopify
