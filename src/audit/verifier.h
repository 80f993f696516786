// The verifier: whether a log is what it says it is, found out by somebody who trusts a key and what they saw before,
// and nothing else.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "audit/closing.h"
#include "audit/log_store.h"
#include "audit/policy.h"
#include "audit/tile.h"

namespace cordon::audit {

enum class Wrong {
  signer,       ///< the checkpoint, or the manifest, is not signed by the key that is trusted
  witness,      ///< the checkpoint lacks cosignatures that the policy asks for
  rolled_back,  ///< the log is shorter than one that was seen before
  rewritten,    ///< the log does not continue one that was seen before
  root,         ///< the tiles do not make up the checkpoint's root
  tile,         ///< a tile is not what the entries make up
  changed,      ///< an event is not what was logged
  deleted,      ///< an event that was logged is gone
  inserted,     ///< an event stands where it was never logged
  reordered,    ///< events are logged in another order than they happened
  missing,      ///< a part of the log, or of an export, is not there
  extra,        ///< a file of an export that was not exported
  let_go,       ///< a statement of what was let go does not hold
};
std::string_view to_string(Wrong wrong);

struct Finding {
  Wrong wrong;
  uint64_t index = 0;  ///< of the entry, where it is about one
  std::string what;    ///< a sentence
};

/// A witness of the policy that has cosigned.
struct Cosigner {
  std::string name;
  int64_t at = 0;  ///< by its own clock, in seconds since 1970
};

struct Report {
  Checkpoint checkpoint;  ///< what was verified, if there is no finding
  std::string note;
  uint64_t entries = 0;  ///< that were compared
  uint64_t waiting = 0;  ///< events that are not in the log yet
  uint64_t let_go = 0;   ///< entries whose events were let go, with a statement that holds
  /// Events whose address nobody could open, so that whether they are found by it was not checked.
  uint64_t unopened = 0;
  std::vector<Finding> findings;
  std::vector<Cosigner> cosigners;

  bool sound() const { return findings.empty(); }
};

/// Adds a finding, of the entry `index`, where it is about one.
void find(Report& report, Wrong wrong, std::string what, uint64_t index = 0);

/// What a verifier goes by.
struct Trust {
  VerifierKey key;
  std::vector<Checkpoint> seen;  ///< verified before
  std::optional<Policy> policy;  ///< whose cosignatures a checkpoint has to have
};

/// Checks a checkpoint's signature, that it continues what was seen, and that entries and tiles make up its root. Reads
/// all of the log. Errors: the source's, except for what is not there, which is a finding.
net::Task<Result<Report>> verify(TileSource& source, const std::string& note, const Trust& trust);

/// Where the verifier reads events.
struct EventSource {
  Ask identities;                ///< asks as cordon_identity, which reads everybody's
  std::optional<Opener> opener;  ///< opens addresses, to check what events are found by; none: that is not checked
};

/// The same on the database, where the policy is for the checkpoint that is published, and that the events themselves
/// are what was logged: each is there once, unchanged and in order, and no other is; of those that are gone, a
/// statement of what was let go accounts for each.
net::Task<Result<Report>> verify(LogStore& store, EventSource source, const Trust& trust);

}  // namespace cordon::audit
