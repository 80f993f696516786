#include "audit/verifier_events.h"

#include <algorithm>
#include <cstring>

namespace cordon::audit {

namespace {

std::string named(const Uuid& event) { return "The event " + cordon::to_string(event); }
std::string named(const Uuid& event, uint64_t index) { return named(event) + " (entry " + std::to_string(index) + ")"; }

/// What a bundle says of one event.
struct Entry {
  uint64_t index = 0;
  Uuid event;
  Hash commitment{};
};

std::vector<Entry> entries_of(const BundlePart& bundle) {
  std::vector<Entry> out(bundle.events.size() / 16);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].index = bundle.number * kTileWidth + i;
    std::memcpy(out[i].event.bytes.data(), bundle.events.data() + i * 16, 16);
    std::memcpy(out[i].commitment.data(), bundle.commitments.data() + i * sizeof(Hash), sizeof(Hash));
  }
  return out;
}

}  // namespace

/// An entry without its event.
struct EventCheck::Gone {
  uint64_t index = 0;
  Uuid event;
};

/// Whether there is one more event to look at, at read_[next_].
net::Task<Result<bool>> EventCheck::next() {
  static constexpr int64_t kAtOnce = 4'096;
  if (next_ < read_.size()) co_return true;
  auto more = co_await standing_events(identities_, last_, kAtOnce);
  if (!more) co_return std::unexpected(more.error());
  read_ = std::move(*more);
  next_ = 0;
  if (read_.empty()) co_return false;
  last_ = read_.back().place;
  co_return true;
}

net::Task<Result<std::vector<StandingEvent>>> EventCheck::until(LogPlace end, bool with_end) {
  std::vector<StandingEvent> out;
  for (;;) {
    auto more = co_await next();
    if (!more) co_return std::unexpected(more.error());
    if (!*more) co_return out;
    const LogPlace& place = read_[next_].place;
    if (with_end ? end < place : !(place < end)) co_return out;
    out.push_back(std::move(read_[next_++]));
  }
}

std::vector<EventCheck::Gone> EventCheck::compare(const BundlePart& bundle, const std::vector<StandingEvent>& events) {
  std::vector<Gone> gone;
  std::map<Uuid, size_t> there;
  for (size_t i = 0; i < events.size(); ++i) there[events[i].place.event] = i;
  std::optional<size_t> before;
  for (const Entry& entry : entries_of(bundle)) {
    const auto found = there.find(entry.event);
    if (found == there.end()) {
      gone.push_back({entry.index, entry.event});
      continue;
    }
    let_go_.check_standing(entry.index, entry.event);
    const size_t place = found->second;
    if (commitment_of(events[place].event) != entry.commitment)
      find(report_, Wrong::changed, named(entry.event, entry.index) + " is not what was logged.", entry.index);
    if (before && place < *before)
      find(report_, Wrong::reordered, named(entry.event, entry.index) + " is logged out of its order.", entry.index);
    before = place;
    there.erase(found);
  }
  for (const auto& [id, place] : there)
    find(report_, Wrong::inserted, named(id) + " stands among those that were logged, and was not.");
  return gone;
}

/// Whether statements account for what is gone from a bundle.
net::Task<Result<Done>> EventCheck::account(uint64_t bundle, std::vector<Gone> gone) {
  const auto covered = [&](const Gone& one) { return let_go_.covers(one.index); };
  if (!std::all_of(gone.begin(), gone.end(), covered)) {
    // It may have been let go since the statements were read.
    auto read = co_await let_go_.read(bundle, 1);
    if (!read) co_return read;
  }
  for (const Gone& one : gone) {
    if (!covered(one)) {
      find(report_, Wrong::deleted, named(one.event, one.index) + " was logged and is gone.", one.index);
      continue;
    }
    let_go_.check_gone(one.index, one.event);
    ++report_.let_go;
  }
  co_return Done{};
}

net::Task<Result<Done>> EventCheck::check(const BundlePart& bundle, LogPlace end, bool last) {
  auto stand = co_await until(end, last);
  if (!stand) co_return std::unexpected(stand.error());
  auto gone = compare(bundle, *stand);
  co_return co_await account(bundle.number, std::move(gone));
}

net::Task<Result<Done>> EventCheck::rest() {
  for (;; ++next_) {
    auto more = co_await next();
    if (!more) co_return std::unexpected(more.error());
    if (!*more) co_return Done{};
    ++report_.waiting;
  }
}

}  // namespace cordon::audit
