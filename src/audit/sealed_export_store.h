// Exports that lie in an object store, as PostgreSQL knows of them (db/migrations/0028_exports.sql).
#pragma once
#include <vector>

#include "db/pool.h"

namespace cordon::audit {

struct SealedExport {
  EventId id;                      ///< of the event that it left
  std::optional<TenantId> tenant;  ///< none: everybody's events
  int64_t events = 0;
  db::Bytes object_key;  ///< closed
  Time made_at{};        ///< PostgreSQL's clock
};

/// As cordon_identity.
net::Task<Result<Done>> keep_export(db::Pool& identities, SealedExport made);
/// Code::not_found.
net::Task<Result<SealedExport>> find_export(db::Pool& identities, EventId id);
/// Newest first.
net::Task<Result<std::vector<SealedExport>>> sealed_exports(db::Pool& identities);

}  // namespace cordon::audit
