// What Shopify, and what comes through it, asks of us: installs, sign-in, and the app proxy of a shop's pages.
#pragma once
#include "door/routes.h"
#include "identity/backend.h"
#include "shopify/app.h"

namespace cordon::shopify {

struct Wiring {
  std::function<identity::Backend&()> here;  ///< the calling reactor's
  std::shared_ptr<const App> app;            ///< null where the operator has named none: every route answers 404
  /// The console as a page that Shopify's admin may frame for that shop; nullopt where there is no console.
  std::function<std::optional<net::Response>(const App& app, const ShopDomain& shop)> framed;
};

void add_oauth_routes(door::Routes& routes, const Wiring& wiring);
void add_proxy_routes(door::Routes& routes, const Wiring& wiring);

inline void add_routes(door::Routes& routes, const Wiring& wiring) {
  add_oauth_routes(routes, wiring);
  add_proxy_routes(routes, wiring);
}

/// The answer of every route here where there is no app.
inline std::unexpected<Error> no_app() {
  return fail(Code::not_found, "This server is no Shopify app; its operator has to set --shopify-client-id.");
}

}  // namespace cordon::shopify
