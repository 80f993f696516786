#include "audit/let_go_check.h"

#include "audit/search.h"

namespace cordon::audit {

namespace {

constexpr int64_t kDay = 86'400'000'000;   // microseconds
constexpr int64_t kStatementsAtOnce = 16;  // each is about some hundred bundles

std::string named(uint64_t statement) { return "The statement " + std::to_string(statement) + " of what was let go "; }

/// Whether a kind's events are of an age at which they may go.
bool is_over(const LetGo::Kind& kind, Time at) {
  const door::KindInfo* info = door::find_kind(kind.name);
  return info && kind.before.micros <= at.micros - info->days * kDay;
}

}  // namespace

net::Task<Result<Done>> LetGoCheck::begin() {
  auto done = co_await read_statements();
  known_ = last_;
  co_return done;
}

net::Task<Result<Done>> LetGoCheck::read_statements() {
  for (;;) {
    auto statements = co_await store_.statements(last_ + 1, kStatementsAtOnce);
    if (!statements) co_return std::unexpected(statements.error());
    if (statements->empty()) co_return Done{};
    auto parts = co_await store_.parts_of(statements->front().number, statements->back().number);
    if (!parts) co_return std::unexpected(parts.error());
    size_t next = 0;
    for (const SignedLetGo& statement : *statements) {
      std::vector<LetGoPart> its;
      for (; next < parts->size() && (*parts)[next].statement <= statement.number; ++next)
        if ((*parts)[next].statement == statement.number) its.push_back((*parts)[next]);
      check(statement, its);
    }
  }
}

void LetGoCheck::check(const SignedLetGo& statement, const std::vector<LetGoPart>& parts) {
  if (const std::string why = wrong_with(statement, parts); !why.empty())
    find(report_, Wrong::let_go, named(statement.number) + why);
  last_ = statement.number;
}

/// What is wrong with it, as the end of a sentence; where nothing is, it is one of the valid ones.
std::string LetGoCheck::wrong_with(const SignedLetGo& statement, const std::vector<LetGoPart>& parts) {
  const auto note = Note::parse(statement.note);
  const Hash continues = std::exchange(previous_, note ? digest(note->text) : Hash{});
  if (!note || !note->signed_by(trust_.key)) return "is not signed by the key that is trusted.";
  const auto read = LetGo::parse(note->text);
  if (!read || read->origin != trust_.key.name || read->number != statement.number) return "is another text.";
  if (statement.number != last_ + 1) return "stands behind one that is not there.";
  if (read->previous != continues) return "does not continue the one before.";
  if (read->at.micros > now().micros + kDay) return "is of a time to come.";
  const auto stated = kinds_of(parts);
  for (const LetGo::Kind& kind : read->kinds)
    if (!is_over(kind, read->at)) return "is about events of the kind " + kind.name + " before their time.";
  for (const LetGo::Kind& kind : stated) {
    const LetGo::Kind* said = read->find(kind.name);
    if (!said || said->events != kind.events || said->leaves != kind.leaves)
      return "is not about the leaves of the kind " + kind.name + " that the database has for it.";
  }
  if (stated.size() != read->kinds.size()) return "is about leaves that the database does not have for it.";
  valid_.emplace(statement.number, *read);
  return {};
}

net::Task<Result<Done>> LetGoCheck::read(uint64_t first, int64_t most) {
  auto parts = co_await store_.parts_in(first, most);
  if (!parts) co_return std::unexpected(parts.error());
  parts_.erase(parts_.begin(), parts_.lower_bound(first + static_cast<uint64_t>(most)));
  uint64_t newest = 0;
  for (StatedPart& part : *parts) {
    newest = std::max(newest, part.statement);
    parts_.emplace(part.bundle, std::move(part));
  }
  if (newest <= last_) co_return Done{};
  auto done = co_await read_statements();
  if (!done) co_return done;
  if (newest > last_) {
    find(report_, Wrong::let_go, named(newest) + "is not there.", first * kTileWidth);
    last_ = newest;
  }
  co_return Done{};
}

const StatedPart* LetGoCheck::part_of(uint64_t index, uint64_t last_statement) const {
  const auto [from, to] = parts_.equal_range(index / kTileWidth);
  for (auto it = from; it != to; ++it)
    if (it->second.has(index % kTileWidth) && it->second.statement <= last_statement &&
        valid_.contains(it->second.statement))
      return &it->second;
  return nullptr;
}

void LetGoCheck::check_gone(uint64_t index, const Uuid& event) {
  const StatedPart* part = part_of(index, UINT64_MAX);
  const LetGo::Kind* kind = part ? valid_.at(part->statement).find(part->kind) : nullptr;
  if (kind && !(event < first_id(kind->before)))
    find(report_, Wrong::let_go,
         "The event " + cordon::to_string(event) + " (entry " + std::to_string(index) +
             ") was let go before its time, by the statement " + std::to_string(part->statement) + ".",
         index);
}

void LetGoCheck::check_standing(uint64_t index, const Uuid& event) {
  if (const StatedPart* part = part_of(index, known_))
    find(report_, Wrong::let_go,
         "The event " + cordon::to_string(event) + " (entry " + std::to_string(index) +
             ") stands there, although the statement " + std::to_string(part->statement) + " says that it was let go.",
         index);
}

}  // namespace cordon::audit
