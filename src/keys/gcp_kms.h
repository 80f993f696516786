// A KMS that is Google's Cloud KMS, over its REST API (https://cloud.google.com/kms/docs/reference/rest).
#pragma once
#include "keys/google_api.h"
#include "keys/kms.h"
#include "net/workers.h"

namespace cordon::keys {

struct GcpKmsOptions {
  std::string key;  ///< projects/P/locations/L/keyRings/R/cryptoKeys/K
  std::string endpoint = "https://cloudkms.googleapis.com";
  std::filesystem::path trust;        ///< PEM file of whom to trust; empty: the system's
  std::filesystem::path credentials;  ///< a service account's JSON file; empty: the machine's account
  std::string metadata = "http://metadata.google.internal";
  std::chrono::milliseconds limit{5000};  ///< that one request to Google may take, its repetition included
};
/// Reads gcp-kms:KEY?endpoint=...&trust=...&credentials=...&metadata=... Code::invalid, naming what is wrong with it.
Result<GcpKmsOptions> read_gcp_kms_url(const KmsUrl& url);

/// A symmetric key there (purpose ENCRYPT_DECRYPT), which has to exist; a version's name is its number. This process's
/// account needs cloudkms.cryptoKeyVersions.useToEncrypt and .useToDecrypt, and for the rest of Kms .create, .get,
/// .list, .destroy, cryptoKeys.get and .update.
///
/// Google's ciphertext names its version itself, and decrypting does not tell which it was: unwrap() does not look at
/// Wrapped::version. Google says that a new primary version may be used everywhere only after some time (a minute
/// mostly, three hours at most): until then, wrap() may go on under the one before.
///
/// A rotation that fails half-way is gone on with by the next one of the same object; another one's makes a version
/// more, which closes nothing, costs a few cents and ends with the next destruction.
///
/// An access token is asked for when one is needed, in the middle of whatever needs it, and is put on record for itself
/// (before_asking_others()).
///
/// What goes both ways is checked with CRC-32C, as "Verifying end-to-end data integrity" in Google's documentation has
/// it. Bytes that arrive damaged are asked for once more, and then are Code::unavailable.
class GcpKms : public Kms {
 public:
  /// Asks nobody yet. Code::invalid where the service account's file does not do.
  static Result<std::unique_ptr<GcpKms>> open(GcpKmsOptions options);

  net::Task<Result<Wrapped>> wrap(std::string_view plain, std::string_view aad) override;
  net::Task<Result<Secret>> unwrap(const Wrapped& wrapped, std::string_view aad) override;
  net::Task<Result<std::vector<KmsVersion>>> versions() override;
  net::Task<Result<std::string>> rotate() override;
  net::Task<Result<Done>> destroy(const std::string& version) override;
  void before_asking_others(BeforeAsk before) override;

 private:
  GcpKms(GcpKmsOptions options, std::optional<ServiceAccount> account);
  template <class T>
  net::Task<Result<T>> on_thread(std::function<Result<T>()> job);
  Result<std::string> primary();
  Result<std::vector<KmsVersion>> list();
  Result<std::string> next_version(std::optional<int64_t>& begun);
  Result<Done> wait_until_enabled(const std::string& version);
  std::string path(std::string_view rest) const { return "/v1/" + options_.key + std::string(rest); }

  GcpKmsOptions options_;
  BlockingHttp http_;
  GoogleToken token_;
  GoogleApi api_;
  std::optional<int64_t> rotating_from_;  ///< the newest version when a rotation began that has not ended well
  net::Workers threads_{4, 256};          ///< go first
};

}  // namespace cordon::keys
