// Keep-alive connections to one server, as many as there are requests at once; one reactor's.
#pragma once
#include "net/client.h"

namespace cordon::net {

/// Outlives the requests that it is asked.
class Clients {
 public:
  /// Keeps up to `kept` idle connections. Throws as Client does.
  explicit Clients(ClientOptions options, size_t kept = 8);
  /// Asks over an idle connection, or a new one. A server may close an idle one at the moment that it is asked; then
  /// nobody knows whether it has read the request, and with `again` it is asked once more, over a new one: for
  /// requests that do no harm twice (RFC 9112 section 9.3.1).
  Task<Result<Reply>> request(Method method, std::string target, std::vector<Header> headers = {},
                              std::string body = {}, bool again = false);
  /// Lets the idle connections go and reads the files of `options` for those to come; requests under way end on theirs.
  /// Code::invalid where one does not do; what was there before goes on, and the log says so.
  Result<Done> renew(ClientOptions options);

 private:
  std::unique_ptr<Client> idle_one();

  std::unique_ptr<Client> first_;  ///< never connected: the others are made like it
  std::vector<std::unique_ptr<Client>> idle_;
  size_t kept_;
  int renewals_ = 0;
};

}  // namespace cordon::net
