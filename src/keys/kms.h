// What holds the key of all keys: a key management service. Three kinds, chosen by a URL:
//
//   file:/path/kms.key             a file of mode 0600 (the default, in the data folder); ?passphrase-file=... or
//                                  ?credential=name (systemd's $CREDENTIALS_DIRECTORY) closes the file itself
//   pkcs11:token=cordon;object=kms a token (RFC 7512), with module-path= and pin-source=
//   gcp-kms:projects/P/locations/L/keyRings/R/cryptoKeys/K
//                                  Google Cloud KMS
//
// The key never leaves it and has versions: the primary one closes, every one that is not destroyed opens. Destroying a
// version is the end of whatever only it can open, in backups too.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "base/time.h"
#include "door/audit_action.h"
#include "keys/secret.h"
#include "net/task.h"

namespace cordon::keys {

/// Something small that a KMS has closed, and the version that did.
struct Wrapped {
  std::string version;
  std::string bytes;
};

enum class VersionState { primary, enabled, disabled, destroyed };

struct KmsVersion {
  std::string name;  ///< as in Wrapped::version: of its kind's own, without spaces
  VersionState state = VersionState::enabled;
  std::optional<Time> made_at;
};

/// Bytes that a KMS closes at most: it is for keys.
constexpr size_t kLongestWrapped = 1024;

/// What a KMS is about to be asked, or what has become of a key of its own: for the audit log.
struct KmsAsk {
  door::AuditAction action = "key.use";
  TenantId tenant{};   ///< whose key it opens or closes; the platform's (zero) where it is nobody's
  std::string what;    ///< "open 3", "close", "rotate", "destroy 3"; the URL where an access token is fetched
  std::string detail;  ///< JSON; nothing personal
};
/// Puts it on record. What fails must not be asked.
using BeforeAsk = std::function<net::Task<Result<Done>>(KmsAsk)>;

/// Belongs to one reactor. Every method may fail with Code::unavailable (away, over quota, too slow: ask again), and
/// Code::internal where the service says that this process may not; the log says more than the error does.
class Kms {
 public:
  virtual ~Kms() = default;
  /// Closes at most kLongestWrapped bytes under the primary version. `aad` has to be the same when it is opened.
  virtual net::Task<Result<Wrapped>> wrap(std::string_view plain, std::string_view aad) = 0;
  /// Code::not_found where the version is disabled, destroyed or was never there; Code::internal where the bytes or the
  /// `aad` are not what was wrapped.
  virtual net::Task<Result<Secret>> unwrap(const Wrapped& wrapped, std::string_view aad) = 0;
  /// Oldest first.
  virtual net::Task<Result<std::vector<KmsVersion>>> versions() = 0;
  /// Makes a new version and makes it primary; returns its name.
  virtual net::Task<Result<std::string>> rotate() = 0;
  /// Destroys a version that is not primary, or begins to (Google's waits a day at least): it opens nothing any more.
  /// Code::conflict for the primary one.
  virtual net::Task<Result<Done>> destroy(const std::string& version) = 0;

  /// The version that was made when this was opened; empty where there was one.
  virtual std::string made() const { return {}; }
  /// Has put on record, first, what it asks of others than the KMS.
  virtual void before_asking_others(BeforeAsk) {}
};

/// What a KMS URL says: kind, path, and its parameters.
struct KmsUrl {
  std::string kind, path;
  std::vector<std::pair<std::string, std::string>> parameters;

  std::string parameter(std::string_view name) const;
};
/// Code::invalid, naming what is wrong with it.
Result<KmsUrl> parse_kms_url(std::string_view text);

/// Opens the service that `url` names; an empty one is the file `kms.key` in `data`. A file, or a token's first key, is
/// made if it is not there and `make`; else Code::not_found: where something was wrapped already, another key opens
/// none of it.
Result<std::unique_ptr<Kms>> open_kms(std::string_view url, const std::filesystem::path& data, bool make = true);
/// What stands in the place of a KMS that has lost its key: everything is Code::unavailable, because of `why`.
std::unique_ptr<Kms> no_kms(std::string why);

}  // namespace cordon::keys
