// Passes of a process that is the identity service itself.
#pragma once
#include "identity/api_token.h"
#include "identity/passes.h"

namespace cordon::identity {

class OwnPasses : public Passes {
 public:
  OwnPasses(Identity& identity, ApiTokens& api_tokens) : identity_(identity), api_tokens_(api_tokens) {}

  net::Task<Result<PassPtr>> redeem(std::string ticket, std::string purpose) override;
  net::Task<Result<PassPtr>> renew(PassPtr held) override;
  net::Task<Result<PassPtr>> api_token(std::string token, std::string address) override;
  net::Task<Result<PassPtr>> assistant(Job job) override;
  net::Task<Result<std::vector<Job>>> claim_jobs(int at_most, int hold_seconds) override;
  void forget(const door::Pass& pass) override;

 private:
  Identity& identity_;
  ApiTokens& api_tokens_;
};

}  // namespace cordon::identity
