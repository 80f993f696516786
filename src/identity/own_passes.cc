#include "identity/own_passes.h"

namespace cordon::identity {

static constexpr const char* kAssistant = "assistant";

net::Task<Result<PassPtr>> OwnPasses::redeem(std::string ticket, std::string purpose) {
  return identity_.redeem(std::move(ticket), std::move(purpose));
}

net::Task<Result<PassPtr>> OwnPasses::renew(PassPtr held) { return identity_.mint(*held); }

net::Task<Result<PassPtr>> OwnPasses::api_token(std::string token, std::string address) {
  return api_tokens_.find(std::move(token), std::move(address));
}

net::Task<Result<PassPtr>> OwnPasses::assistant(Job job) { return identity_.service(job.tenant, kAssistant); }

net::Task<Result<std::vector<Job>>> OwnPasses::claim_jobs(int at_most, int hold_seconds) {
  return identity_.claim_jobs(kAssistant, at_most, hold_seconds);
}

void OwnPasses::forget(const door::Pass& pass) {
  api_tokens_.forget(pass);
  identity_.forget_service(pass.tenant, pass.role);
}

}  // namespace cordon::identity
