#include "app/pages.h"

#include <algorithm>

#include "base/embedded.h"
#include "base/random.h"

namespace cordon::app {

namespace {

std::string_view type_of(std::string_view name) {
  const auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  if (ends(".html")) return "text/html; charset=utf-8";
  if (ends(".js")) return "text/javascript; charset=utf-8";
  if (ends(".css")) return "text/css; charset=utf-8";
  if (ends(".svg")) return "image/svg+xml";
  if (ends(".png")) return "image/png";
  if (ends(".woff2")) return "font/woff2";
  if (ends(".json")) return "application/json";
  return "application/octet-stream";
}

const embedded::File* find(std::span<const embedded::File> files, std::string_view name) {
  const auto at = std::find_if(files.begin(), files.end(), [&](const auto& f) { return name == f.name; });
  return at == files.end() ? nullptr : &*at;
}

/// A file whose name carries its hash never changes; the others are asked for again each time, by ETag.
net::Response file(const embedded::File& file, const net::Request& request, bool immutable) {
  net::Response response;
  response.content_type = type_of(file.name);
  const std::string tag = "\"" + to_hex(sha256(file.text())).substr(0, 20) + "\"";
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.header("if-none-match") == tag) response.status = 304;
  else response.fixed = file.text();
  return response;
}

net::Response html(const embedded::File& file, std::string policy, const std::string& nonce) {
  net::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = file.text();
  for (size_t at; (at = response.body.find("__CSP_NONCE__")) != std::string::npos;)
    response.body.replace(at, 13, nonce);
  response.headers.emplace_back("Content-Security-Policy", std::move(policy));
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  return response;
}

/// Who may frame the console: Shopify's admin for the shop that the address names, nobody otherwise.
std::string framers(const net::Request& request) {
  static constexpr std::string_view kDomain = ".myshopify.com";
  for (const auto& [name, value] : net::parse_query(request.query).value_or(std::vector<net::Header>())) {
    if (name != "shop" || !value.ends_with(kDomain) || value.size() <= kDomain.size() || value.size() > 80) continue;
    const std::string_view label = std::string_view(value).substr(0, value.size() - kDomain.size());
    const bool plain = std::all_of(label.begin(), label.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    if (plain && label.front() != '-') return "https://" + value + " https://admin.shopify.com";
  }
  return "'none'";
}

std::optional<net::Response> console(const net::Request& request, std::string_view rest) {
  if (const auto* found = find(embedded::console(), rest); found && rest != "index.html")
    return file(*found, request, rest.starts_with("assets/"));
  if (rest.starts_with("assets/")) return std::nullopt;
  const auto* index = find(embedded::console(), "index.html");
  if (!index) return std::nullopt;
  const std::string nonce = random_secret();
  return html(*index,
              "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce +
                  "'; img-src 'self' https: data:; connect-src 'self'; font-src 'self'; "
                  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors " +
                  framers(request),
              nonce);
}

std::optional<net::Response> storefront(const net::Request& request) {
  constexpr std::string_view kAssets = "/shops-assets/";
  const std::string_view path = request.path;
  if (path.starts_with(kAssets)) {
    const auto* found = find(embedded::storefront(), path.substr(kAssets.size()));
    return found ? std::optional(file(*found, request, false)) : std::nullopt;
  }
  const auto* index = find(embedded::storefront(), "index.html");
  if (!index) return std::nullopt;
  return html(*index,
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src "
              "'self'; base-uri 'none'; "
              "form-action 'self'; frame-ancestors 'none'",
              "");
}

}  // namespace

static std::optional<net::Response> found_page(const net::Request& request, bool demo) {
  const std::string_view path = request.path;
  if (path == "/" || path == "/console") {
    net::Response response;
    response.status = 302;
    response.headers.emplace_back("Location", "/console/");
    return response;
  }
  if (path.starts_with("/console/")) return console(request, path.substr(9));
  if (path == "/widget.js") {
    const auto* found = find(embedded::widget(), "widget.js");
    if (!found) return std::nullopt;
    net::Response response = file(*found, request, false);
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
    return response;
  }
  if (demo && (path.starts_with("/shops/") || path.starts_with("/shops-assets/"))) return storefront(request);
  return std::nullopt;
}

std::optional<net::Response> page(const net::Request& request, bool demo) {
  auto found = found_page(request, demo);
  if (!found || request.method == net::Method::get || request.method == net::Method::head) return found;
  net::Response refused;
  refused.status = 204;
  if (request.method != net::Method::options)
    refused = net::problem({Code::method_not_allowed, "Use another method for this address.", {}}, request.id);
  refused.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  return refused;
}

}  // namespace cordon::app
