#include "audit/sequencer.h"

#include <cstring>

#include "audit/retention.h"
#include "base/log.h"

namespace cordon::audit {

namespace {

/// Leaves from `size` on, divided into bundles.
std::vector<BundlePart> bundles_of(uint64_t size, const std::vector<Unsealed>& events) {
  std::vector<BundlePart> out;
  for (const Unsealed& event : events) {
    if (out.empty() || size % kTileWidth == 0) out.push_back({size / kTileWidth, event.place, {}, {}});
    out.back().events.append(reinterpret_cast<const char*>(event.place.event.bytes.data()), 16);
    out.back().commitments.append(reinterpret_cast<const char*>(event.commitment.data()), sizeof(Hash));
    ++size;
  }
  return out;
}

std::string_view view(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

/// The last checkpoint has to be signed by the log's key, and of the tree that stands there.
Result<Done> check(const Log& log, const Edge& edge) {
  if (log.size == 0) return Done{};
  auto note = Note::parse(log.checkpoint);
  if (!note) return std::unexpected(note.error());
  auto last = Checkpoint::parse(note->text);
  if (!last) return std::unexpected(last.error());
  if (!note->signed_by(log.key) || last->size != log.size || last->root != edge.root())
    return fail(Code::conflict, "The log's tiles are not what its last checkpoint says.");
  return Done{};
}

std::unexpected<Error> of_another_cluster() {
  return fail(Code::conflict,
              "The log's end is of another cluster. A database that was restored from a dump needs a new log (cordon "
              "audit new-log).");
}

/// Events that are being read.
struct Reading {
  Result<std::vector<Unsealed>> events = fail(Code::unavailable, "The connection that reads audit events was lost.");
  bool over = false;
  net::Signal ended;
};

/// Held by the coroutine that reads, however that ends.
struct Ending {
  std::shared_ptr<Reading> reading;
  ~Ending() {
    reading->over = true;
    reading->ended.notify();
  }
};

net::Task<void> read_ahead(std::shared_ptr<Reading> reading, std::shared_ptr<db::Connection> reader, LogPlace after,
                           int64_t most) {
  const Ending ending{reading};
  LogStore store(through(*reader));
  reading->events = co_await store.unsealed(after, most);
}

}  // namespace

net::Task<Result<Done>> continues(LogStore& store, const Log& log, const Checkpoint& before) {
  if (before.origin != log.key.name) co_return Done{};
  const std::string which = "the checkpoint of " + std::to_string(before.size) +
                            " events that was signed before. Restore its newest backup, or begin a new log (cordon "
                            "audit new-log).";
  if (log.size < before.size) co_return fail(Code::conflict, "The database has gone back behind " + which);
  auto root = co_await root_of(store, before.size);
  if (!root) co_return std::unexpected(root.error());
  if (*root != before.root) co_return fail(Code::conflict, "The database does not continue " + which);
  co_return Done{};
}

net::Task<Result<std::vector<db::Rows>>> Sequencer::ask(std::vector<db::Query> queries) {
  if (connection_ && !connection_->usable()) {
    connection_.reset();
    edge_.reset();
  }
  if (!connection_) {
    auto opened = co_await db::Connection::open(conninfo_);
    if (!opened) co_return std::unexpected(opened.error());
    connection_ = std::move(*opened);
  }
  auto rows = co_await connection_->transact(queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return std::move(*rows);
}

net::Task<Result<bool>> Sequencer::take_turn() {
  LogStore store([this](std::vector<db::Query> queries) { return ask(std::move(queries)); });
  if (!key_) {
    auto key = co_await signer_();
    if (!key) co_return std::unexpected(key.error());
    key_.emplace(std::move(*key));
  }
  auto mine = co_await store.take_turn(options_.silence);
  if (!mine || !*mine) co_return mine;
  auto log = co_await store.log();
  if (!log) co_return std::unexpected(log.error());
  if (key_->public_key() != log->key.key) {
    // Somebody has begun a new log: the next round asks for its key.
    key_.reset();
    co_return fail(Code::conflict, "The key that is there for the audit log is not the one that its row names.");
  }
  std::vector<std::string> tiles;
  if (log->size > 0) {
    auto read = co_await store.read(edge_of(log->size));
    if (!read) co_return std::unexpected(read.error());
    tiles = std::move(*read);
  }
  auto edge = Edge::at(log->size, tiles);
  if (!edge) co_return std::unexpected(edge.error());
  auto sound = check(*log, *edge);
  if (sound && signed_) sound = co_await continues(store, *log, *signed_);
  if (sound) sound = co_await memory_.check(store, *log);
  // What witnesses that are asked no more have cosigned would be served for good.
  if (sound && !on_checkpoint && !log->cosigned.empty()) sound = co_await store.forget_cosigned();
  if (!sound) co_return std::unexpected(sound.error());
  auto counts_on = co_await store.counts_on();
  if (!counts_on) co_return counts_on;
  if (!*counts_on) co_return of_another_cluster();
  log_ = std::move(*log);
  edge_ = std::move(*edge);
  log::info("growing the audit log", {{"origin", log_.key.name}, {"size", std::to_string(log_.size)}});
  co_return true;
}

/// Gives the turn back, so that it is somebody's who can grow the log, and leaves it for a while.
Error Sequencer::leave(Error why) {
  connection_.reset();
  edge_.reset();
  if (why.code == Code::conflict) {
    unfit_ = why;
    again_ = std::chrono::steady_clock::now() + options_.rest;
  }
  return why;
}

net::Task<Result<int64_t>> Sequencer::seal(std::vector<Unsealed> events) {
  LogStore store([this](std::vector<db::Query> queries) { return ask(std::move(queries)); });
  Growth growth;
  growth.from_size = edge_->size();
  growth.bundles = bundles_of(growth.from_size, events);
  for (const Unsealed& event : events) edge_->append(leaf_hash(view(event.commitment)));
  growth.to_size = edge_->size();
  growth.last = events.back().place;
  growth.tiles = edge_->take_changes();
  const Checkpoint next{log_.key.name, edge_->size(), edge_->root()};
  const std::string text = next.to_text();
  growth.checkpoint = text + "\n" + signature_line(next.origin, *key_, text);
  auto grown = co_await store.grow(growth);
  if (!grown || !*grown) {
    // Whatever became of it: the next round reads where the log ends.
    edge_.reset();
    if (!grown) co_return std::unexpected(grown.error());
    co_return fail(Code::conflict, "Another process has grown the audit log.");
  }
  log_.size = growth.to_size;
  log_.last = growth.last;
  signed_ = next;
  memory_.hold(growth.checkpoint);
  if (on_checkpoint) on_checkpoint(growth.checkpoint);
  co_return static_cast<int64_t>(events.size());
}

net::Task<Result<int64_t>> Sequencer::round() {
  auto sealed = co_await grow();
  co_await look();
  co_return sealed;
}

/// Says that the log stands still, if it does. Until it goes on a superuser can change what waits, and nobody sees it.
net::Task<void> Sequencer::look() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) co_return;
  next_look_ = now + options_.patience;
  LogStore store([this](std::vector<db::Query> queries) { return ask(std::move(queries)); });
  const auto held = co_await store.held_up(options_.patience);
  if (!held || !*held) co_return;
  next_look_ = now + std::chrono::minutes(1);
  log::error("the audit log stands still", {{"since", to_string((*held)->since)},
                                            {"transaction_pid", static_cast<long long>((*held)->transaction_pid)},
                                            {"turn_pid", static_cast<long long>((*held)->turn_pid)}});
}

net::Task<Result<int64_t>> Sequencer::grow() {
  LogStore store([this](std::vector<db::Query> queries) { return ask(std::move(queries)); });
  if (connection_ && !connection_->alive()) {
    connection_.reset();
    edge_.reset();
  }
  if (!edge_) {
    if (std::chrono::steady_clock::now() < again_) co_return std::unexpected(*unfit_);
    auto mine = co_await take_turn();
    if (!mine) co_return std::unexpected(leave(mine.error()));
    if (!*mine) co_return 0;
  }
  // Of a backlog the next events are read over a connection of their own while the last ones are written: PostgreSQL
  // hashes on one core, and writes on another.
  std::shared_ptr<db::Connection> reader;
  int64_t sealed = 0;
  auto events = co_await store.unsealed(log_.last, options_.batch);
  for (;;) {
    if (!events && events.error().code == Code::conflict) {
      // From now on each round takes the turn anew: it sees whether that holds still, and whether a new log was begun.
      edge_.reset();
      co_return of_another_cluster();
    }
    if (!events) co_return std::unexpected(events.error());
    if (!edge_) co_return fail(Code::unavailable, "The connection that grows the audit log was lost.");
    if (events->empty()) co_return sealed;
    std::shared_ptr<Reading> next;
    if (static_cast<int64_t>(events->size()) == options_.batch) {
      if (!reader) {
        auto opened = co_await db::Connection::open(conninfo_);
        if (!opened) co_return std::unexpected(opened.error());
        reader = std::move(*opened);
      }
      next = std::make_shared<Reading>();
      net::Reactor::current().spawn(read_ahead(next, reader, events->back().place, options_.batch));
    }
    auto done = co_await seal(std::move(*events));
    // However that ended: nothing reads on when the round is over. Whoever is not heard of meanwhile loses the turn.
    while (next && !next->over) {
      const bool ended = co_await next->ended.wait(options_.pause);
      if (!ended) static_cast<void>(co_await store.frontier());
    }
    if (!done) co_return done;
    sealed += *done;
    if (!next) co_return sealed;
    events = std::move(next->events);
  }
}

net::Task<Result<Done>> Sequencer::let_go() {
  if (!edge_) co_return Done{};
  LetGoStore store([this](std::vector<db::Query> queries) { return ask(std::move(queries)); });
  auto due = co_await store.is_due();
  if (!due) co_return std::unexpected(due.error());
  // A connection that was lost meanwhile has taken the turn with it.
  if (!*due || !edge_) co_return Done{};
  auto more = co_await audit::let_go(store, log_.key.name, *key_);
  if (!more) co_return std::unexpected(more.error());
  if (*more) co_return Done{};
  auto dropped = co_await store.drop_empty_partition();
  if (!dropped) co_return std::unexpected(dropped.error());
  if (!dropped->empty()) log::info("a day without audit events was dropped", {{"partition", *dropped}});
  co_return Done{};
}

}  // namespace cordon::audit
