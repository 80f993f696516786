// The routes of API tokens, of support grants, and of the end of a shop's keys.
#pragma once
#include "door/routes.h"
#include "identity/api_token.h"
#include "identity/shop_keys.h"
#include "identity/support_grant.h"

namespace cordon::identity {

/// `here` returns the calling reactor's.
void add_api_token_routes(door::Routes& routes, std::function<ApiTokens&()> here);
/// `fresh` says whether a session of the staff's has proved a second factor just now: to be let into a shop takes that.
using Fresh = std::function<net::Task<Result<Done>>(const door::Pass& pass)>;
void add_support_grant_routes(door::Routes& routes, std::function<SupportGrants&()> here,
                              std::shared_ptr<const Signer> signer, Fresh fresh);
/// Asking for the end of a shop's keys, and saying yes to it, takes a fresh second factor too.
void add_key_routes(door::Routes& routes, std::function<Backend&()> here, Fresh fresh);

/// The audit event of a call's change, for the transaction that makes it.
inline audit::Event event_of(const door::Call& call, door::AuditAction action) {
  auto event = audit::event_of(call.request);
  event.by(call.scope->pass());
  event.action = action;
  return event;
}

}  // namespace cordon::identity
