// A witness: somebody else's server, which keeps the newest checkpoint that it has seen of the log and cosigns the next
// one where that is proved to continue it (https://c2sp.org/tlog-witness, https://c2sp.org/tlog-cosignature).
#pragma once
#include "audit/policy.h"
#include "audit/tile.h"
#include "net/clients.h"

namespace cordon::audit {

struct WitnessOptions {
  std::filesystem::path trust;                ///< PEM file of whom to trust as its server; empty: the system's
  std::chrono::seconds patience{5};           ///< with one answer
  std::chrono::milliseconds pause{1'000};     ///< between two questions
  std::chrono::milliseconds longest{60'000};  ///< between two questions to one that is in trouble
};

/// One reactor's. One question at a time.
class Witness {
 public:
  /// Throws std::runtime_error where the witness has no address that can be asked, or the PEM file does not do.
  Witness(const PolicyWitness& who, const WitnessOptions& options);

  const std::string& name() const { return name_; }
  /// How many entries it has cosigned, as far as is known.
  uint64_t size() const { return size_; }
  /// Its cosignature of `note`, a checkpoint of `log` that the log has signed; nullopt where it has cosigned a larger
  /// one already, of size() entries. Errors: Code::conflict where it has cosigned what the log does not continue,
  /// Code::forbidden and Code::not_found where it does not know the log's key or its name, Code::malformed for what is
  /// no answer of a witness or a cosignature that does not verify, Code::unavailable where it is away; the source's.
  net::Task<Result<std::optional<Signature>>> cosign(TileSource& log, std::string note);

 private:
  net::Task<Result<net::Reply>> add_checkpoint(TileSource& log, uint64_t old, uint64_t size, const std::string& note);
  Result<Signature> read_cosignature(const Note& note, const std::string& lines) const;

  std::string name_;
  VerifierKey key_;
  std::string target_;
  net::Clients client_;
  uint64_t size_ = 0;
};

}  // namespace cordon::audit
