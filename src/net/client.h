// An HTTPS and WebSocket client on a reactor: what the importer, the tests and the benchmarks speak to a server with,
// and what the server itself asks others with.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "net/http.h"
#include "net/reactor.h"
#include "net/tls.h"

namespace cordon::net {

struct ClientOptions {
  std::string host = "127.0.0.1";  ///< an address or a name; the certificate has to be its
  uint16_t port = 8443;
  std::string authority;        ///< what to send as Host; empty: host and port
  std::filesystem::path trust;  ///< PEM file of the certificate to trust; empty: trust nothing but the system's
  TlsFiles own;                 ///< shown to a server that asks for it; empty: none
  std::string service;          ///< the certificate has to be this service's, not the host's; empty: the host's
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
  /// Reads the files that the options name; throws where one does not do.
  explicit Client(ClientOptions options);
  ~Client();
  /// One more with the same options and files, as they were read; not connected yet.
  std::unique_ptr<Client> another() const;
  /// Connects if need be. Code::unavailable where the server cannot be reached or hangs up; one that refuses our
  /// certificate does so after the handshake, and is among these (RFC 8446 section 4.4.2.4).
  Task<Result<Reply>> request(Method method, std::string target, std::vector<Header> headers = {},
                              std::string body = {});
  /// Whether it is connected, and the server has not closed the connection since the last answer.
  bool connected() const;
  /// Whether the last request failed because the connection was closed before a byte of an answer came.
  bool hung_up() const;

  struct Impl;

 private:
  explicit Client(std::unique_ptr<Impl> impl);
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
