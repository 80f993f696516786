// A shop's access token, alive: refreshed when it has a minute left, by one caller of all replicas at a time.
#pragma once
#include "identity/backend.h"
#include "shopify/install_store.h"

namespace cordon::shopify {

/// What asking Shopify on a shop's behalf needs.
struct Asking {
  identity::Backend& backend;
  const App& app;
};

struct LiveToken {
  ShopDomain shop;
  std::vector<std::string> scopes;
  std::string token;
  Time expires_at;
};

/// Code::not_found where the shop has not installed the app, Code::unauthenticated where Shopify takes neither of its
/// refresh tokens, Code::unavailable where Shopify cannot be asked: the tokens are kept then, for its answer may be
/// what was lost.
net::Task<Result<LiveToken>> live_token(Asking asking, TenantId tenant);

/// Asks what the shop is with its own token. Once that has worked, the refresh token before it is forgotten.
/// Code::unauthenticated where Shopify does not take the token: the app was uninstalled.
net::Task<Result<ShopFacts>> shop_facts(Asking asking, TenantId tenant, LiveToken token);

/// A service's scope for the shop's install; its changes leave an event of `action`.
net::Task<Result<door::Scope>> install_scope(identity::Backend& backend, TenantId tenant, door::AuditAction action);

}  // namespace cordon::shopify
