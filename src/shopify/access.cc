#include "shopify/access.h"

namespace cordon::shopify {

using namespace std::chrono_literals;

namespace {

constexpr int64_t kSpare = 60'000'000;  // microseconds that a token must have left
constexpr int kHold = 60;               // seconds for one refresh, with what it asks at most
constexpr auto kPatience = 25s;         // for another's refresh

/// A scope for what is no change of the shop's: taking the turn to refresh, giving it back.
net::Task<Result<door::Scope>> quiet_scope(identity::Backend& backend, TenantId tenant) {
  auto pass = co_await backend.identity.service(tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  co_return door::Scope(*pass, backend.worker);
}

/// With the refresh token, or with the one before it, which Shopify takes until the newer one's access token was used.
net::Task<Result<std::pair<Grant, std::string>>> buy(const App& app, TenantId tenant, Install install) {
  const Whose whose{install.shop, tenant};
  auto grant = co_await refresh(app, whose, install.refresh_token);
  if (grant) co_return std::pair(std::move(*grant), install.refresh_token);
  if (grant.error().code != Code::unauthenticated || !install.previous_refresh_token)
    co_return std::unexpected(grant.error());
  auto again = co_await refresh(app, whose, *install.previous_refresh_token);
  if (!again) co_return std::unexpected(again.error());
  co_return std::pair(std::move(*again), *install.previous_refresh_token);
}

/// By whoever holds the turn.
net::Task<Result<Done>> refresh_install(Asking asking, TenantId tenant, Install install) {
  const Time seen = install.access_expires_at;
  auto bought = co_await buy(asking.app, tenant, std::move(install));
  if (bought) {
    auto scope = co_await install_scope(asking.backend, tenant, "shopify.refresh");
    if (!scope) co_return std::unexpected(scope.error());
    co_return co_await put_refreshed(*scope, seen, std::move(bought->second), std::move(bought->first));
  }
  auto scope = co_await quiet_scope(asking.backend, tenant);
  if (scope) co_await give_up_refresh(*scope);
  co_return std::unexpected(bought.error());
}

}  // namespace

net::Task<Result<door::Scope>> install_scope(identity::Backend& backend, TenantId tenant, door::AuditAction action) {
  auto pass = co_await backend.identity.service(tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  co_return backend.scope(*pass, audit::event_of(action, "SERVICE"));
}

net::Task<Result<LiveToken>> live_token(Asking asking, TenantId tenant) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    auto scope = co_await quiet_scope(asking.backend, tenant);
    if (!scope) co_return std::unexpected(scope.error());
    auto install = co_await find_install(*scope);
    if (!install) co_return std::unexpected(install.error());
    if (install->access_expires_at.micros > now().micros + kSpare)
      co_return LiveToken{install->shop, install->scopes, install->access_token, install->access_expires_at};
    auto mine = co_await claim_refresh(*scope, install->access_expires_at, kHold);
    if (!mine) co_return std::unexpected(mine.error());
    if (*mine) {
      auto refreshed = co_await refresh_install(asking, tenant, std::move(*install));
      if (!refreshed) co_return std::unexpected(refreshed.error());
    } else {
      co_await net::sleep(50ms);
    }
  }
  co_return fail(Code::unavailable, "Shopify's tokens are being renewed; try again.");
}

net::Task<Result<ShopFacts>> shop_facts(Asking asking, TenantId tenant, LiveToken token) {
  const Whose whose{token.shop, tenant};
  auto facts = co_await ask_shop(asking.app, whose, token.token);
  if (!facts) co_return facts;
  auto scope = co_await quiet_scope(asking.backend, tenant);
  if (!scope) co_return std::unexpected(scope.error());
  auto forgotten = co_await forget_previous(*scope, token.expires_at);
  if (!forgotten) co_return std::unexpected(forgotten.error());
  co_return facts;
}

}  // namespace cordon::shopify
