// Exports: events in a folder, each with its proof, signed by the log's key, for whoever has nothing but the folder and
// that key.
#pragma once
#include <filesystem>

#include "audit/recorder.h"
#include "audit/search.h"
#include "audit/verifier.h"
#include "keys/ed25519.h"

namespace cordon::audit {

struct Export {
  std::optional<TenantId> tenant;  ///< none: every shop's events, and the platform's
  EventQuery query;
  std::filesystem::path folder;  ///< new, or empty; of export_events() alone
  bool json = true;              ///< lines of JSON, and proofs with them
  bool csv = true;
  std::chrono::milliseconds patience{10'000};  ///< how long to wait until the log has what is exported
};

struct Exported {
  int64_t events = 0, proved = 0;
};

/// Writes an export (audit/export_format.h), oldest event first, as cordon_identity and cordon_audit. `event` says who
/// exports, and has a tenant; with the query and the number of events in it, it is durable before a file has a name. It
/// is written after all that is exported, so once it is in the log, so are they, and one checkpoint proves all; where
/// the log does not get there in time, what is not in it yet has no index and no proof. A page of events is in memory
/// at a time. Code::conflict where the folder has something in it or `key` is not the log's.
net::Task<Result<Exported>> export_events(db::Pool& identities, Recorder& recorder, const keys::SigningKey& key,
                                          Event event, Export wanted);

/// Whether an export is what the log's key has signed, and every event in it what was logged, from its folder alone.
/// `entries` of the report are events that were proved, `waiting` those without a proof. Keeps 16 bytes an event.
Result<Report> verify_export(const std::filesystem::path& folder, const VerifierKey& key);

}  // namespace cordon::audit
