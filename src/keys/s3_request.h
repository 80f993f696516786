// One request to an S3 store, signed (AWS Signature Version 4), and its answer. Blocks: for a thread of net::Workers.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "keys/secret.h"

namespace cordon::keys {

/// A bucket, and who we are there.
struct S3Settings {
  std::string bucket;  ///< its URL in path style, https://host/bucket; http only for this machine itself
  std::string region;  ///< what the signature names; "auto" for Google Cloud Storage
  std::string access_key;
  Secret secret_key;
  std::filesystem::path ca;           ///< PEM file of the authority to trust; empty: the system's
  std::chrono::seconds patience{60};  ///< without a byte going either way
  /// Before each further try of what may do a moment later.
  std::vector<std::chrono::milliseconds> pauses{std::chrono::milliseconds(500), std::chrono::seconds(2),
                                                std::chrono::seconds(8)};
  int page = 1000;  ///< names in a page of a list, at most
};

struct S3Request {
  const char* method = "GET";
  std::string name;                                        ///< of the object; empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;  ///< by name, in order
  std::string_view body;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string range;                 ///< "0-99": bytes, the last one included
  size_t most = 4 << 20;             ///< the longest body of an answer to take, in bytes
  std::chrono::seconds patience{0};  ///< where it takes longer than the store's other requests
};

struct S3Answer {
  long status = 0;      ///< of HTTP; 0 if none came, and then
  std::string failure;  ///< says why
  std::string body, etag;
  uint64_t length = 0;  ///< Content-Length
  bool broken = false;  ///< none came, for the store is out of reach or the connection broke
};

/// Connections to one store, kept alive. Any thread.
class S3Connections {
 public:
  explicit S3Connections(S3Settings settings) : settings_(std::move(settings)) {}
  /// Asks once. The SHA-256 of the body is signed along with the rest, so that a body that suffers on its way is
  /// refused.
  S3Answer ask(const S3Request& request);
  const S3Settings& settings() const { return settings_; }

 private:
  using Handle = std::unique_ptr<void, void (*)(void*)>;
  Handle take();
  void give_back(Handle handle);

  S3Settings settings_;
  std::mutex mutex_;
  std::vector<Handle> idle_;
};

/// Whether to ask the same again in a moment: the store is busy or out of order (500 and more), or the connection
/// broke. What does something each time that it is asked (POST) is asked again only of a store that has done nothing
/// (503).
bool may_ask_again(const S3Request& request, const S3Answer& answer);

/// What an answer's status means to whoever stores: Code::not_found (404), Code::conflict (412), Code::unavailable
/// (none, 408, 409, 429 and from 500 on), Code::internal for any other refusal. The last two are logged, with the
/// store's own code.
Result<Done> judge_s3(const S3Request& request, const S3Answer& answer);

}  // namespace cordon::keys
