#include "app/let_go_commands.h"

#include <cstdio>

#include "audit/retention.h"
#include "identity/transactions.h"

namespace cordon::app {

using namespace std::chrono_literals;

static audit::LetGoStore store_of(identity::Backend& backend) {
  return audit::LetGoStore(backend.recorder.log().ask());
}

net::Task<Result<Done>> print_due(identity::Backend& backend) {
  auto store = store_of(backend);
  auto due = co_await audit::look_for_due(store);
  if (!due) co_return std::unexpected(due.error());
  for (const audit::LetGo::Kind& kind : *due)
    std::printf("%-8s  %10llu  older than %s\n", kind.name.c_str(), static_cast<unsigned long long>(kind.events),
                to_string(kind.before).c_str());
  auto holds = co_await audit::holds(backend.identities);
  if (!holds) co_return std::unexpected(holds.error());
  for (const audit::Hold& hold : *holds)
    std::printf("held: %s since %s: %s\n", hold.tenant ? to_string(*hold.tenant).c_str() : "everything",
                to_string(hold.since).c_str(), hold.why.c_str());
  co_return Done{};
}

net::Task<Result<Done>> have_let_go(identity::Backend& backend, std::chrono::seconds patience) {
  auto store = store_of(backend);
  auto before = co_await store.state();
  if (!before) co_return std::unexpected(before.error());
  std::vector<db::Query> asked;
  asked.push_back(audit::ask_to_let_go());
  auto done = co_await identity::run(backend.identities, std::move(asked));
  if (!done) co_return std::unexpected(done.error());
  for (const auto until = std::chrono::steady_clock::now() + patience;;) {
    auto due = co_await store.is_due();
    if (!due) co_return std::unexpected(due.error());
    if (!*due) break;
    if (std::chrono::steady_clock::now() > until)
      co_return fail(Code::unavailable, "no server has let everything go by now: the one that grows the log goes on");
    co_await net::sleep(200ms);
  }
  co_return co_await print_statements(backend, before->number + 1);
}

net::Task<Result<Done>> print_statements(identity::Backend& backend, uint64_t first) {
  auto store = store_of(backend);
  for (;;) {
    auto statements = co_await store.statements(first, 100);
    if (!statements) co_return std::unexpected(statements.error());
    if (statements->empty()) co_return Done{};
    for (const audit::SignedLetGo& statement : *statements) std::printf("%s\n", statement.note.c_str());
    first = statements->back().number + 1;
  }
}

}  // namespace cordon::app
