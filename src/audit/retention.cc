#include "audit/retention.h"

#include "base/log.h"

namespace cordon::audit {

namespace {

constexpr int64_t kHour = 3'600'000'000;  // microseconds

Time before(const door::KindInfo& kind, Time as_of) { return {as_of.micros - kind.days * 24 * kHour}; }

/// Whether the database's days and clock are such that this program signs what they lead to.
Result<Done> check(const LetGoState& state) {
  if (state.as_of.micros > now().micros + kHour)
    return fail(Code::conflict, "PostgreSQL's clock is ahead of this machine's: no audit event is let go by it.");
  for (const Reach& reach : state.kinds) {
    const door::KindInfo* kind = door::find_kind(reach.kind);
    if (!kind || kind->days != reach.days)
      return fail(Code::conflict, "The database keeps audit events of the kind " + reach.kind +
                                      " for another time than this program: `cordon migrate` makes them agree.");
  }
  return Done{};
}

Result<LetGo> statement_of(const LetGoState& state, const std::string& origin, const std::vector<LetGoPart>& parts) {
  LetGo out{origin, state.number + 1, {}, kinds_of(parts), state.as_of};
  if (state.number > 0) {
    const auto newest = Note::parse(state.note);
    if (!newest) return std::unexpected(newest.error());
    out.previous = digest(newest->text);
  }
  for (LetGo::Kind& kind : out.kinds) kind.before = before(*door::find_kind(kind.name), state.as_of);
  return out;
}

/// The statement's own place in the log.
ClosedEvent record_of(const LetGo& statement, std::string_view text) {
  Event event = event_of("audit.let-go", "RETENTION");
  event.role = "operator";
  event.resource = "/audit/let-go/" + std::to_string(statement.number);
  for (const LetGo::Kind& kind : statement.kinds) event.rows += static_cast<int64_t>(kind.events);
  event.detail =
      R"({"statement":)" + std::to_string(statement.number) + R"(,"sha256":")" + to_text(digest(text)) + "\"}";
  return ClosedEvent::of(std::move(event));
}

}  // namespace

net::Task<Result<bool>> let_go(LetGoStore& store, const std::string& origin, const keys::SigningKey& key) {
  auto state = co_await store.state();
  if (!state) co_return std::unexpected(state.error());
  if (auto fits = check(*state); !fits) co_return std::unexpected(fits.error());
  auto due = co_await store.due(state->as_of, state->kinds, kLetGoPortion);
  if (!due) co_return std::unexpected(due.error());
  std::vector<LetGoPart> parts;
  for (Due& of_kind : *due)
    for (LetGoPart& part : of_kind.parts) parts.push_back(std::move(part));
  SignedLetGo note{state->number + 1, {}};
  std::optional<ClosedEvent> event;
  if (!parts.empty()) {
    const auto statement = statement_of(*state, origin, parts);
    if (!statement) co_return std::unexpected(statement.error());
    const std::string text = statement->to_text();
    note.note = text + "\n" + signature_line(origin, key, text);
    event = record_of(*statement, text);
    log::info("letting audit events go",
              {{"statement", std::to_string(statement->number)}, {"events", std::to_string(event->event().rows)}});
  }
  co_return co_await store.let_go(state->as_of, kLetGoPortion, std::move(note), std::move(parts), std::move(event));
}

net::Task<Result<std::vector<LetGo::Kind>>> look_for_due(LetGoStore& store) {
  auto state = co_await store.state();
  if (!state) co_return std::unexpected(state.error());
  if (auto fits = check(*state); !fits) co_return std::unexpected(fits.error());
  std::vector<LetGo::Kind> out;
  for (const Reach& reach : state->kinds)
    out.push_back({reach.kind, 0, before(*door::find_kind(reach.kind), state->as_of), {}});
  for (size_t i = 0; i < out.size(); ++i) {
    std::vector<Reach> window{state->kinds[i]};
    for (bool more = true; more; window[0].bundle += kLetGoPortion) {
      auto due = co_await store.due(state->as_of, window, kLetGoPortion);
      if (!due) co_return std::unexpected(due.error());
      for (const LetGo::Kind& kind : kinds_of(due->front().parts)) out[i].events += kind.events;
      // As letting go does: once something waits, so does what comes after it.
      more = !due->front().waits && (window[0].bundle + kLetGoPortion) * kTileWidth < state->size;
    }
  }
  co_return out;
}

}  // namespace cordon::audit
