// Access tokens for Google's APIs: of a service account whose key is a file, or of the machine that this runs on.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "keys/blocking_http.h"

struct evp_pkey_st;

namespace cordon::keys {

/// What a service account's JSON file says.
struct ServiceAccount {
  std::string email, key_id, token_uri;
  std::shared_ptr<evp_pkey_st> key;  ///< RSA
};
/// Code::invalid, naming the file, where it is none.
Result<ServiceAccount> read_service_account(const std::filesystem::path& file);

/// One token, fetched when it is needed and kept until a minute before it expires. Threads share it: one fetches, the
/// others wait for that.
class GoogleToken {
 public:
  /// Of `account` (RFC 7523, as Google's "OAuth 2.0 for server to server applications" has it); without one, of the
  /// machine's account, from the metadata server at the origin `metadata`.
  GoogleToken(BlockingHttp& http, std::optional<ServiceAccount> account, std::string metadata)
      : http_(http), account_(std::move(account)), metadata_(std::move(metadata)) {}

  /// Called by get() before it asks anybody, with whom; what fails is not asked, and is get()'s error. Set once.
  std::function<Result<Done>(const std::string& url, Deadline until)> before_asking;

  /// Code::unavailable where nobody answers in time, Code::internal where we are refused; the log says more.
  Result<std::string> get(Deadline until);
  /// Google did not take `token`: get() fetches another.
  void forget(const std::string& token);

 private:
  Result<HttpAnswer> ask_account(Deadline until);
  Result<HttpAnswer> ask_machine(Deadline until);

  BlockingHttp& http_;
  std::optional<ServiceAccount> account_;
  std::string metadata_;
  std::mutex mutex_;
  std::string token_;
  Deadline good_until_{};
};

}  // namespace cordon::keys
