// The gateway: a request's way from the route table to the answer. Token, permission, rate, handler, audit, in this
// order.
#pragma once
#include "app/station.h"
#include "door/routes.h"

namespace cordon::app {

class Gateway {
 public:
  /// Answers those of `routes` that are of one of `services`.
  Gateway(const door::Routes& routes, door::Services services, std::function<Station&()> here)
      : routes_(routes), services_(std::move(services)), here_(std::move(here)) {}

  /// Answers a request for the API. Nothing leaves before its audit event is durable.
  net::Task<net::Response> handle(net::Request& request);

 private:
  /// `told` becomes false where the answer needs no event.
  net::Task<net::Response> serve(net::Request& request, door::Call& call, audit::Event& event,
                                 std::optional<door::Scope>& scope, bool& told);
  net::Task<net::Response> preflight(net::Request& request);
  /// Refuses what nothing was done for: an unknown path, a token that does not hold, a caller that is too fast. Each
  /// such answer costs a row of the audit log, so an address gets only so many; after them it is 429, and untold.
  net::Response turn_away(const net::Request& request, const Error& why, bool& told);

  const door::Routes& routes_;
  door::Services services_;
  std::function<Station&()> here_;
};

}  // namespace cordon::app
