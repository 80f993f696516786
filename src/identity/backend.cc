#include "identity/backend.h"

namespace cordon::identity {

/// Not in the lambda: a coroutine does not own what the lambda that it was captured.
static net::Task<Result<std::vector<db::Query>>> with_event(audit::Recorder& recorder, audit::Event event) {
  auto closed = co_await audit::close(recorder.keys(), std::move(event));
  std::vector<db::Query> queries{audit::append(closed)};
  co_return queries;
}

door::Scope Backend::scope(std::shared_ptr<const door::Pass> pass, const audit::Event& event) {
  audit::Event mine = event;
  mine.by(*pass);
  door::Scope made(pass, pool_for(*pass));
  made.with_change = [mine, &recorder = recorder](std::vector<door::Ran> ran, std::string detail) mutable {
    mine.id = EventId::fresh();
    mine.queries = std::move(ran);
    if (!detail.empty()) mine.detail = std::move(detail);
    return with_event(recorder, mine);
  };
  return made;
}

}  // namespace cordon::identity
