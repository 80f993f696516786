#include "identity/access_routes.h"
#include "identity/cookie.h"

namespace cordon::identity {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct OneGrant {
  GrantId grant_id;
};
BOOST_DESCRIBE_STRUCT(OneGrant, (), (grant_id))

using Here = std::function<SupportGrants&()>;

/// What staff do, with sessions that stand under no shop. The event stands with the shop that it is about.
void add_staff_routes(door::Routes& routes, Here here, std::shared_ptr<const Signer> signer, Fresh fresh) {
  const Permission open("grant.open");
  const AuditAction ask("grant.open"), enter("grant.enter"), withdraw("grant.withdraw");
  routes.add<AskForGrant, SupportGrant>(
      {Method::post, "/v1/staff/grants", open, ask, Rate::write, "open_support_grant",
       "Ask to be let into a shop, to read: a reason, a ticket, at most four hours", 200, door::Asks::first},
      [here, ask, fresh](Call& call, AskForGrant in) -> net::Task<Result<SupportGrant>> {
        auto proved = co_await fresh(call.scope->pass());
        if (!proved) co_return std::unexpected(proved.error());
        co_return co_await here().open(call.scope->pass().subject, std::move(in), event_of(call, ask));
      });
  routes.add<Nothing, Page<SupportGrant>>(
      {Method::get, "/v1/staff/grants", open, AuditAction("grant.list"), Rate::read, "list_own_support_grants",
       "The grants that one has opened", 200, door::Asks::first},
      [here](Call& call, Nothing) { return here().list_of(call.scope->pass().subject); });
  routes.add_json<OneGrant, AccessToken>(
      {Method::post, "/v1/staff/grants/{grant_id}/enter", open, enter, Rate::write, "enter_shop",
       "An access token for the shop, which ends with the grant", 200, door::Asks::first},
      [here, signer, enter](Call& call, OneGrant in) -> net::Task<Result<net::Response>> {
        auto pass = co_await here().enter(call.scope->pass(), in.grant_id, event_of(call, enter));
        if (!pass) co_return std::unexpected(pass.error());
        AccessToken token;
        token.access_token = issue(*signer, **pass);
        token.expires_in = ((*pass)->expires_at.micros - now().micros) / 1'000'000;
        co_return unkept(token);
      });
  routes.add<OneGrant, Done>(
      {Method::delete_, "/v1/staff/grants/{grant_id}", open, withdraw, Rate::write, "withdraw_support_grant",
       "Give a grant back: its session ends at once", 200, door::Asks::first},
      [here, withdraw](Call& call, OneGrant in) {
        return here().withdraw(call.scope->pass().subject, in.grant_id, event_of(call, withdraw));
      });
}

void add_shop_routes(door::Routes& routes, Here here) {
  const Permission read("grant.read"), decide("grant.approve");
  const AuditAction approve("grant.approve"), revoke("grant.revoke"), change("grant.settings");
  routes.add<Nothing, Page<SupportGrant>>(
      {Method::get, "/v1/support-grants", read, AuditAction("grant.list"), Rate::read, "list_support_grants",
       "Staff who were let into the shop, or wait to be", 200, door::Asks::first},
      [here](Call& call, Nothing) { return here().list(call.scope->tenant()); });
  routes.add<OneGrant, SupportGrant>(
      {Method::post, "/v1/support-grants/{grant_id}/approve", decide, approve, Rate::write, "approve_support_grant",
       "Let support in, from now on for the minutes that were asked for", 200, door::Asks::first},
      [here, approve](Call& call, OneGrant in) {
        return here().approve(call.scope->pass(), in.grant_id, event_of(call, approve));
      });
  routes.add<OneGrant, Done>(
      {Method::post, "/v1/support-grants/{grant_id}/revoke", Permission("grant.revoke"), revoke, Rate::write,
       "revoke_support_grant", "Send support out: the session ends at once", 200, door::Asks::first},
      [here, revoke](Call& call, OneGrant in) {
        const door::Pass& owner = call.scope->pass();
        return here().revoke(owner.tenant, owner.subject, in.grant_id, event_of(call, revoke));
      });
  routes.add<Nothing, SupportAccess>(
      {Method::get, "/v1/support-access", read, AuditAction("grant.settings.read"), Rate::read, "get_support_access",
       "Whether support has to ask first", 200, door::Asks::first},
      [here](Call& call, Nothing) { return here().access(call.scope->tenant()); });
  routes.add<SupportAccess, Done>(
      {Method::patch, "/v1/support-access", decide, change, Rate::write, "change_support_access",
       "Say whether support has to ask first", 200, door::Asks::first},
      [here, change](Call& call, SupportAccess in) {
        return here().set_access(call.scope->pass(), in, event_of(call, change));
      });
}

}  // namespace

void add_support_grant_routes(door::Routes& routes, Here here, std::shared_ptr<const Signer> signer, Fresh fresh) {
  add_staff_routes(routes, here, std::move(signer), std::move(fresh));
  add_shop_routes(routes, here);
}

}  // namespace cordon::identity
