// The end of the log as it grows: events as they come, each once.
#pragma once
#include "audit/recorder.h"
#include "audit/search.h"

namespace cordon::audit {

/// Ids are times at which requests began, and events are written when they end: a new event may have an older id than
/// any that was seen. So this goes by the log's own order, which has no gaps: that of transactions, below the oldest
/// one under way. What it gives is what has come since, whatever its id. A long transaction holds it up, as it does the
/// log.
class Tail {
 public:
  /// Of a tenant's, or all. As cordon_identity and cordon_audit. The query's times, cursor and limit are not
  /// used.
  Tail(db::Pool& identities, Recorder& recorder, std::optional<TenantId> tenant, EventQuery query)
      : identities_(identities),
        opener_(recorder.keys()),
        log_(recorder.log()),
        tenant_(tenant),
        query_(std::move(query)) {}

  /// The last `count` events (200 at most), oldest first. Called once, before next().
  net::Task<Result<std::vector<EventRecord>>> last(size_t count);
  /// Those that have come since and were not given yet, by id. A thousand of all tenants' are looked at in one call.
  net::Task<Result<std::vector<EventRecord>>> next();
  /// Whether next() has looked at as many as it does, and there may be more already.
  bool behind() const { return behind_; }

 private:
  net::Task<Result<Done>> read(std::span<const Uuid> ids, std::vector<EventRecord>& out);

  db::Pool& identities_;
  Opener opener_;
  LogStore log_;
  std::optional<TenantId> tenant_;
  EventQuery query_;
  LogPlace place_;  ///< all up to here was given, or is older than what last() gave
  bool behind_ = false;
  std::vector<Uuid> given_;  ///< or passed over by last(), though they are behind `place_`
};

}  // namespace cordon::audit
