// What is personal in an event: closed with a key of its tenant's before it is stored, so that the end of that key ends
// it and leaves the log as it is.
#pragma once
#include "audit/event.h"
#include "keys/data_key.h"
#include "keys/key_store.h"

namespace cordon::audit {

inline constexpr keys::Field kAddress{"audit.event", "address"};
inline constexpr keys::Field kAgent{"audit.event", "agent"};
inline constexpr keys::Field kDetail{"audit.event", "detail"};
inline constexpr keys::Field kQueries{"audit.event", "queries"};  ///< its digests of parameters are blind indices

/// An event as it is stored.
class ClosedEvent {
 public:
  const Event& event() const { return event_; }  ///< address, agent and detail are closed
  const std::string& queries() const { return queries_; }
  const db::Bytes& address_index() const { return address_index_; }

  /// For an event that has nothing personal in it; throws std::logic_error where it has.
  static ClosedEvent of(Event event);

 private:
  friend net::Task<Result<ClosedEvent>> close(keys::Transact, Event);
  static net::Task<ClosedEvent> make(keys::Transact transact, Event event);
  Event event_;
  std::string queries_;
  db::Bytes address_index_;
};

/// Closes an event with the key of kEvents of its tenant, or of the platform where it has none. Where there is no such
/// key, because it was destroyed or the KMS is away, what is personal is left out: an event has to be written all the
/// same. Where the stored key was altered none is, Code::unavailable: that would hide where requests come from.
net::Task<Result<ClosedEvent>> close(keys::Transact transact, Event event);

/// Whether what is stored was closed; else it stands there in the clear.
bool is_closed(std::string_view stored);

/// What stands in place of what does not open.
inline constexpr std::string_view kUnreadable = "[unreadable]";

/// Opens stored values: the text; kErased where the key has been destroyed; kUnreadable where it is not what was
/// closed.
class Opener {
 public:
  explicit Opener(keys::Transact transact) : transact_(std::move(transact)) {}
  /// The key of a tenant's events; none where there never was one. Errors as keys::Keyring has them, but for a
  /// destroyed key, whose values read as erased.
  net::Task<Result<std::optional<keys::DataKey>>> key(std::optional<TenantId> tenant);
  static std::string open(const std::optional<keys::DataKey>& key, const keys::Field& field, EventId id,
                          const std::string& stored);

 private:
  keys::Transact transact_;
};

}  // namespace cordon::audit
