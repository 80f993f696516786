// HTTP requests that block, by libcurl: for threads of their own.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cordon::keys {

using Deadline = std::chrono::steady_clock::time_point;

struct HttpQuestion {
  std::string url;
  std::vector<std::string> headers;      ///< "Name: value"
  std::optional<std::string_view> body;  ///< a POST of it; none: a GET
  bool plain = false;                    ///< http: will do as well as https:
  Deadline until;
};
struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// Keeps its connections. Threads may share it. Goes nowhere by proxy or redirection.
class BlockingHttp {
 public:
  /// `trust`: PEM file of whom to trust; empty: the system's.
  explicit BlockingHttp(std::filesystem::path trust) : trust_(std::move(trust)) {}
  BlockingHttp(const BlockingHttp&) = delete;

  /// Code::unavailable where no whole answer comes in time, or more than 1 MiB; the detail is for the log.
  Result<HttpAnswer> ask(const HttpQuestion& question);

 private:
  using Curl = std::unique_ptr<void, void (*)(void*)>;
  Curl take();

  std::filesystem::path trust_;
  std::mutex mutex_;
  std::vector<Curl> idle_;
};

}  // namespace cordon::keys
