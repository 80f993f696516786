#include "db/connection.h"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "db/reset.h"
#include "net/lookup.h"

namespace cordon::db {

using namespace std::chrono_literals;

Error error_of(std::string_view state) {
  if (state == "CD401")
    return {Code::unauthenticated, "The access token has expired or is unknown; get a new one.", {}};
  if (state == "CD419") return {Code::revoked, "This session was ended; sign in again.", {}};
  if (state == "CD403") return {Code::forbidden, "Your role does not include this.", {}};
  if (state == "CD404") return {Code::not_found, "There is nothing at this address.", {}};
  if (state == "CD409") return {Code::conflict, "The current state does not allow that; read it again.", {}};
  if (state == "CD423") return {Code::suspended, "This shop is suspended; ask the operator.", {}};
  if (state == "CD503") return {Code::stopped, "Everything is stopped for now; try again later.", {}};
  if (state == "23505") return {Code::conflict, "This already exists.", {}};
  if (state == "23503") return {Code::not_found, "What this refers to does not exist.", {}};
  if (state == "22021" || state == "22P05")
    return {Code::invalid, "The text has a character that cannot be stored.", {}};
  if (state.starts_with("22") || state == "23514")
    return {Code::invalid, "A value is outside of what can be stored.", {}};
  if (state.starts_with("40") || state.starts_with("53") || state.starts_with("57") || state.starts_with("08") ||
      state == "55P03" || state == "26000")
    return {Code::unavailable, "The database cannot answer right now; try again.", {}};
  return {Code::internal, "This is a fault of ours; it has been logged.", {}};
}

Connection::Connection(pg_conn* raw) : raw_(raw) {
  std::array<uint8_t, 12> bytes;
  fill_random(bytes);
  prefix_ = "s" + to_hex(bytes) + "_";
}

Connection::~Connection() {
  descriptor_.reset();
  PQfinish(raw_);
}

namespace {

constexpr auto kOpening = 5s;

/// An attempt to connect. libpq keeps to connect_timeout only where it blocks, so the limit is kept here.
struct Attempt {
  net::Signal over;
  bool late = false;
};

net::Task<void> limit(std::shared_ptr<Attempt> attempt, pg_conn* raw) {
  const bool over = co_await attempt->over.wait(kOpening);
  if (over) co_return;
  attempt->late = true;
  ::shutdown(PQsocket(raw), SHUT_RDWR);  // wakes up whoever waits on it
}

struct Ending {
  std::shared_ptr<Attempt> attempt;
  ~Ending() { attempt->over.notify(); }
};

/// The one name that libpq would look up, and hold the reactor up meanwhile; empty if there is none.
std::string name_in(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  std::string host;
  for (const auto* o = options.get(); o && o->keyword; ++o) {
    if (!o->val) continue;
    if (std::string_view(o->keyword) == "host") host = o->val;
    if (std::string_view(o->keyword) == "hostaddr") return {};
  }
  const bool folder = host.starts_with('/') || host.starts_with('@');
  return folder || host.find(',') != std::string::npos ? std::string() : host;
}

/// Puts the addresses of the host beside its name, once for each of them, as libpq wants it. The name stays: the
/// server's certificate is its.
net::Task<Result<std::string>> with_addresses(std::string conninfo) {
  const std::string name = name_in(conninfo);
  if (name.empty()) co_return conninfo;
  const auto found = co_await net::addresses_of(name);
  if (found.empty()) {
    log::warn("cannot connect to the database", {{"error", "there is no host " + name}});
    co_return fail(Code::unavailable, "The database cannot be reached; try again.");
  }
  std::string names, addresses;
  for (const std::string& address : found) {
    names += (names.empty() ? "" : ",") + name;
    addresses += (addresses.empty() ? "" : ",") + address;
  }
  co_return conninfo + " host='" + names + "' hostaddr='" + addresses + "'";
}

}  // namespace

net::Task<Result<std::unique_ptr<Connection>>> Connection::open(std::string conninfo) {
  auto found = co_await with_addresses(std::move(conninfo));
  if (!found) co_return std::unexpected(found.error());
  pg_conn* raw = PQconnectStart(found->c_str());
  if (!raw) co_return fail(Code::unavailable, "out of memory");
  std::unique_ptr<Connection> made(new Connection(raw));
  auto attempt = std::make_shared<Attempt>();
  net::Reactor::current().spawn(limit(attempt, raw));
  const Ending ending{attempt};
  for (auto status = PGRES_POLLING_WRITING;;) {
    if (PQsocket(raw) < 0 || status == PGRES_POLLING_FAILED || attempt->late) {
      log::warn("cannot connect to the database", {{"error", PQerrorMessage(raw)}});
      co_return fail(Code::unavailable, "The database cannot be reached; try again.");
    }
    // libpq may take another socket while it tries addresses, so the descriptor is made anew for each wait.
    made->descriptor_ = std::make_unique<net::Descriptor>(PQsocket(raw));
    if (status == PGRES_POLLING_WRITING) co_await made->descriptor_->writable();
    else co_await made->descriptor_->readable();
    made->descriptor_.reset();
    status = PQconnectPoll(raw);
    if (status == PGRES_POLLING_OK) break;
  }
  PQsetNoticeReceiver(raw, [](void*, const PGresult*) {}, nullptr);
  if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1)
    co_return fail(Code::unavailable, "The database cannot be reached; try again.");
  made->descriptor_ = std::make_unique<net::Descriptor>(PQsocket(raw));
  co_return made;
}

bool Connection::send(const Query& query, std::vector<const Statement*>& preparing) {
  std::string& name = prepared_[query.statement];
  if (name.empty()) {
    name = prefix_ + std::to_string(++names_);
    const std::string sql = "/* " + std::string(query.statement->name) + " */ " + std::string(query.statement->sql);
    if (!PQsendPrepare(raw_, name.c_str(), sql.c_str(), 0, nullptr)) return false;
    preparing.push_back(query.statement);
  } else {
    preparing.push_back(nullptr);
  }
  values_.clear();
  lengths_.clear();
  for (const Param& param : query.params) {
    values_.push_back(param ? param->c_str() : nullptr);
    lengths_.push_back(param ? static_cast<int>(param->size()) : 0);
  }
  formats_.assign(values_.size(), 1);
  return PQsendQueryPrepared(raw_, name.c_str(), static_cast<int>(values_.size()), values_.data(), lengths_.data(),
                             query.binary ? formats_.data() : nullptr, 1);
}

net::Task<bool> Connection::flush() {
  for (;;) {
    const int left = PQflush(raw_);
    if (left < 0) co_return false;
    if (left == 0) co_return true;
    co_await descriptor_->writable();
    // Whoever reads answers now takes the input in; taken in here, it would wait for what has arrived already.
    if (under_way() == 1 && !PQconsumeInput(raw_)) co_return false;
  }
}

Refusal Connection::lost() {
  usable_ = false;
  log::warn("lost a database connection", {{"error", PQerrorMessage(raw_)}});
  return {{Code::unavailable, "The database cannot answer right now; try again.", {}}, "08006"};
}

bool Connection::alive() const {
  // Between transactions a server has nothing to say but good-bye.
  char byte;
  return ::recv(PQsocket(raw_), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

net::Task<std::expected<std::vector<Rows>, Refusal>> Connection::transact(std::span<const Query> queries) {
  // Parameters travel as C strings: one with a NUL would be stored cut short, and PostgreSQL has no such text anyway.
  // Binary ones do not, and PostgreSQL itself refuses a NUL in a text of theirs.
  for (const Query& query : queries)
    for (const Param& p : query.params)
      if (!query.binary && p && p->find('\0') != std::string::npos)
        co_return std::unexpected(Refusal{error_of("22021"), "22021"});
  const uint64_t place = sent_++;
  if (under_way() == 1) busy_since_ = std::chrono::steady_clock::now();
  std::vector<const Statement*> preparing;
  size_t resets = 0;
  bool sent = true;
  if (std::exchange(reset_, false)) {
    static const auto kReset = [] {
      std::vector<Statement> made;
      for (const char* sql : reset_statements()) made.push_back({"connection.reset", sql});
      return made;
    }();
    for (const Statement& statement : kReset) sent = sent && send({&statement, {}}, preparing);
    resets = kReset.size();
    // The reset is a transaction of its own: a setting it changes is not undone if the next one fails.
    sent = sent && PQpipelineSync(raw_);
  }
  for (const Query& query : queries) sent = sent && send(query, preparing);
  const bool prepares =
      std::any_of(preparing.begin(), preparing.end(), [](const Statement* s) { return s != nullptr; });
  if (prepares) ++preparing_;
  sent = sent && PQpipelineSync(raw_) && co_await flush();
  co_await Turn{*this, place};
  auto result = co_await answer(sent, queries, std::move(preparing), resets);
  if (prepares) --preparing_;
  next_turn();
  co_return result;
}

net::Task<std::expected<std::vector<Rows>, Refusal>> Connection::answer(bool sent, std::span<const Query> queries,
                                                                        std::vector<const Statement*> preparing,
                                                                        size_t resets) {
  if (!sent || PQstatus(raw_) != CONNECTION_OK) co_return std::unexpected(lost());
  co_return co_await collect(queries, std::move(preparing), resets);
}

void Connection::next_turn() {
  ++answered_;
  busy_since_ = under_way() ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point{};
  const auto next = line_.extract(answered_);
  if (next) net::Reactor::current().post([handle = next.mapped()] { handle.resume(); });
}

/// What PostgreSQL says against a statement; null: against none that was asked for.
static Refusal refusal_of(const PGresult* result, const Statement* statement) {
  const char* given = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string state = given ? given : "08006";
  Refusal refusal{error_of(state), state};
  const bool of_record = statement && statement->is_record && !state.starts_with("CD");
  if (refusal.error.code == Code::unavailable || (refusal.error.code != Code::internal && !of_record)) return refusal;
  log::error("a statement failed", {{"statement", std::string(statement ? statement->name : "none")},
                                    {"sqlstate", state},
                                    {"error", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)}});
  if (of_record) refusal = {{Code::unavailable, "The audit log cannot be written right now; try again.", {}}, {}};
  return refusal;
}

net::Task<std::expected<std::vector<Rows>, Refusal>> Connection::collect(std::span<const Query> queries,
                                                                         std::vector<const Statement*> preparing,
                                                                         size_t resets) {
  std::vector<Rows> rows;
  rows.reserve(queries.size());
  std::optional<Refusal> refusal;
  size_t at = 0;        // the statement whose results come now
  bool parsed = false;  // its PREPARE has answered
  int syncs = resets ? 2 : 1;
  while (syncs > 0) {
    while (PQisBusy(raw_)) {
      co_await descriptor_->readable();
      if (!PQconsumeInput(raw_)) co_return std::unexpected(lost());
    }
    PGresult* result = PQgetResult(raw_);
    if (!result) {
      if (PQstatus(raw_) != CONNECTION_OK) co_return std::unexpected(lost());
      continue;  // the end of one statement's results
    }
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      PQclear(result);
      --syncs;
      continue;
    }
    const bool prepare = at < preparing.size() && preparing[at] && !parsed;
    if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED || status == PGRES_BAD_RESPONSE) {
      // Only what has answered counts as prepared.
      if (prepare) prepared_.erase(preparing[at]);
      if (status != PGRES_PIPELINE_ABORTED && !refusal) {
        const bool asked = at >= resets && at - resets < queries.size();
        refusal = refusal_of(result, asked ? queries[at - resets].statement : nullptr);
        // A vanished prepared statement or a failed reset: somebody meddled with the session.
        if (refusal->sqlstate == "26000" || at < resets) usable_ = false;
      }
    } else if (!prepare && at >= resets) {
      rows.emplace_back(std::exchange(result, nullptr));
    }
    if (prepare) parsed = true;
    else ++at, parsed = false;
    if (result) PQclear(result);
  }
  // With others under way libpq cannot tell; the last of them asks.
  if (under_way() == 1 && PQtransactionStatus(raw_) != PQTRANS_IDLE) usable_ = false;
  if (refusal) co_return std::unexpected(std::move(*refusal));
  co_return rows;
}

void Connection::abandon_if_older(std::chrono::steady_clock::time_point limit) {
  if (busy_since_ == std::chrono::steady_clock::time_point{} || busy_since_ > limit) return;
  abandon();
}

void Connection::abandon() {
  usable_ = false;
  ::shutdown(PQsocket(raw_), SHUT_RDWR);
}

net::Task<Result<Done>> Connection::listen(std::string_view channel) {
  PQexitPipelineMode(raw_);
  const std::string sql = "LISTEN " + std::string(channel);
  if (!PQsendQueryParams(raw_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) || !co_await flush())
    co_return std::unexpected(lost().error);
  for (;;) {
    while (PQisBusy(raw_)) {
      co_await descriptor_->readable();
      if (!PQconsumeInput(raw_)) co_return std::unexpected(lost().error);
    }
    PGresult* result = PQgetResult(raw_);
    if (!result) co_return Done{};
    const bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!ok) co_return std::unexpected(lost().error);
  }
}

net::Task<std::vector<std::string>> Connection::notifications() {
  std::vector<std::string> out;
  while (out.empty() && usable_) {
    co_await descriptor_->readable();
    if (!PQconsumeInput(raw_)) {
      lost();
      break;
    }
    while (PGnotify* note = PQnotifies(raw_)) {
      out.emplace_back(note->extra);
      PQfreemem(note);
    }
  }
  co_return out;
}

}  // namespace cordon::db
