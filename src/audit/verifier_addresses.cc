#include "audit/verifier_addresses.h"

namespace cordon::audit {

/// A tenant's key; none where it has ended, or is out of reach: the rest of the log is verified all the same.
net::Task<std::optional<keys::DataKey>> AddressCheck::key_of(std::optional<TenantId> tenant) {
  const auto known = keys_.find(tenant);
  if (known != keys_.end()) co_return known->second;
  auto found = co_await opener_->key(tenant);
  std::optional<keys::DataKey> key;
  if (found && *found && (*found)->closes()) key = std::move(**found);
  keys_.emplace(tenant, key);
  co_return key;
}

/// The index that an event should have, empty for none; nullopt where nobody can say.
net::Task<std::optional<std::string>> AddressCheck::index_of(const EventRecord& event) {
  // What stands there in the clear, as before version 15 of the schema, was never indexed.
  if (!is_closed(event.closed.address)) co_return std::string();
  const auto key = co_await key_of(event.tenant_id);
  if (!key) co_return std::nullopt;
  const std::string address = Opener::open(key, kAddress, event.event_id, event.closed.address);
  if (address == keys::kErased || address == kUnreadable) co_return std::nullopt;
  co_return key->index(kAddress, address).value;
}

net::Task<void> AddressCheck::check(const std::vector<StandingEvent>& events) {
  if (!opener_) co_return;
  for (const StandingEvent& one : events) {
    const auto index = co_await index_of(one.event);
    if (!index) ++report_.unopened;
    else if (*index != one.address_index)
      find(report_, Wrong::changed,
           "The event " + cordon::to_string(one.place.event) + " is not found by its address: its index is another.");
  }
}

}  // namespace cordon::audit
