// Proofs that an event is in the log, for whoever has only that file (https://c2sp.org/tlog-proof).
#pragma once
#include "audit/note.h"
#include "audit/tile.h"

namespace cordon::audit {

struct Proof {
  uint64_t index = 0;
  std::vector<Hash> hashes;  ///< from the leaf's sibling up
  std::string checkpoint;    ///< the signed note

  std::string to_text() const;
  /// Code::malformed.
  static Result<Proof> parse(std::string_view text);
  /// Code::conflict where `entry` is not there, or the checkpoint is not signed by `key`.
  Result<Done> verify(std::string_view entry, const VerifierKey& key) const;
};

/// That entry `index` is in the tree of that checkpoint. Errors: the source's.
net::Task<Result<Proof>> prove(TileSource& source, uint64_t index, std::string checkpoint);

}  // namespace cordon::audit
