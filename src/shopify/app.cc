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
  std::vector<std::string> out;
  for (const std::string& scope : scopes)
    if (!has(scope) && !(scope.starts_with("read_") && has("write_" + scope.substr(5)))) out.push_back(scope);
  return out;
}

Result<std::shared_ptr<const App>> open_app(const Options& options) {
  if (options.client_id.empty()) return nullptr;
  auto app = std::make_shared<App>();
  app->client_id = options.client_id;
  app->scopes = split_scopes(options.scopes);
  auto current = read_secret(options.secret_file);
  if (!current) return std::unexpected(current.error());
  app->secrets.current = std::move(*current);
  if (!options.previous_secret_file.empty()) {
    auto previous = read_secret(options.previous_secret_file);
    if (!previous) return std::unexpected(previous.error());
    app->secrets.previous = std::move(*previous);
    app->secrets.rotated_at = Time{stamp_of(options.secret_file).written / 1000};
  }
  if (!options.base.empty()) {
    auto base = read_base(options);
    if (!base) return std::unexpected(base.error());
    app->instead = std::move(*base);
  }
  return app;
}

}  // namespace cordon::shopify
