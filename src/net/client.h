// An HTTPS and WebSocket client on a reactor: what the importer, the tests and the benchmarks speak to a server with,
// and what the server itself asks others with.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "net/http.h"
#include "net/reactor.h"

namespace cordon::net {

struct ClientOptions {
  std::string host = "127.0.0.1";  ///< an address or a name; the certificate has to be its
  uint16_t port = 8443;
  std::string authority;        ///< what to send as Host; empty: host and port
  std::filesystem::path trust;  ///< PEM file of the certificate to trust; empty: trust nothing but the system's
  std::string origin;           ///< sent as Origin
  std::chrono::seconds patience{20};
  uint64_t body_bytes = 64 << 20;  ///< the longest answer to take
};

struct Reply {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  std::string_view header(std::string_view name) const;
};

/// One keep-alive connection. One request at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  /// Connects if need be. Code::unavailable where the server cannot be reached or hangs up.
  Task<Result<Reply>> request(Method method, std::string target, std::vector<Header> headers = {},
                              std::string body = {});

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// One WebSocket. receive() and send() may overlap; each by one coroutine at a time.
class ClientSocket {
 public:
  ClientSocket();
  ~ClientSocket();
  /// The upgrade of `target`. Code::unauthenticated and so on by the status with which the server refuses.
  Task<Result<Done>> open(ClientOptions options, std::string target);
  /// The next message; nullopt when closed (close_code() tells why).
  Task<std::optional<std::string>> receive();
  Task<bool> send(std::string text);
  Task<void> close();
  int close_code() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace cordon::net
