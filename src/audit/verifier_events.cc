#include "audit/verifier_events.h"

#include <algorithm>
#include <cstring>
#include <map>

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

/// Events that no entry has taken yet. Some may have one id: whoever writes an event chooses it, and of two shops'
/// events it may be the same.
class Untaken {
 public:
  explicit Untaken(const std::vector<StandingEvent>& events) {
    for (const StandingEvent& event : events) {
      left_.emplace(event.place.event, commitments_.size());
      commitments_.push_back(commitment_of(event.event));
    }
  }
  /// The place of one that is what the entry says.
  std::optional<size_t> take(const Entry& entry) {
    return take_if(entry.event, [&](size_t place) { return commitments_[place] == entry.commitment; });
  }
  /// The place of one that has the id.
  std::optional<size_t> take(const Uuid& event) {
    return take_if(event, [](size_t) { return true; });
  }
  const std::multimap<Uuid, size_t>& left() const { return left_; }

 private:
  std::optional<size_t> take_if(const Uuid& event, const auto& fits) {
    const auto [from, to] = left_.equal_range(event);
    const auto found = std::find_if(from, to, [&](const auto& one) { return fits(one.second); });
    if (found == to) return std::nullopt;
    return left_.extract(found).mapped();
  }
  std::vector<Hash> commitments_;
  std::multimap<Uuid, size_t> left_;
};

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
  co_await addresses_.check(read_);
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
  const std::vector<Entry> entries = entries_of(bundle);
  Untaken untaken(events);
  // First those that are as they were logged, so that what was planted under the id of one does not pass for it.
  std::vector<std::optional<size_t>> places;
  for (const Entry& entry : entries) places.push_back(untaken.take(entry));
  std::vector<Gone> gone;
  std::optional<size_t> before;
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& [index, id, commitment] = entries[i];
    const bool changed = !places[i];
    const std::optional<size_t> place = changed ? untaken.take(id) : places[i];
    if (!place) {
      gone.push_back({index, id});
      continue;
    }
    let_go_.check_standing(index, id);
    if (changed) find(report_, Wrong::changed, named(id, index) + " is not what was logged.", index);
    if (before && *place < *before)
      find(report_, Wrong::reordered, named(id, index) + " is logged out of its order.", index);
    before = place;
  }
  for (const auto& [id, place] : untaken.left())
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
    const StandingEvent& event = read_[next_];
    // It would be searched for and exported, and not come to the log before PostgreSQL has counted that far.
    if (event.ahead)
      find(report_, Wrong::inserted, named(event.place.event) + " is of a transaction that is still to come.");
    else ++report_.waiting;
  }
}

}  // namespace cordon::audit
