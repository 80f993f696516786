// The way of a call between services: certificate, token, tenant, handler, audit, in this order.
#pragma once
#include "audit/recorder.h"
#include "door/routes.h"
#include "identity/exchange_routes.h"

namespace cordon::app {

class ServiceGateway {
 public:
  /// `routes` are the services' own. `here` returns the calling reactor's.
  ServiceGateway(const door::Routes& routes, door::Services services, std::shared_ptr<const identity::KeySet> keys,
                 std::function<audit::Recorder&()> here)
      : routes_(routes), services_(std::move(services)), keys_(std::move(keys)), here_(std::move(here)) {}

  /// Answers a call that came with a service's certificate. Nothing leaves before its audit event is durable.
  net::Task<net::Response> handle(net::Request& request);

 private:
  net::Task<net::Response> serve(net::Request& request, door::Call& call, audit::Event& event);
  Result<Done> admit(const net::Request& request, const door::Call& call, const door::Route& route,
                     audit::Event& event) const;

  const door::Routes& routes_;
  door::Services services_;
  std::shared_ptr<const identity::KeySet> keys_;
  std::function<audit::Recorder&()> here_;
};

}  // namespace cordon::app
