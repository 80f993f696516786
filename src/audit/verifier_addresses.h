// The verifier's part about the index that events are found by their addresses with: it is in no leaf.
#pragma once
#include <map>

#include "audit/search.h"
#include "audit/verifier.h"

namespace cordon::audit {

/// Opens each event's address and makes its index anew. An index that is another one, or none, hides the event from
/// whoever searches by its address.
class AddressCheck {
 public:
  /// Without an opener nothing is checked.
  AddressCheck(Report& report, std::optional<Opener> opener) : report_(report), opener_(std::move(opener)) {}

  net::Task<void> check(const std::vector<StandingEvent>& events);

 private:
  net::Task<std::optional<std::string>> index_of(const EventRecord& event);
  net::Task<std::optional<keys::DataKey>> key_of(std::optional<TenantId> tenant);

  Report& report_;
  std::optional<Opener> opener_;
  std::map<std::optional<TenantId>, std::optional<keys::DataKey>> keys_;
};

}  // namespace cordon::audit
