// How long keys serve.
#pragma once
#include <chrono>
#include <cstddef>

namespace cordon::keys {

struct KeyringOptions {
  std::chrono::seconds fresh{300};        ///< how long keys serve before they are read again
  std::chrono::seconds stale{3600};       ///< how long they go on where the KMS is away when they should be read again
  std::chrono::milliseconds pause{5000};  ///< how long a KMS that was away is not asked again
  size_t subjects = 4096;                 ///< data keys that are kept, the least used goes first
};

/// When keys change by themselves.
struct KeyLives {
  std::chrono::seconds kms{std::chrono::days(90)};     ///< a version of the KMS's key
  std::chrono::seconds tenant{std::chrono::days(90)};  ///< a tenant's key
  std::chrono::seconds data{std::chrono::days(365)};   ///< a data subject's key
  /// How long a data subject's new key waits before rows are closed anew with it: every process has read it by then,
  /// or closes nothing any more: longer than KeyringOptions::stale.
  std::chrono::seconds announced{3900};
  int64_t wraps = 1 << 20;  ///< data keys that one tenant's key wraps
  /// Tenants' keys that one version of the KMS's key wraps: a token's random nonces are good for 2^32 (NIST SP 800-38D
  /// section 8.3), and it is not told of those that were never committed. Far more than there are tenants, each of
  /// which the next version wraps at once.
  int64_t kms_wraps = int64_t{1} << 30;
};

}  // namespace cordon::keys
