// What one reactor has of its own for everything that it serves.
#pragma once
#include "chat/answering.h"
#include "identity/api_token.h"
#include "identity/backend.h"
#include "identity/exchange.h"
#include "identity/proof.h"
#include "identity/remote_passes.h"
#include "identity/support_grant.h"
#include "staff/staff.h"

namespace cordon::app {

/// What belongs to a service that this process is not is null, or refuses.
struct Station {
  identity::Backend backend;
  identity::Verifier verifier;
  identity::Proofs& proofs;
  identity::ApiTokens& api_tokens;
  identity::SupportGrants& grants;
  staff::Staff* staff = nullptr;
  identity::Exchange* exchange = nullptr;
  chat::Answering* answering = nullptr;
  identity::ServiceClient* services = nullptr;  ///< to the others
  identity::RemotePasses* remote = nullptr;     ///< from the identity service, if that is another process
};

}  // namespace cordon::app
