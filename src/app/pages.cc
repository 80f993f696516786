#include "app/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

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

/// Made of all files at the first use: hashing one takes a reactor longer than sending it does.
const std::string& tag_of(const embedded::File& file) {
  static const auto tags = [] {
    std::map<const embedded::File*, std::string> made;
    for (const auto files : {embedded::console(), embedded::widget(), embedded::storefront()})
      for (const embedded::File& one : files) made[&one] = "\"" + to_hex(sha256(one.text())).substr(0, 20) + "\"";
    return made;
  }();
  return tags.at(&file);
}

/// A file whose name carries its hash never changes; the others are asked for again each time, by ETag.
net::Response file(const embedded::File& file, const net::Request& request, bool immutable) {
  net::Response response;
  response.content_type = type_of(file.name);
  const std::string& tag = tag_of(file);
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

/// `scripts` are whose scripts may run beside our own, `framers` who may show the page in a frame.
std::optional<net::Response> console_page(std::string_view scripts, std::string_view framers) {
  const auto* index = find(embedded::console(), "index.html");
  if (!index) return std::nullopt;
  const std::string nonce = random_secret();
  return html(*index,
              fmt::format("default-src 'none'; script-src 'self'{}; style-src 'self' 'nonce-{}'; img-src 'self' https: "
                          "data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
                          "form-action 'self'; frame-ancestors {}",
                          scripts, nonce, framers),
              nonce);
}

std::optional<net::Response> console(const net::Request& request, std::string_view rest) {
  if (const auto* found = find(embedded::console(), rest); found && rest != "index.html")
    return file(*found, request, rest.starts_with("assets/"));
  if (rest.starts_with("assets/")) return std::nullopt;
  return console_page("", "'none'");
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

std::optional<net::Response> framed_console(std::string_view client_id, std::string_view domain) {
  auto made = console_page(" https://cdn.shopify.com", fmt::format("https://{} https://admin.shopify.com", domain));
  if (!made) return made;
  // App Bridge has to be the page's first script. It would put its own token into what the console asks, which has one.
  constexpr std::string_view kHead = "<head>";
  const size_t head = made->body.find(kHead);
  made->body.insert(head == std::string::npos ? 0 : head + kHead.size(),
                    fmt::format(R"(<meta name="shopify-api-key" content="{}">)"
                                R"(<meta name="shopify-disabled-features" content="fetch">)"
                                R"(<script src="https://cdn.shopify.com/shopifycloud/app-bridge.js"></script>)",
                                client_id));
  return made;
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
