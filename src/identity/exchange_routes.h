// The identity service's routes for the other services. None of them is for anybody else.
#pragma once
#include "door/routes.h"
#include "identity/exchange.h"

namespace cordon::identity {

/// For whoever shows a certificate of a service: what such a route gives is decided by it.
inline constexpr door::Permission kCertificate{"certificate"};

/// Who is at the other end of a call between services.
Peer peer_of(const net::Request& request);
/// The token of a request, empty if it has none.
std::string_view bearer_of(const net::Request& request);

/// `here` returns the calling reactor's.
void add_exchange_routes(door::Routes& routes, std::function<Exchange&()> here, std::function<Passes&()> passes,
                         std::shared_ptr<const KeySet> keys);

struct ClaimJobs {
  Int<1, 100> at_most;
  Int<1, 3600> hold_seconds;
};
BOOST_DESCRIBE_STRUCT(ClaimJobs, (), (at_most, hold_seconds))

struct ClaimedJob {
  TenantId tenant_id;
  JobId job_id;
  std::string token;
};
CORDON_TYPE(ClaimedJob, tenant_id, job_id, token)

}  // namespace cordon::identity
