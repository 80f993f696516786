// The gateway: a request's way from the route table to the answer. Token, permission, rate, handler, audit, in this
// order.
#pragma once
#include "door/routes.h"
#include "identity/api_token.h"
#include "identity/backend.h"
#include "identity/proof.h"
#include "identity/support_grant.h"
#include "staff/staff.h"

namespace cordon::app {

/// What one reactor has of its own.
struct Station {
  identity::Backend backend;
  identity::Verifier verifier;
  identity::Proofs& proofs;
  identity::ApiTokens& api_tokens;
  identity::SupportGrants& grants;
  staff::Staff* staff = nullptr;
};

class Gateway {
 public:
  Gateway(const door::Routes& routes, std::function<Station&()> here) : routes_(routes), here_(std::move(here)) {}

  /// Answers a request for the API. Nothing leaves before its audit event is durable.
  net::Task<net::Response> handle(net::Request& request);

 private:
  net::Task<net::Response> serve(net::Request& request, door::Call& call, const door::Route*& route,
                                 audit::Event& event, std::optional<door::Scope>& scope);
  net::Task<net::Response> preflight(net::Request& request);

  const door::Routes& routes_;
  std::function<Station&()> here_;
};

}  // namespace cordon::app
