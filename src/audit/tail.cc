#include "audit/tail.h"

#include <algorithm>

namespace cordon::audit {

/// When an event's id was made (UUIDv7: milliseconds first).
static Time time_of(const Uuid& id) {
  int64_t ms = 0;
  for (size_t i = 0; i < 6; ++i) ms = ms << 8 | id.bytes[i];
  return {ms * 1000};
}

net::Task<Result<std::vector<EventRecord>>> Tail::last(size_t count) {
  // The place first: whatever is before it is seen by the search, or is older than what that gives.
  auto place = co_await log_.frontier();
  if (!place) co_return std::unexpected(place.error());
  EventQuery query = query_;
  query.limit = Int<1, 200>{200};
  query.from = query.to = std::nullopt;
  query.cursor.reset();
  auto page = co_await opened_events(identities_, opener_, tenant_, query);
  if (!page) co_return std::unexpected(page.error());
  place_ = *place;
  // More than is given: what is older and behind the place is not new when the log's order comes to it.
  for (const EventRecord& event : page->items)
    if (event.xid >= place_.xid) given_.push_back(event.event_id.value);
  if (page->items.size() > count) page->items.resize(count);
  std::reverse(page->items.begin(), page->items.end());
  co_return std::move(page->items);
}

net::Task<Result<std::vector<EventRecord>>> Tail::next() {
  static constexpr int64_t kAtOnce = 1000;
  auto come = co_await log_.unsealed(place_, kAtOnce);
  if (!come) co_return std::unexpected(come.error());
  std::vector<Uuid> ids;
  for (const Unsealed& event : *come)
    if (std::find(given_.begin(), given_.end(), event.place.event) == given_.end()) ids.push_back(event.place.event);
  std::sort(ids.begin(), ids.end());
  std::vector<EventRecord> out;
  // Ids that are close together are read together; one that is late does not have everything since read again.
  static constexpr int64_t kClose = 1'000'000;
  for (size_t from = 0, to = 0; from < ids.size(); from = to) {
    while (to < ids.size() && (to == from || time_of(ids[to]).micros - time_of(ids[to - 1]).micros < kClose)) ++to;
    auto done = co_await read(std::span(ids).subspan(from, to - from), out);
    if (!done) co_return std::unexpected(done.error());
  }
  if (!come->empty()) place_ = come->back().place;
  behind_ = static_cast<int64_t>(come->size()) == kAtOnce;
  co_return out;
}

net::Task<Result<Done>> Tail::read(std::span<const Uuid> ids, std::vector<EventRecord>& out) {
  EventQuery query = query_;
  query.limit = Int<1, 200>{200};
  query.cursor.reset();
  query.from = time_of(ids.front());
  query.to = Time{time_of(ids.back()).micros + 1000};
  const size_t before = out.size();
  for (bool more = true; more;) {
    auto page = co_await opened_events(identities_, opener_, tenant_, query);
    if (!page) co_return std::unexpected(page.error());
    for (EventRecord& event : page->items)
      if (std::binary_search(ids.begin(), ids.end(), event.event_id.value)) out.push_back(std::move(event));
    more = page->next_cursor.has_value();
    if (more) query.cursor = EventId::parse(*page->next_cursor);
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
  co_return Done{};
}

}  // namespace cordon::audit
