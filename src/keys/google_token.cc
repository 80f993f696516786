#include "keys/google_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/json.h"
#include "base/log.h"
#include "base/random.h"
#include "keys/secret_file.h"
#include "net/http.h"

namespace cordon::keys {

namespace bj = boost::json;

namespace {

constexpr std::string_view kScope = "https://www.googleapis.com/auth/cloudkms";
constexpr std::string_view kMachinePath = "/computeMetadata/v1/instance/service-accounts/default/token";
constexpr int64_t kAssertionSeconds = 3600;  // the most that Google takes

std::string encode(std::string_view bytes) {
  return to_base64url({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

std::shared_ptr<EVP_PKEY> read_key(std::string_view pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const bool good = key && EVP_PKEY_is_a(key.get(), "RSA") && EVP_PKEY_get_bits(key.get()) >= 2048;
  return good ? key : nullptr;
}

/// RS256 (RFC 7518 section 3.3); empty if OpenSSL does not do it.
std::string sign(EVP_PKEY* key, std::string_view input) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(static_cast<size_t>(EVP_PKEY_get_size(key)), '\0');
  size_t size = out.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(out.data()), &size,
                     reinterpret_cast<const uint8_t*>(input.data()), input.size()) != 1)
    return {};
  out.resize(size);
  return out;
}

/// Says who we are (RFC 7523 section 3).
std::string assertion(const ServiceAccount& account) {
  const int64_t at = now().micros / 1'000'000;
  bj::object header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!account.key_id.empty()) header["kid"] = account.key_id;
  const bj::object claims{{"iss", account.email},
                          {"scope", kScope},
                          {"aud", account.token_uri},
                          {"iat", at},
                          {"exp", at + kAssertionSeconds}};
  const std::string input = encode(bj::serialize(header)) + "." + encode(bj::serialize(claims));
  return input + "." + encode(sign(account.key.get(), input));
}

struct Fresh {
  std::string token;
  int64_t seconds = 0;
};

/// The token of an answer (RFC 6749 section 5.1), if it can stand in a header.
std::optional<Fresh> read_answer(std::string_view body) {
  const auto answer = json::parse_object(body);
  if (!answer) return std::nullopt;
  Fresh out{std::string(json::text_of(*answer, "access_token")), 0};
  const bj::value* seconds = answer->if_contains("expires_in");
  if (seconds && seconds->is_int64()) out.seconds = std::clamp<int64_t>(seconds->get_int64(), 0, 86'400);
  const auto visible = [](char c) { return c > ' ' && c < 127; };
  if (out.token.empty() || !std::all_of(out.token.begin(), out.token.end(), visible)) return std::nullopt;
  return out;
}

}  // namespace

Result<ServiceAccount> read_service_account(const std::filesystem::path& file) {
  const auto text = read_secret_whole(file, 64 << 10);
  if (!text) return std::unexpected(text.error());
  auto object = json::parse_object(text->view());
  const auto wrong = fail(Code::invalid, file.string() + " is not a service account's key as Google gives it");
  if (!object || json::text_of(*object, "type") != "service_account") return wrong;
  ServiceAccount out;
  out.email = json::text_of(*object, "client_email");
  out.key_id = json::text_of(*object, "private_key_id");
  out.token_uri = json::text_of(*object, "token_uri");
  out.key = read_key(json::text_of(*object, "private_key"));
  if (bj::value* pem = object->if_contains("private_key"); pem && pem->is_string())
    OPENSSL_cleanse(pem->get_string().data(), pem->get_string().size());
  if (out.email.empty() || !out.token_uri.starts_with("https://") || !out.key) return wrong;
  return out;
}

Result<HttpAnswer> GoogleToken::ask_account(Deadline until) {
  const std::string form = net::write_query(
      {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", assertion(*account_)}});
  HttpQuestion question;
  question.url = account_->token_uri;
  question.headers = {"Content-Type: application/x-www-form-urlencoded"};
  question.body = form;
  question.until = until;
  return http_.ask(question);
}

/// https://cloud.google.com/compute/docs/metadata/querying-metadata: HTTP within the machine, and the header keeps out
/// whoever can make a process ask for a URL but not with which headers.
Result<HttpAnswer> GoogleToken::ask_machine(Deadline until) {
  HttpQuestion question;
  question.url = metadata_ + std::string(kMachinePath);
  question.headers = {"Metadata-Flavor: Google"};
  question.plain = true;
  question.until = until;
  return http_.ask(question);
}

Result<std::string> GoogleToken::get(Deadline until) {
  const std::lock_guard lock(mutex_);
  const auto at = std::chrono::steady_clock::now();
  if (!token_.empty() && at < good_until_) return token_;
  const std::string& from = account_ ? account_->token_uri : metadata_;
  if (before_asking)
    if (auto may = before_asking(from, until); !may) return std::unexpected(may.error());
  const auto answer = account_ ? ask_account(until) : ask_machine(until);
  const int status = answer ? answer->status : 0;
  auto fresh = status == 200 ? read_answer(answer->body) : std::nullopt;
  if (fresh) {
    token_ = std::move(fresh->token);
    good_until_ = at + std::chrono::seconds(fresh->seconds - 60);
    return token_;
  }
  log::warn("no access token came from Google",
            {{"from", from}, {"status", static_cast<long long>(status)}, {"why", answer ? "" : answer.error().detail}});
  if (status >= 400 && status < 500 && status != 408 && status != 429)
    return fail(Code::internal, "Google gives this process no access token.");
  return fail(Code::unavailable, "Google cannot be reached; try again.");
}

void GoogleToken::forget(const std::string& token) {
  const std::lock_guard lock(mutex_);
  if (token_ == token) token_.clear();
}

}  // namespace cordon::keys
