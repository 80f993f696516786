// The key of one data subject, and how it closes and opens fields.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/time.h"
#include "db/query.h"
#include "keys/field.h"
#include "keys/xaes.h"

namespace cordon::keys {

/// A field's bytes are not what was closed there: altered, or moved from another row, column or tenant. Never shown,
/// logged by whoever catches it.
struct Tampered : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The subject of a tenant's index key, which closes nothing: see DataKey::index(). It is never renewed, for what is
/// looked up by an index has to be found.
inline constexpr Uuid kIndex{{0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};

/// The subject of the key that closes what is personal in a tenant's audit events, and indexes it: those rows never
/// change, and so it is never renewed.
inline constexpr Uuid kEvents{{0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 2}};

/// What stands in place of a text whose key has been destroyed.
inline constexpr std::string_view kErased = "[erased]";

/// Closed text: one byte 1 (this format), four bytes of the key's version (big-endian), then nonce, ciphertext and tag
/// of XAES-256-GCM. Associated data: tenant and row (16 bytes each), "table.column". docs/keys.md has it for strangers.
///
/// A cheap handle; belongs to the reactor of the keyring that gave it.
class DataKey {
 public:
  /// All versions of a subject's key. A destroyed one stands there without its bytes.
  struct Versions {
    TenantId tenant;
    Uuid subject;
    std::map<int64_t, std::optional<Xaes>> by_number;
    std::map<int64_t, Time> active_from;
  };
  explicit DataKey(std::shared_ptr<Versions> versions) : versions_(std::move(versions)) {}

  /// Whether it can close anything: there is a version that is active and not destroyed.
  bool closes() const { return newest() != nullptr; }
  /// `plain` closed for `field` of `row`. Throws std::logic_error where closes() is false.
  db::Bytes close(const Field& field, const Uuid& row, std::string_view plain) const;
  template <class Tag>
  db::Bytes close(const Field& field, const Id<Tag>& row, std::string_view plain) const {
    return close(field, row.value, plain);
  }
  /// The text that was closed there; kErased if its key has been destroyed. Throws Tampered.
  std::string open(const Field& field, const Uuid& row, std::string_view closed) const;
  /// A blind index of `value`, to find rows by what is closed in them: the first 16 bytes of HMAC-SHA-256 over
  /// "table.column", a zero byte and the value, under the first version of the key of the subject kIndex, or kEvents.
  /// It tells which rows of a tenant's column are alike, and nothing between columns or tenants. The value is the
  /// caller's to normalise.
  db::Bytes index(const Field& field, std::string_view value) const;
  /// Whether `closed` is of an older version than the one that close() would use.
  bool is_old(std::string_view closed) const;
  int64_t last_version() const { return versions_->by_number.empty() ? 0 : versions_->by_number.rbegin()->first; }

 private:
  const std::pair<const int64_t, std::optional<Xaes>>* newest() const;
  std::shared_ptr<Versions> versions_;
};

/// The keys of several subjects of one tenant.
class DataKeys {
 public:
  void add(const Uuid& subject, DataKey key) { keys_.insert_or_assign(subject, std::move(key)); }
  /// The key of a subject; throws std::logic_error if it was not asked for.
  const DataKey& of(const Uuid& subject) const;
  template <class Tag>
  const DataKey& of(const Id<Tag>& subject) const {
    return of(subject.value);
  }
  /// Whether there is, or was, any key for it.
  bool knows(const Uuid& subject) const { return keys_.contains(subject); }
  /// Whether there is a key for it that closes.
  bool has(const Uuid& subject) const;
  /// The number of the next key of a subject: versions never come again.
  int64_t next_version(const Uuid& subject) const;

 private:
  std::map<Uuid, DataKey> keys_;
};

}  // namespace cordon::keys
