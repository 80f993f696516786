// The HTTPS server: TLS 1.3, HTTP/1.1 with keep-alive, WebSocket, limits on every size and time.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "net/reactor.h"
#include "net/ticket_keys.h"
#include "net/tls.h"

namespace cordon::net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8443;  ///< 0 takes a free one; see Server::port()
  TlsFiles tls;
  std::filesystem::path
      clients;  ///< PEM of the authority whose certificate every client has to show; empty: none is asked
  /// Takes connections from the service "edge" only, and the caller's address from the last X-Forwarded-For that it
  /// sends. Needs `clients`.
  bool forwarded = false;
  size_t header_bytes = 16 * 1024;
  size_t body_bytes = 256 * 1024;
  size_t socket_message_bytes = 64 * 1024;
  size_t socket_backlog_bytes = 1024 * 1024;
  /// Of `connections`, those that one address (of IPv6, its /64) may hold. Not counted where `forwarded`.
  int connections_of_address = 5'000;
  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds request_time{15'000};  ///< from a request's first byte to its last; then 408
  std::chrono::milliseconds idle_time{75'000};     ///< between two requests
  std::chrono::milliseconds write_time{20'000};
  std::chrono::milliseconds ping_time{
      20'000};               ///< a socket that is silent for so long is pinged, and closed after as long again
  int connections = 20'000;  ///< open at once, over all reactors
  int requests = 2'000;      ///< in a handler at once; more get 503 with Retry-After
  TicketClock ticket_clock = std::chrono::steady_clock::now;  ///< by which session tickets' keys end
};

/// The answer that `work` makes to `request`; if it throws, which is logged, that of a fault of ours.
Task<Response> answer_of(Task<Response> work, const Request& request);

class Server {
 public:
  /// Listens; requests go to `handler` on the reactor that took the connection. Throws if it cannot listen, or a file
  /// of `tls` or `clients` does not do.
  Server(ServerOptions options, std::vector<Reactor*> reactors, Handler handler);
  ~Server();

  uint16_t port() const;
  /// Reads certificate, key and authority again, for the connections to come; those that are open go on. Any thread.
  /// Code::invalid where a file does not do; what was there before goes on, and the log says so.
  Result<Done> reload();
  /// reload() if any of those files is another than the one that was tried last, and whether so. Cheap: for a timer.
  Result<bool> refresh();
  /// Stops listening, lets requests in handlers finish, closes sockets with 1001 and idle connections at once. Any
  /// thread. Returns when nothing is open any more, or after `limit`.
  void drain(std::chrono::milliseconds limit);
  int open_connections() const;
  int open_sockets() const;

 public:
  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace cordon::net
