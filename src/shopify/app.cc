#include "shopify/app.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "base/file_stamp.h"

namespace cordon::shopify {

namespace fs = std::filesystem;

namespace {

Result<std::string> read_secret(const fs::path& path) {
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return fail(Code::invalid, "there is no secret in " + path.string());
  return text;
}

/// The secret before this one, into `secrets`.
Result<Done> read_previous(const Options& options, Secrets& secrets) {
  auto text = read_secret(options.previous_secret_file);
  if (!text) return std::unexpected(text.error());
  const size_t end = text->find('\n');
  secrets.previous = text->substr(0, end);
  if (secrets.previous.ends_with('\r')) secrets.previous.pop_back();
  secrets.rotated_at = Time{stamp_of(options.secret_file).written / 1000};
  if (end == std::string::npos) return Done{};
  const auto said = parse_time(std::string_view(*text).substr(end + 1));
  if (!said || *said > now())
    return fail(Code::invalid, "the second line of " + options.previous_secret_file.string() +
                                   " is when the secret was replaced, as 2026-11-24T08:00:00Z, and has passed");
  secrets.rotated_at = *said;
  return Done{};
}

/// It is written into a page.
bool is_client_id(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
         std::string_view::npos;
}

Result<net::ClientOptions> read_base(const Options& options) {
  net::ClientOptions out;
  std::string_view rest = options.base;
  const size_t colon = rest.rfind(':');
  int port = 0;
  const std::string_view digits = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!rest.starts_with("https://") || colon < 8 || end.ptr != digits.data() + digits.size() || port < 1 ||
      port > 65535)
    return fail(Code::invalid, "--shopify-base looks like https://127.0.0.1:8444", "shopify-base");
  out.host = rest.substr(8, colon - 8);
  out.port = static_cast<uint16_t>(port);
  out.trust = options.trust;
  return out;
}

}  // namespace

std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string scope(text.substr(0, end));
    std::erase(scope, ' ');
    if (!scope.empty()) out.push_back(std::move(scope));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string out;
  for (const std::string& scope : scopes) out += (out.empty() ? "" : ",") + scope;
  return out;
}

std::vector<std::string> App::missing(const std::vector<std::string>& granted) const {
  const auto has = [&](const std::string& scope) {
    return std::find(granted.begin(), granted.end(), scope) != granted.end();
  };
  const auto may_write = [&](const std::string& scope) {
    for (const std::string_view who : {"", "unauthenticated_"})
      if (const std::string read = std::string(who) + "read_"; scope.starts_with(read))
        return has(std::string(who) + "write_" + scope.substr(read.size()));
    return false;
  };
  std::vector<std::string> out;
  for (const std::string& scope : scopes)
    if (!has(scope) && !may_write(scope)) out.push_back(scope);
  return out;
}

Result<std::shared_ptr<const App>> open_app(const Options& options) {
  if (options.client_id.empty()) return nullptr;
  if (!is_client_id(options.client_id))
    return fail(Code::invalid, "--shopify-client-id is letters, digits, - and _", "shopify-client-id");
  auto app = std::make_shared<App>();
  app->client_id = options.client_id;
  app->scopes = split_scopes(options.scopes);
  auto current = read_secret(options.secret_file);
  if (!current) return std::unexpected(current.error());
  app->secrets.current = std::move(*current);
  if (!options.previous_secret_file.empty())
    if (auto read = read_previous(options, app->secrets); !read) return std::unexpected(read.error());
  if (!options.base.empty()) {
    auto base = read_base(options);
    if (!base) return std::unexpected(base.error());
    app->instead = std::move(*base);
  }
  return app;
}

}  // namespace cordon::shopify
