// Token exchange between the services (RFC 8693): what a service holds of somebody's, for what it needs to go on.
#pragma once
#include "identity/api_token.h"
#include "identity/backend.h"
#include "identity/service_token.h"

namespace cordon::identity {

inline constexpr std::string_view kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
inline constexpr std::string_view kCredentialsGrant = "client_credentials";
/// An access token, of ours or a service token (RFC 8693 section 3).
inline constexpr std::string_view kTokenType = "urn:ietf:params:oauth:token-type:access_token";
/// A socket's one-use ticket, and a shop's API token.
inline constexpr std::string_view kTicketType = "urn:cordon:token-type:ticket";
inline constexpr std::string_view kApiTokenType = "urn:cordon:token-type:api-token";

/// A request to the token endpoint (RFC 8693 section 2.1).
struct TokenRequest {
  std::string grant_type, subject_token, subject_token_type, audience, scope;
  std::string address;  ///< where an API token comes from
};

/// What comes back (RFC 8693 section 2.2.1), and whom it is for.
struct Issued {
  std::string access_token, scope;
  int64_t expires_in = 0;
  TenantId tenant;
  SubjectId subject;
};

/// The identity service's side. One reactor's.
class Exchange {
 public:
  Exchange(Backend& backend, ApiTokens& api_tokens, std::shared_ptr<const Signer> signer)
      : backend_(backend), api_tokens_(api_tokens), signer_(signer), verifier_(signer) {}

  /// For `caller`, the service that its certificate says it is:
  /// - for the database (kAudience), a pass that carries a seal: `chat` for a ticket (scope: its purpose) or for an
  ///   access token that it serves a socket with, `api` for an API token, `worker` for a service token (scope: its
  ///   work);
  /// - for another service, a service token: for an access token of somebody who may have that work done, or, by the
  ///   client credentials grant, for work that is done for nobody.
  /// Code::forbidden where this caller may not ask for it, Code::invalid for a request that is none; else what is wrong
  /// with the token that was sent.
  net::Task<Result<Issued>> issue(Peer caller, TokenRequest request);
  /// What a worker that has claimed a job of `tenant` sends here to get a pass for it; nobody else takes it.
  std::string job_token(const Peer& worker, TenantId tenant) const;

 private:
  net::Task<Result<PassPtr>> pass_for(const Peer& caller, const TokenRequest& request);
  net::Task<Result<ServiceToken>> token_for(const Peer& caller, const TokenRequest& request);

  Backend& backend_;
  ApiTokens& api_tokens_;
  std::shared_ptr<const Signer> signer_;
  Verifier verifier_;
};

}  // namespace cordon::identity
