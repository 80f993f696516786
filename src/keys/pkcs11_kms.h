// A KMS that is a PKCS#11 token: a hardware security module, a smart card, SoftHSM.
#pragma once
#include "keys/kms.h"
#include "keys/pkcs11_token.h"
#include "net/workers.h"

namespace cordon::keys {

/// A version is an AES-256 key that the token made and never gives away; its name is its number, and the highest number
/// that is there is primary. A token forgets the keys that it destroys, so destroy() leaves word of it there: a version
/// that another program has removed, or that is another token's, is not there and is not called destroyed. When one
/// was made tokens do not keep. Several processes may share a token: what is there is looked up each time.
///
/// AES-GCM with random nonces of 96 bits (made here, or by a token that insists) may close 2^32 messages under one key
/// (NIST SP 800-38D section 8.3). Only tenants' keys are wrapped, one each and once more for each rotation: far below
/// that for any number of shops, and a new version starts afresh.
///
/// The token's calls block, so each instance has a thread and a session for them; the login is the process's.
class Pkcs11Kms : public Kms {
 public:
  /// Finds the token, logs in, and makes version 1 if there is none and `make`, else Code::not_found: blocks.
  /// Code::invalid where the URI (see read_pkcs11_uri), the module or the PIN does not do; Code::unavailable where the
  /// token is not there.
  static Result<std::unique_ptr<Pkcs11Kms>> open(const std::string& uri, bool make = true);

  net::Task<Result<Wrapped>> wrap(std::string_view plain, std::string_view aad) override;
  net::Task<Result<Secret>> unwrap(const Wrapped& wrapped, std::string_view aad) override;
  net::Task<Result<std::vector<KmsVersion>>> versions() override;
  net::Task<Result<std::string>> rotate() override;
  net::Task<Result<Done>> destroy(const std::string& version) override;
  std::string made() const override { return made_; }

 private:
  Pkcs11Kms(std::shared_ptr<Pkcs11Module> module, Pkcs11Place place, Secret pin)
      : token_(std::move(module), std::move(place), std::move(pin)) {}
  template <class T>
  net::Task<Result<T>> on_thread(std::function<Result<T>()> job);
  Result<Pkcs11Token::Key> primary();

  std::string made_;
  Pkcs11Token token_;           ///< the thread's, but for open()
  net::Workers thread_{1, 64};  ///< goes first
};

}  // namespace cordon::keys
