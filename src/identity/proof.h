// Proofs of possession (DPoP, RFC 9449): a token that was stolen is of no use without the key it is bound to.
#pragma once
#include <mutex>
#include <unordered_map>

#include "base/time.h"
#include "net/http.h"

namespace cordon::identity {

/// Checks proofs and remembers them for as long as they hold, so that none counts twice. One a process; thread-safe.
/// Two replicas do not tell each other: a proof that is replayed to another one within kProofSeconds passes there.
class Proofs {
 public:
  /// The thumbprint of the key that `request`'s DPoP field proves to hold; empty if there is no such field. With a
  /// `token`, the proof must be for it (`ath`). Code::unauthenticated, naming what is wrong (RFC 9449 section 4.3).
  Result<std::string> check(const net::Request& request, std::string_view token);

 private:
  bool first_time(const std::string& proof, int64_t time);
  std::mutex mutex_;
  std::unordered_map<std::string, int64_t> seen_;  ///< key and jti -> when it may be forgotten, seconds since 1970
};

inline constexpr int64_t kProofSeconds = 60;  ///< how far a proof's time may be from ours, either way

}  // namespace cordon::identity
