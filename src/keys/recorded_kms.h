// A KMS that is asked for nothing before that is on record.
#pragma once
#include <deque>

#include "keys/kms.h"

namespace cordon::keys {

/// Whatever uses a key, or makes or destroys one, is on record as `key.use` before it is asked: what cannot be put
/// there fails with the record's error, and the KMS has not heard of it. What has become of the KMS's own keys follows
/// as `key.rotate` and `key.destroy`, and with the next use where it cannot be put on record at once. versions() sends
/// nothing but the key's name, each minute, and is not told of.
///
/// No event of these has anything personal, so that recording one never needs a key.
class RecordedKms : public Kms {
 public:
  /// Nothing is recorded where there is no `before`.
  RecordedKms(std::unique_ptr<Kms> real, BeforeAsk before);

  /// Told whether the KMS answered, whatever it said, when it was asked to open something or for its versions.
  std::function<void(bool answered)> heard;

  net::Task<Result<Wrapped>> wrap(std::string_view plain, std::string_view aad) override;
  net::Task<Result<Secret>> unwrap(const Wrapped& wrapped, std::string_view aad) override;
  net::Task<Result<std::vector<KmsVersion>>> versions() override;
  net::Task<Result<std::string>> rotate() override;
  net::Task<Result<Done>> destroy(const std::string& version) override;

  /// Puts on record what has become of the KMS's own keys and is not there yet, such as that opening it made the first.
  net::Task<Result<Done>> tell();

 private:
  net::Task<Result<Done>> before(TenantId tenant, std::string what);
  void became(door::AuditAction action, const std::string& version);
  template <class T>
  Result<T> hear(Result<T> answer);

  std::unique_ptr<Kms> real_;
  BeforeAsk before_;
  std::deque<KmsAsk> untold_;
};

}  // namespace cordon::keys
