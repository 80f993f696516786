// The embedded web pages: console, widget, demo storefront.
#pragma once
#include <optional>

#include "net/http.h"

namespace cordon::app {

/// The console for a frame in Shopify's admin, of the shop `domain`: that and nothing else may frame it, and it loads
/// App Bridge, which has to come from Shopify. Both texts go into the page as they are. nullopt where the console was
/// not built.
std::optional<net::Response> framed_console(std::string_view client_id, std::string_view domain);

/// The page at `request.path`, or nullopt if it is none of ours. `demo` adds the storefront pages.
std::optional<net::Response> page(const net::Request& request, bool demo);

}  // namespace cordon::app
