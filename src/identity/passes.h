// Where whoever serves a request, a socket or a job gets the passes that it needs: from this process, or from the
// process that is the identity service.
#pragma once
#include "base/id.h"
#include "door/pass.h"
#include "net/task.h"

namespace cordon::identity {

/// A job that is due. `token` is the service token that came with it; empty within one process.
struct Job {
  TenantId tenant;
  JobId id;
  std::string token;
};

using PassPtr = std::shared_ptr<const door::Pass>;

/// One reactor's.
class Passes {
 public:
  virtual ~Passes() = default;

  /// The pass behind a socket's one-use ticket. `purpose` is "widget" or "inbox". Code::unauthenticated.
  virtual net::Task<Result<PassPtr>> redeem(std::string ticket, std::string purpose) = 0;
  /// A fresh pass for the session of one that still holds: sockets outlive seals.
  virtual net::Task<Result<PassPtr>> renew(PassPtr held) = 0;
  /// The pass that an API token stands for when it comes from `address`; see ApiTokens::find.
  virtual net::Task<Result<PassPtr>> api_token(std::string token, std::string address) = 0;
  /// The pass to do a job under, as the assistant: one tenant, minutes long. Reused while it is fresh.
  virtual net::Task<Result<PassPtr>> assistant(Job job) = 0;
  /// Jobs of the assistant's that are due and that nobody else holds, for so many seconds.
  virtual net::Task<Result<std::vector<Job>>> claim_jobs(int at_most, int hold_seconds) = 0;
  /// Forgets a pass whose seal did not hold: after a suspension ends, a new one is needed.
  virtual void forget(const door::Pass& pass) = 0;
};

}  // namespace cordon::identity
