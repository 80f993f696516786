#include "shopify/sign_in.h"

#include "commerce/merchant_store.h"

namespace cordon::shopify {

namespace {

/// Whether asking failed because the shop has no install that Shopify takes.
bool is_over(const Error& error) { return error.code == Code::unauthenticated || error.code == Code::not_found; }

/// The shop's tenant, made if need be, by whichever of several that come at once is first.
net::Task<Result<TenantId>> tenant_for(Asking asking, audit::Event event, Whose whose, std::string page_origin) {
  if (whose.tenant) co_return *whose.tenant;
  const ShopDomain& shop = whose.shop;
  std::vector<std::string> origins{"https://" + shop.text()};
  if (!page_origin.empty() && page_origin != origins[0]) origins.push_back(std::move(page_origin));
  auto added = co_await add_tenant(asking.backend.identities, std::move(event), shop, std::move(origins));
  if (added || added.error().code != Code::conflict) co_return added;
  auto again = co_await find_tenant(asking.backend.identities, shop);
  if (!again) co_return std::unexpected(again.error());
  if (!*again) co_return added;
  co_return **again;
}

/// Settings for a shop that has none yet.
net::Task<Result<Done>> set_up(door::Scope& scope, ShopDomain shop, ShopFacts facts) {
  auto has = co_await commerce::find_merchant(scope);
  if (has) co_return Done{};
  if (has.error().code != Code::not_found) co_return std::unexpected(has.error());
  commerce::Merchant merchant;
  merchant.shop = shop.name();
  merchant.name = facts.name;
  merchant.currency = facts.currency;
  merchant.assistant_name = "Assistant";
  merchant.greeting = "Hello! How can I help?";
  co_return co_await commerce::put_merchant(scope, std::move(merchant));
}

}  // namespace

net::Task<Result<std::optional<TenantId>>> find_installed(Asking asking, ShopDomain shop) {
  auto tenant = co_await find_tenant(asking.backend.identities, shop);
  if (!tenant || !*tenant) co_return tenant;
  auto token = co_await live_token(asking, **tenant);
  if (!token && is_over(token.error())) co_return std::nullopt;
  if (!token) co_return std::unexpected(token.error());
  if (!asking.app.missing(token->scopes).empty()) co_return std::nullopt;
  auto facts = co_await shop_facts(asking, **tenant, std::move(*token));
  if (!facts && is_over(facts.error())) co_return std::nullopt;
  if (!facts) co_return std::unexpected(facts.error());
  co_return tenant;
}

net::Task<Result<TenantId>> install(Asking asking, audit::Event event, ShopDomain shop, Grant grant) {
  if (const auto missing = asking.app.missing(grant.scopes); !missing.empty())
    co_return fail(Code::forbidden,
                   "The shop has not granted " + join_scopes(missing) + "; open the app in Shopify again and accept.",
                   "scope");
  // What the shop is, before anything is made for it; that also shows that the token works.
  auto known = co_await find_tenant(asking.backend.identities, shop);
  if (!known) co_return std::unexpected(known.error());
  const Whose whose{shop, *known};
  auto facts = co_await ask_shop(asking.app, whose, grant.access_token);
  if (!facts) co_return std::unexpected(facts.error());
  auto tenant = co_await tenant_for(asking, std::move(event), whose, facts->origin);
  if (!tenant) co_return tenant;
  auto scope = co_await install_scope(asking.backend, *tenant, "shopify.install");
  if (!scope) co_return std::unexpected(scope.error());
  auto ready = co_await set_up(*scope, shop, std::move(*facts));
  if (!ready) co_return std::unexpected(ready.error());
  auto kept = co_await put_install(*scope, shop, std::move(grant));
  if (!kept) co_return std::unexpected(kept.error());
  co_return tenant;
}

}  // namespace cordon::shopify
