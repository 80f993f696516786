// Passes of a process that is not the identity service: it asks that one, by token exchange (RFC 8693).
#pragma once
#include <unordered_map>

#include "identity/exchange.h"
#include "identity/service_client.h"

namespace cordon::identity {

class RemotePasses : public Passes {
 public:
  RemotePasses(ServiceClient& services, std::shared_ptr<const KeySet> keys)
      : services_(services), verifier_(std::move(keys)) {}

  net::Task<Result<PassPtr>> redeem(std::string ticket, std::string purpose) override;
  net::Task<Result<PassPtr>> renew(PassPtr held) override;
  /// Kept for as long as a seal is fresh, which is how exactly its last use is known.
  net::Task<Result<PassPtr>> api_token(std::string token, std::string address) override;
  net::Task<Result<PassPtr>> assistant(Job job) override;
  net::Task<Result<std::vector<Job>>> claim_jobs(int at_most, int hold_seconds) override;
  void forget(const door::Pass& pass) override;

  /// A service token, to have `work` done for whom `pass` is.
  net::Task<Result<std::string>> service_token(PassPtr pass, const Work& work);

 private:
  /// What the identity service gives for a request: the token. `again` where asking twice does no harm.
  net::Task<Result<std::string>> ask(std::vector<net::Header> fields, bool again);
  net::Task<Result<PassPtr>> ask_pass(std::vector<net::Header> fields, bool again);
  /// The pass kept under `name` while it is fresh, else a new one.
  net::Task<Result<PassPtr>> kept(std::string name, std::vector<net::Header> fields);

  ServiceClient& services_;
  Verifier verifier_;
  std::unordered_map<std::string, PassPtr> kept_;
};

/// Learns the identity service's signing keys. Called every second.
net::Task<Result<Done>> learn_keys(ServiceClient& services, KeySet& keys);

}  // namespace cordon::identity
