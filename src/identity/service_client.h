// Calls to the other services, over mutual TLS.
#pragma once
#include <map>
#include <memory>

#include "door/service.h"
#include "net/authority.h"
#include "net/clients.h"

namespace cordon::identity {

struct Address {
  std::string host;
  uint16_t port = 0;
};

/// One reactor's connections to them.
class ServiceClient {
 public:
  ServiceClient(std::map<door::Service, Address> services, const net::Credentials& credentials);

  /// A call that shows `token`, if there is one; `again` if it may safely be made twice. Code::unavailable where the
  /// service cannot be reached; what it refuses, with its code.
  net::Task<Result<net::Reply>> call(door::Service service, net::Method method, std::string target, std::string token,
                                     std::string body, bool again);
  /// The same with the fields of a form (application/x-www-form-urlencoded).
  net::Task<Result<net::Reply>> post_form(door::Service service, std::string target,
                                          const std::vector<net::Header>& fields, bool again);
  /// Shows these from now on; files that do not do are logged, and those before stay in use.
  Result<Done> renew(const net::Credentials& credentials);

 private:
  net::Task<Result<net::Reply>> request(door::Service service, net::Method method, std::string target,
                                        std::vector<net::Header> headers, std::string body, bool again);
  net::ClientOptions options(door::Service service, const net::Credentials& credentials) const;

  std::map<door::Service, Address> addresses_;
  std::map<door::Service, std::unique_ptr<net::Clients>> clients_;
};

}  // namespace cordon::identity
