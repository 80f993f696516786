#include "identity/exchange.h"

namespace cordon::identity {

using door::Service;

namespace {

std::unexpected<Error> not_yours() { return fail(Code::forbidden, "This service may not ask for that.", "scope"); }

}  // namespace

net::Task<Result<Issued>> Exchange::issue(Peer caller, TokenRequest request) {
  if (request.grant_type != kExchangeGrant && request.grant_type != kCredentialsGrant)
    co_return fail(Code::invalid, "The grants known here are token exchange and client credentials.", "grant_type");
  Issued issued;
  issued.scope = request.scope;
  if (request.audience == kAudience && request.grant_type == kExchangeGrant) {
    auto pass = co_await pass_for(caller, request);
    if (!pass) co_return std::unexpected(pass.error());
    // Whoever has a pass made here shows a certificate; of a process that is several services the first stands for all.
    issued.access_token = identity::issue(*signer_, **pass, caller.services.front());
    issued.expires_in = ((*pass)->expires_at.micros - now().micros) / 1'000'000;
    issued.tenant = (*pass)->tenant;
    issued.subject = (*pass)->subject;
    co_return issued;
  }
  auto token = co_await token_for(caller, request);
  if (!token) co_return std::unexpected(token.error());
  issued.access_token = identity::issue(*signer_, *token);
  issued.expires_in = kServiceTokenSeconds;
  issued.tenant = token->tenant;
  issued.subject = token->subject;
  co_return issued;
}

net::Task<Result<PassPtr>> Exchange::pass_for(const Peer& caller, const TokenRequest& request) {
  const std::string& held = request.subject_token;
  if (request.subject_token_type == kTicketType) {
    if (!caller.is(Service::chat)) co_return not_yours();
    co_return co_await backend_.identity.redeem(held, request.scope);
  }
  if (request.subject_token_type == kApiTokenType) {
    if (!caller.is(Service::api)) co_return not_yours();
    co_return co_await api_tokens_.open(held, request.address);
  }
  if (request.subject_token_type != kTokenType)
    co_return fail(Code::invalid, "This type of token is not known here.", "subject_token_type");
  if (!request.scope.empty()) {
    // A service token says for whom a service may work, to the service that it was sent to and to nobody else.
    const Work* work = find_work(request.scope);
    if (!work || work->role.empty() || !caller.is(work->audience)) co_return not_yours();
    auto token = read_service_token(*signer_, held, work->audience);
    if (!token) co_return std::unexpected(token.error());
    if (token->work != work) co_return not_yours();
    co_return co_await backend_.identity.service(token->tenant, std::string(work->role));
  }
  if (!caller.is(Service::chat)) co_return not_yours();
  auto pass = verifier_.verify(held);
  if (!pass) co_return std::unexpected(pass.error());
  auto fresh = co_await backend_.identity.mint(**pass);
  if (!fresh) co_return std::unexpected(fresh.error());
  // What was bound to a key stays bound to it.
  auto bound = std::make_shared<door::Pass>(**fresh);
  bound->key = (*pass)->key;
  co_return bound;
}

net::Task<Result<ServiceToken>> Exchange::token_for(const Peer& caller, const TokenRequest& request) {
  const Work* work = find_work(request.scope);
  if (!work || request.audience != to_string(work->audience) || !caller.is(work->caller)) co_return not_yours();
  ServiceToken token{work->caller, caller.certificate, work->audience, work};
  const bool for_nobody = request.grant_type == kCredentialsGrant;
  if (for_nobody != work->needs.empty()) co_return not_yours();
  if (for_nobody) {
    token.tenant = kPlatform;
    co_return token;
  }
  if (request.subject_token_type != kTokenType)
    co_return fail(Code::invalid, "This type of token is not known here.", "subject_token_type");
  auto pass = verifier_.verify(request.subject_token);
  if (!pass) co_return std::unexpected(pass.error());
  // The seal is what counts: whose session has ended has no work done any more.
  door::Scope scope(*pass, backend_.pool_for(**pass));
  auto holds = co_await scope.knock(work->needs);
  if (!holds) co_return std::unexpected(holds.error());
  token.tenant = (*pass)->tenant;
  token.subject = (*pass)->subject;
  co_return token;
}

std::string Exchange::job_token(const Peer& worker, TenantId tenant) const {
  ServiceToken token{Service::worker, worker.certificate, Service::worker, &kAnswer};
  token.tenant = tenant;
  return identity::issue(*signer_, token);
}

}  // namespace cordon::identity
