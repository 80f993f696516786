// The embedded web pages: console, widget, demo storefront.
#pragma once
#include <optional>

#include "net/http.h"

namespace cordon::app {

/// The page at `request.path`, or nullopt if it is none of ours. `demo` adds the storefront pages.
std::optional<net::Response> page(const net::Request& request, bool demo);

}  // namespace cordon::app
