// What one reactor's requests, sockets and jobs work with.
#pragma once
#include "audit/recorder.h"
#include "base/limiter.h"
#include "identity/identity.h"
#include "identity/passes.h"

namespace cordon::identity {

struct Backend {
  db::Pool& api;      ///< merchants' requests
  db::Pool& visitor;  ///< shoppers' requests
  db::Pool& worker;   ///< services' jobs
  Passes& passes;
  Identity& identity;  ///< the identity service's
  audit::Recorder& recorder;
  Limiter& limiter;      ///< this reactor's: of sessions
  Limiter& addresses;    ///< the process's: of callers of whom nothing is known but their address
  db::Pool& identities;  ///< the identity service's: what stands before any seal, shops, people, sessions

  /// The login whose pool serves a role: shoppers have one of their own, whose policies narrow every row to the
  /// visitor.
  db::Pool& pool_for(const door::Pass& pass) {
    return pass.role == "visitor" ? visitor : pass.role == "assistant" || pass.role == "importer" ? worker : api;
  }

  /// A scope whose changes carry `event`, filled in with who asks, in their own transaction.
  door::Scope scope(std::shared_ptr<const door::Pass> pass, audit::Event event);
  /// The same with what `event` gives when a change comes, which for most requests none does.
  door::Scope scope(std::shared_ptr<const door::Pass> pass, std::function<audit::Event()> event);
};

}  // namespace cordon::identity
