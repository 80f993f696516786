// A shop's install, under a service's seal of that tenant: types and SQL.
#pragma once
#include "door/scope.h"
#include "keys/field.h"
#include "shopify/client.h"

namespace cordon::shopify {

struct Install {
  ShopDomain shop;
  std::vector<std::string> scopes;
  std::string access_token, refresh_token;
  std::optional<std::string> previous_refresh_token;
  Time access_expires_at;
};

/// Closed with the shop's own key.
inline constexpr keys::Field kAccessToken{"shopify.install", "access_token"};
inline constexpr keys::Field kRefreshToken{"shopify.install", "refresh_token"};
inline constexpr keys::Field kPreviousRefreshToken{"shopify.install", "previous_refresh_token"};

/// Code::not_found where the shop has not installed the app.
net::Task<Result<Install>> find_install(door::Scope& scope);
/// A fresh install, or one anew: whatever tokens there were are forgotten.
net::Task<Result<Done>> put_install(door::Scope& scope, ShopDomain shop, Grant grant);

/// Makes this caller the only one that refreshes, for so many seconds at most. False where another is at it, or the
/// install is no longer the one that was `seen`.
net::Task<Result<bool>> claim_refresh(door::Scope& scope, Time seen, int seconds);
/// Stores what a refresh brought, unless the install has changed since it was `seen`; the token that it was bought with
/// stays as the previous one.
net::Task<Result<Done>> put_refreshed(door::Scope& scope, Time seen, std::string used, Grant grant);
/// Lets others try at once.
net::Task<Result<Done>> give_up_refresh(door::Scope& scope);
/// The access token has worked: the refresh token before its own is not needed any more.
net::Task<Result<Done>> forget_previous(door::Scope& scope, Time of);

}  // namespace cordon::shopify
