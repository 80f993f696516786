// The keys of access tokens: the one that this process signs with, which changes by itself, and those of every replica,
// which verify.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "identity/key.h"
#include "net/task.h"

namespace cordon::db {
class Pool;
}

namespace cordon::identity {

/// How long a key signs, how long before that it is announced, and how long after that it still verifies: longer than
/// any token lives.
struct KeyLives {
  std::chrono::seconds signs{24 * 3600}, ahead{600}, after{3600};
};

/// Shared by all threads. Private keys stay in this replica's folder; their public halves stand in the database, where
/// every replica reads all of them.
class Signer {
 public:
  /// Reads the keys of `folder`, or makes the first. Each is a file `<unix time from which it signs>.pem`.
  static Result<std::shared_ptr<Signer>> open(const std::filesystem::path& folder, KeyLives lives = {});

  std::string sign(std::string_view input) const { return keys()->signs.sign(input); }
  /// The thumbprint of the key that signs now.
  std::string kid() const { return keys()->signs.thumbprint(); }
  /// Whether the key called `kid`, of any replica, signed `input`.
  bool verify(std::string_view kid, std::string_view input, std::string_view signature) const;
  /// Every key that verifies, as a JWK Set (RFC 7517).
  std::string jwks() const;

  /// Makes the next key when it is time, announces this replica's keys, and learns of the others'. Called every second.
  net::Task<Result<Done>> keep(db::Pool& pool);

 private:
  struct Own {
    Key key;
    int64_t from;  ///< seconds since 1970
  };
  struct Keys {
    Key signs;
    std::map<std::string, Key, std::less<>> verify;
  };
  Signer(std::filesystem::path folder, KeyLives lives) : folder_(std::move(folder)), lives_(lives) {}
  std::shared_ptr<const Keys> keys() const { return keys_.load(); }
  Result<Done> add(int64_t from);
  Result<Done> turn(int64_t time);
  void publish(int64_t time, std::map<std::string, Key, std::less<>> verify);

  std::filesystem::path folder_;
  KeyLives lives_;
  std::vector<Own> own_;  ///< in the order of `from`; after open(), keep()'s alone
  std::atomic<std::shared_ptr<const Keys>> keys_;
};

}  // namespace cordon::identity
