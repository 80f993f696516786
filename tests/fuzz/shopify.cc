// Everything that Shopify signs and strangers could have written: whatever comes, an error or what was signed, and
// never a crash. The first byte chooses the reader.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/random.h"
#include "shopify/session_token.h"

using namespace cordon;
using namespace cordon::shopify;

namespace {

constexpr int64_t kNow = 1'790'000'000;
constexpr Time kTime{kNow * 1'000'000};

/// Nobody's but this run's.
const Secrets& secrets() {
  static const Secrets made{random_secret(), {}, {}};
  return made;
}

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

std::string mac(std::string_view message) { return to_hex(hmac_sha256(secrets().current, message)); }

/// What does not hold is answered with 401.
template <class T>
void require_refused(const Result<T>& checked) {
  if (checked || checked.error().code != Code::unauthenticated) std::abort();
}

/// What is behind the signature is read as well: claims that the fuzzer chose, well signed.
void check_signed_token(std::string_view claims) {
  const std::string input = encode(R"({"alg":"HS256"})") + "." + encode(claims);
  const std::string token = input + "." + to_base64url(hmac_sha256(secrets().current, input));
  const auto checked = check_session_token(token, secrets(), "client", kTime);
  if (!checked) return require_refused(checked);
  if (checked->user <= 0 || !ShopDomain::parse(checked->shop.text())) std::abort();
}

bool is_page(std::string_view text) { return text.starts_with("https://") && text.find('=') == std::string_view::npos; }

/// A query through the proxy, well signed. One message is read in one way, however its fields were cut.
void check_signed_proxy(std::vector<net::Header> query) {
  static std::map<std::string, std::vector<net::Header>> seen;
  if (seen.size() > 20'000) seen.clear();
  const std::string message = proxy_message(query);
  query.emplace_back("signature", mac(message));
  const auto checked = check_proxy(std::move(query), {{"origin", is_page}}, secrets(), kTime);
  if (!checked) return require_refused(checked);
  auto fields = checked->fields;
  std::sort(fields.begin(), fields.end());
  const auto [at, fresh] = seen.emplace(message, fields);
  if (!fresh && at->second != fields) std::abort();
}

void check_signed_oauth(std::vector<net::Header> query) {
  query.emplace_back("hmac", mac(oauth_message(query)));
  const auto checked = check_oauth(std::move(query), secrets(), kTime);
  if (!checked) return require_refused(checked);
  if (!ShopDomain::parse(checked->at("shop"))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto query = net::parse_query(text);
  switch (data[0] % 5) {
    case 0: require_refused(check_session_token(text, secrets(), "client", kTime)); break;
    case 1: check_signed_token(text); break;
    case 2:
      if (!query) break;
      require_refused(check_oauth(*query, secrets(), kTime));
      require_refused(check_proxy(*query, {}, secrets(), kTime));
      break;
    case 3:
      if (query) check_signed_oauth(*query);
      break;
    default:
      if (query) check_signed_proxy(*query);
  }
  return 0;
}
