#include "app/service_gateway.h"

#include <boost/json/object.hpp>

#include "audit/this_call.h"
#include "net/server.h"

namespace cordon::app {

namespace {

/// Every tenant that a call names has to be the one that its token is for: a service that has been talked into sending
/// one tenant's token with another's request does no harm.
Result<Done> one_tenant(const door::Call& call, TenantId tenant) {
  const auto other = [](std::string field) {
    return fail(Code::forbidden, "The service token is for another tenant.", std::move(field));
  };
  for (const auto& [name, value] : call.path)
    if (name == "tenant" && TenantId::parse(value) != tenant) return other("tenant");
  const auto body = door::body_of(call);
  if (!body) return std::unexpected(body.error());
  const auto* named = body->if_contains("tenant_id");
  if (!named) return Done{};
  if (!named->is_string() || TenantId::parse(named->get_string()) != tenant) return other("tenant_id");
  return Done{};
}

}  // namespace

Result<Done> ServiceGateway::admit(const net::Request& request, const door::Call& call, const door::Route& route,
                                   audit::Event& event) const {
  const identity::Peer peer = identity::peer_of(request);
  // The names of its certificate stand where a person's role does.
  for (const std::string& service : peer.services) event.role += (event.role.empty() ? "" : ",") + service;
  if (peer.services.empty()) return fail(Code::unauthenticated, "Show the certificate of a service.");
  if (route.info.permission.name == identity::kCertificate.name) return Done{};
  auto token = identity::read_service_token(*keys_, identity::bearer_of(request), *route.service);
  if (!token) return std::unexpected(token.error());
  event.tenant = token->tenant;
  if (token->subject != SubjectId{}) event.subject = token->subject;
  if (auto its = identity::belongs_to(*token, peer); !its) return its;
  if (token->work->name != route.info.permission.name)
    return fail(Code::forbidden, "The service token is for other work.");
  return one_tenant(call, token->tenant);
}

net::Task<net::Response> ServiceGateway::serve(net::Request& request, door::Call& call, audit::Event& event) {
  auto found = routes_.find(request.method, request.path, call);
  if (!found) co_return net::problem(found.error(), request.id);
  event.action = (*found)->info.action;
  if ((*found)->service && !services_.contains(*(*found)->service))
    co_return net::problem({Code::misdirected, "This process is not that service.", {}}, request.id);
  if (auto admitted = admit(request, call, **found, event); !admitted)
    co_return net::problem(admitted.error(), request.id);
  co_return co_await (*found)->run(call);
}

net::Task<net::Response> ServiceGateway::handle(net::Request& request) {
  audit::ThisCall mine(audit::event_of(request));
  co_await net::set_errand(mine);
  audit::Event& event = mine.event;
  event.action = "request.unknown";
  door::Call call{request};
  net::Response response = co_await net::answer_of(serve(request, call, event), request);
  std::ranges::move(mine.ran, std::back_inserter(call.ran));
  const bool carried = mine.carried() && response.status < 400;
  if (carried && call.ran.empty()) co_return response;
  if (carried) event.action = "data.read";
  if (call.proved) {
    event.tenant = call.proved->tenant;
    event.subject = call.proved->subject;
  }
  event.queries = std::move(call.ran);
  event.status = response.status;
  event.code = net::code_of(response);
  auto recorded = co_await here_().record(std::move(event));
  if (!recorded) co_return net::problem(recorded.error(), request.id);
  co_return response;
}

}  // namespace cordon::app
