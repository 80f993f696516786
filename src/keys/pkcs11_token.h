// The keys of one label on one PKCS#11 token, and what a token does with them. Every call blocks.
#pragma once
#include <p11-kit/uri.h>

#include <functional>
#include <optional>
#include <set>
#include <span>

#include "keys/pkcs11_module.h"

namespace cordon::keys {

/// Where a token and its keys are: what a PKCS#11 URI (RFC 7512) says.
struct Pkcs11Place {
  std::shared_ptr<P11KitUri> uri;  ///< for matching the token by whatever the URI says of it
  std::string label;               ///< of the keys: the URI's `object`
  std::filesystem::path module, pin;
};
/// Code::invalid, naming what is wrong or missing: `token`, `object`, `module-path` and `pin-source` (a path, or a
/// file: URI) have to be there; a PIN in the URI itself is refused.
Result<Pkcs11Place> read_pkcs11_uri(const std::string& text);

/// One session on a token, opened when it is needed, logged in. One thread at a time.
///
/// Every version of the key is an AES-256 key that the token has made and that cannot leave it (CKA_SENSITIVE, not
/// CKA_EXTRACTABLE), with the label of the place and its number as CKA_ID (four bytes, big-endian). Two processes may
/// make the same number at the same time; both keys are then that version, which is why opening tries each.
///
/// Code::unavailable where the token is away or the session is lost, and the next call opens another; Code::internal
/// for everything else that the token says, which the log has.
class Pkcs11Token {
 public:
  Pkcs11Token(std::shared_ptr<Pkcs11Module> module, Pkcs11Place place, Secret pin)
      : module_(std::move(module)), place_(std::move(place)), pin_(std::move(pin)) {}
  ~Pkcs11Token();
  Pkcs11Token(const Pkcs11Token&) = delete;

  struct Key {
    uint32_t version = 0;
    CK_OBJECT_HANDLE handle = 0;
  };
  /// Sorted by version. Code::internal if one of them could leave the token: that is no key of ours.
  Result<std::vector<Key>> keys();
  /// Makes a key; what keys() then says of it.
  Result<Key> generate(uint32_t version);
  Result<Done> destroy(const Key& key);
  /// Versions of which note_destroyed() has left word.
  Result<std::set<uint32_t>> destroyed();
  /// Leaves word on the token itself, which forgets its keys: a data object beside them with the number as its value.
  Result<Done> note_destroyed(uint32_t version);
  /// AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes).
  Result<std::string> encrypt(const Key& key, std::string_view plain, std::string_view aad);
  /// nullopt if it is not what encrypt() gave for this key and `aad`.
  Result<std::optional<Secret>> decrypt(const Key& key, std::string_view sealed, std::string_view aad);
  /// Opens the session if there is none. Code::invalid for a PIN that the token refuses.
  Result<Done> open();

 private:
  Result<CK_SLOT_ID> find_slot();
  Result<std::vector<CK_OBJECT_HANDLE>> find(std::span<CK_ATTRIBUTE> wanted);
  Result<Key> read(CK_OBJECT_HANDLE handle);
  std::unexpected<Error> failed(const char* call, CK_RV rv);

  std::shared_ptr<Pkcs11Module> module_;
  Pkcs11Place place_;
  Secret pin_;
  std::optional<CK_SESSION_HANDLE> session_;
};

}  // namespace cordon::keys
