// The key that this process signs access tokens with, which changes by itself.
#pragma once
#include <vector>

#include "base/time.h"
#include "identity/key_set.h"
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
class Signer : public KeySet {
 public:
  /// Reads the keys of `folder`, or makes the first. Each is a file `<unix time from which it signs>.pem`.
  static Result<std::shared_ptr<Signer>> open(const std::filesystem::path& folder, KeyLives lives = {});

  /// The key that signs now.
  std::shared_ptr<const Key> signs() const { return signs_.load(); }

  /// Makes the next key when it is time, announces this replica's keys, and learns of the others'. Called every second.
  net::Task<Result<Done>> keep(db::Pool& pool);

 private:
  struct Own {
    Key key;
    int64_t from;  ///< seconds since 1970
  };
  Signer(std::filesystem::path folder, KeyLives lives) : folder_(std::move(folder)), lives_(lives) {}
  Result<Done> add(int64_t from);
  Result<Done> turn(int64_t time);
  void announce(int64_t time, Keys others);

  std::filesystem::path folder_;
  KeyLives lives_;
  std::vector<Own> own_;  ///< in the order of `from`; after open(), keep()'s alone
  std::atomic<std::shared_ptr<const Key>> signs_;
};

}  // namespace cordon::identity
