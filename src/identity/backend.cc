#include "identity/backend.h"

namespace cordon::identity {

/// Not in the lambda: a coroutine does not own what the lambda that it was captured.
static net::Task<Result<std::vector<db::Query>>> with_event(audit::Recorder& recorder, audit::Event event) {
  auto closed = co_await audit::close(recorder.keys(), std::move(event));
  if (!closed) co_return std::unexpected(closed.error());
  std::vector<db::Query> queries{audit::append_if_changed(*closed)};
  co_return queries;
}

door::Scope Backend::scope(std::shared_ptr<const door::Pass> pass, audit::Event event) {
  return scope(std::move(pass), [event = std::move(event)] { return event; });
}

door::Scope Backend::scope(std::shared_ptr<const door::Pass> pass, std::function<audit::Event()> event) {
  door::Scope made(pass, pool_for(*pass));
  made.with_change = [pass = std::move(pass), event = std::move(event), &recorder = recorder](
                         std::vector<door::Ran> ran, std::string detail) {
    audit::Event mine = event();
    mine.id = EventId::fresh();
    mine.by(*pass);
    mine.queries = std::move(ran);
    if (!detail.empty()) mine.detail = std::move(detail);
    return with_event(recorder, std::move(mine));
  };
  return made;
}

}  // namespace cordon::identity
