// A shop's people come in through Shopify: its install is kept, its tenant made, who they are decided.
#pragma once
#include "shopify/access.h"
#include "shopify/shop_store.h"

namespace cordon::shopify {

/// The shop's tenant, if it has the app with every scope that we need and Shopify takes its token; nothing where it has
/// to install the app, or install it anew.
net::Task<Result<std::optional<TenantId>>> find_installed(Asking asking, ShopDomain shop);

/// Keeps the offline `grant` of a shop. A shop that is new becomes a tenant with the usual settings. Code::forbidden
/// where the shop has not granted every scope.
net::Task<Result<TenantId>> install(Asking asking, audit::Event event, ShopDomain shop, Grant grant);

}  // namespace cordon::shopify
