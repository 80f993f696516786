// A KMS that is a file: for one machine, for development, and where the operator's own means protect the file.
#pragma once
#include <filesystem>
#include <map>
#include <optional>

#include "base/file_stamp.h"
#include "keys/kms.h"
#include "keys/xaes.h"

namespace cordon::keys {

/// The file is JSON: for each version its state, when it was made, and its 32 bytes in base64url, which XAES-256-GCM
/// closes under Argon2id of the passphrase if there is one. Written whole beside itself and renamed, under a lock, so
/// that several processes can share it; what another process changed is read when it is needed.
///
/// docs/keys.md has the form of what wrap() gives.
class FileKms : public Kms {
 public:
  /// Makes the file if there is none and `make`, else Code::not_found. Code::invalid if it is not such a file, others
  /// than its owner may read it, or the passphrase is not its own.
  static Result<std::unique_ptr<FileKms>> open(const std::filesystem::path& path, std::optional<Secret> passphrase,
                                               bool make = true);

  net::Task<Result<Wrapped>> wrap(std::string_view plain, std::string_view aad) override;
  net::Task<Result<Secret>> unwrap(const Wrapped& wrapped, std::string_view aad) override;
  net::Task<Result<std::vector<KmsVersion>>> versions() override;
  net::Task<Result<std::string>> rotate() override;
  net::Task<Result<Done>> destroy(const std::string& version) override;
  std::string made() const override { return made_; }

 private:
  struct Version {
    KmsVersion known;
    std::optional<Xaes> key;
  };
  FileKms(std::filesystem::path path, std::optional<Secret> passphrase)
      : path_(std::move(path)), passphrase_(std::move(passphrase)) {}
  Result<Done> read();
  bool had(int64_t version) const;
  Result<Done> refresh();
  Result<Done> change(const std::function<Result<Done>(struct KeyFile&)>& how);

  std::filesystem::path path_;
  std::optional<Secret> passphrase_;
  std::string made_;
  FileStamp read_;  ///< the file that versions_ is of
  std::map<int64_t, Version> versions_;
};

}  // namespace cordon::keys
