#include "audit/log_store.h"

#include <cstring>

namespace cordon::audit {

namespace {

constexpr db::Statement kLog{"log.log", R"(
  SELECT log_id, origin, public_key, size, last_xid::text::bigint, last_event, checkpoint, cosigned, sealed_at
    FROM audit.log)"};
constexpr db::Statement kTile{"log.tile",
                              "SELECT hashes FROM audit.tile WHERE level = $1::smallint AND number = $2::bigint"};
constexpr db::Statement kBundle{"log.bundle", "SELECT commitments FROM audit.bundle WHERE number = $1::bigint"};
// The last three are for what a connection over a network has under way when that is cut.
constexpr db::Statement kSilence{"log.silence", R"(
  SELECT set_config('idle_session_timeout', $1, false), set_config('tcp_user_timeout', $1, false),
         set_config('tcp_keepalives_idle', '1', false), set_config('tcp_keepalives_interval', '1', false))"};
constexpr db::Statement kTakeTurn{"log.take_turn", "SELECT audit.take_turn()"};
constexpr db::Statement kUnsealed{
    "log.unsealed", "SELECT xid::bigint, event_id, commitment FROM audit.unsealed($1::xid8, $2::uuid, $3::integer)"};
constexpr db::Statement kHeldUp{"log.held_up",
                                "SELECT since, transaction_pid, turn_pid FROM audit.held_up($1::interval)"};
constexpr db::Statement kSeal{"log.seal", R"(
  SELECT audit.seal($1::bigint, $2::bigint, $3::xid8, $4::uuid, $5, $6::smallint[], $7::bigint[], $8::bytea[],
                    $9::bigint[], $10::text[], $11::uuid[], $12::bytea[], $13::bytea[]))"};
constexpr db::Statement kCosign{"log.cosign", "SELECT audit.cosign($1::bigint, $2)"};
constexpr db::Statement kForgetCosigned{"log.forget_cosigned", "SELECT audit.forget_cosigned()"};
constexpr db::Statement kBundles{"log.bundles", R"(
  SELECT number, first_xid::text::bigint, first_event, events, commitments FROM audit.bundle
   WHERE number >= $1::bigint ORDER BY number LIMIT $2::integer)"};
constexpr db::Statement kIndexOf{"log.index_of", "SELECT audit.index_of($1::uuid, $2::uuid)"};
// An id is found at a multiple of 16 bytes: it is not made up of the ends of two others.
constexpr db::Statement kIndexesOf{"log.indexes_of", R"(
  SELECT (SELECT b.number * 256 + nullif(position(uuid_send(p.event) IN b.events), 0) / 16
            FROM audit.bundle b WHERE (b.first_xid, b.first_event) <= (p.xid::xid8, p.event)
           ORDER BY b.first_xid DESC, b.first_event DESC LIMIT 1)
    FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS p (xid, event, place) ORDER BY p.place)"};
constexpr db::Statement kFrontier{"log.frontier", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"};
constexpr db::Statement kNoHurry{"log.no_hurry", "SELECT set_config('statement_timeout', '30min', true)"};
constexpr db::Statement kCountsOn{"log.counts_on", "SELECT audit.counts_on()"};
constexpr db::Statement kIndexPastDay{"log.index_past_day", "SELECT audit.index_past_day()"};
constexpr db::Statement kPrepare{"log.prepare", "SELECT audit.prepare_partitions()"};
constexpr db::Statement kMake{"log.make", R"(
  INSERT INTO audit.log (log_id, origin, public_key, private_key) VALUES ($1::uuid, $2, $3::bytea, $4::bytea)
      ON CONFLICT (one) DO NOTHING)"};
constexpr db::Statement kBegin{"log.begin", "SELECT audit.begin_log($1::uuid, $2, $3::bytea, $4::bytea, $5)"};
constexpr db::Statement kRenumber{"log.renumber", "SELECT audit.renumber($1::integer)"};
constexpr db::Statement kClosedKey{"log.closed_key", "SELECT log_id, private_key FROM audit.log"};

/// The first `width` entries of a bundle, as it is served.
std::string served(std::string_view commitments, uint64_t width) {
  std::string out;
  for (uint64_t i = 0; i < width && (i + 1) * sizeof(Hash) <= commitments.size(); ++i)
    append_entry(out, commitments.substr(i * sizeof(Hash), sizeof(Hash)));
  return out;
}

}  // namespace

Ask through(db::Pool& pool) {
  return [&pool](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
    auto rows = co_await pool.transact(TenantId{}, queries);
    if (!rows) co_return std::unexpected(rows.error().error);
    co_return std::move(*rows);
  };
}

Ask through(db::Connection& connection) {
  return [&connection](std::vector<db::Query> queries) -> net::Task<Result<std::vector<db::Rows>>> {
    auto rows = co_await connection.transact(queries);
    if (!rows) co_return std::unexpected(rows.error().error);
    co_return std::move(*rows);
  };
}

net::Task<Result<db::Rows>> LogStore::one(db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return std::move(rows->front());
}

net::Task<Result<Log>> LogStore::log() {
  auto rows = co_await one(db::query(kLog));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->empty()) co_return fail(Code::not_found, "There is no audit log yet; it begins when a server starts.");
  Log out;
  out.id = rows->uuid(0, 0);
  out.key = {std::string(rows->text(0, 1)), SignatureType::ed25519, std::string(rows->text(0, 2))};
  out.size = static_cast<uint64_t>(rows->integer(0, 3));
  out.last = {static_cast<uint64_t>(rows->integer(0, 4)), rows->uuid(0, 5)};
  out.checkpoint = rows->text(0, 6);
  out.cosigned = rows->text(0, 7);
  out.sealed_at = rows->time(0, 8);
  co_return out;
}

net::Task<Result<std::vector<std::string>>> LogStore::read(std::vector<TilePath> paths) {
  std::vector<db::Query> queries;
  for (const TilePath& path : paths) {
    const auto number = static_cast<int64_t>(path.id.number);
    queries.push_back(path.id.level == TileId::kEntries ? db::query(kBundle, number)
                                                        : db::query(kTile, path.id.level, number));
  }
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<std::string> out;
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string_view bytes = rows->at(i).empty() ? std::string_view() : rows->at(i).text(0, 0);
    if (bytes.size() < paths[i].width * sizeof(Hash))
      co_return fail(Code::not_found, "There is no tile " + paths[i].text() + ".");
    out.push_back(paths[i].id.level == TileId::kEntries ? served(bytes, paths[i].width)
                                                        : std::string(bytes.substr(0, paths[i].width * sizeof(Hash))));
  }
  co_return out;
}

net::Task<Result<bool>> LogStore::take_turn(std::chrono::milliseconds silence) {
  std::vector<db::Query> queries{db::query(kSilence, std::to_string(silence.count())), db::query(kTakeTurn)};
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->at(1).boolean(0, 0);
}

net::Task<Result<bool>> LogStore::counts_on() {
  std::vector<db::Query> queries{db::query(kNoHurry), db::query(kCountsOn)};
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->at(1).boolean(0, 0);
}

net::Task<Result<std::vector<Unsealed>>> LogStore::unsealed(LogPlace after, int64_t most) {
  auto rows = co_await one(db::query(kUnsealed, std::to_string(after.xid), after.event, most));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<Unsealed> out(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) {
    Unsealed& event = out[static_cast<size_t>(i)];
    event.place = {static_cast<uint64_t>(rows->integer(i, 0)), rows->uuid(i, 1)};
    const auto commitment = rows->text(i, 2);
    if (commitment.size() != event.commitment.size()) co_return fail(Code::internal, "A commitment has 32 bytes.");
    std::memcpy(event.commitment.data(), commitment.data(), commitment.size());
  }
  co_return out;
}

net::Task<Result<std::optional<HeldUp>>> LogStore::held_up(std::chrono::milliseconds patience) {
  auto rows = co_await one(db::query(kHeldUp, std::to_string(patience.count()) + " milliseconds"));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->null(0, 0)) co_return std::nullopt;
  co_return HeldUp{rows->time(0, 0), rows->integer(0, 1), rows->integer(0, 2)};
}

net::Task<Result<bool>> LogStore::grow(const Growth& growth) {
  std::vector<std::string> levels, numbers, bundles, first_xids;
  std::vector<db::Bytes> tiles, ids, commitments;
  std::vector<Uuid> first_events;
  for (const Edge::Tile& tile : growth.tiles) {
    levels.push_back(std::to_string(tile.id.level));
    numbers.push_back(std::to_string(tile.id.number));
    tiles.push_back({tile.hashes});
  }
  for (const BundlePart& part : growth.bundles) {
    bundles.push_back(std::to_string(part.number));
    first_xids.push_back(std::to_string(part.first.xid));
    first_events.push_back(part.first.event);
    ids.push_back({part.events});
    commitments.push_back({part.commitments});
  }
  auto rows =
      co_await one(db::query(kSeal, static_cast<int64_t>(growth.from_size), static_cast<int64_t>(growth.to_size),
                             std::to_string(growth.last.xid), growth.last.event, growth.checkpoint, levels, numbers,
                             tiles, bundles, first_xids, first_events, ids, commitments));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->boolean(0, 0);
}

net::Task<Result<Done>> LogStore::cosign(uint64_t size, std::string note) {
  auto rows = co_await one(db::query(kCosign, static_cast<int64_t>(size), note));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<Done>> LogStore::forget_cosigned() {
  auto rows = co_await one(db::query(kForgetCosigned));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<BundlePart>>> LogStore::bundles(uint64_t first, int64_t most) {
  auto rows = co_await one(db::query(kBundles, static_cast<int64_t>(first), most));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<BundlePart> out;
  for (int i = 0; i < rows->size(); ++i)
    out.push_back({static_cast<uint64_t>(rows->integer(i, 0)),
                   {static_cast<uint64_t>(rows->integer(i, 1)), rows->uuid(i, 2)},
                   std::string(rows->text(i, 3)),
                   std::string(rows->text(i, 4))});
  co_return out;
}

net::Task<Result<std::optional<uint64_t>>> LogStore::index_of(TenantId tenant, EventId event) {
  auto rows = co_await one(db::query(kIndexOf, tenant, event));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->null(0, 0)) co_return std::nullopt;
  co_return static_cast<uint64_t>(rows->integer(0, 0));
}

net::Task<Result<std::vector<std::optional<uint64_t>>>> LogStore::indexes_of(const std::vector<LogPlace>& places) {
  std::vector<std::string> xids;
  std::vector<Uuid> ids;
  for (const LogPlace& place : places) {
    xids.push_back(std::to_string(place.xid));
    ids.push_back(place.event);
  }
  auto rows = co_await one(db::query(kIndexesOf, xids, ids));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<std::optional<uint64_t>> out(places.size());
  for (int i = 0; i < rows->size(); ++i)
    if (!rows->null(i, 0)) out[static_cast<size_t>(i)] = static_cast<uint64_t>(rows->integer(i, 0));
  co_return out;
}

net::Task<Result<LogPlace>> LogStore::frontier() {
  auto rows = co_await one(db::query(kFrontier));
  if (!rows) co_return std::unexpected(rows.error());
  co_return LogPlace{static_cast<uint64_t>(rows->integer(0, 0)), Uuid{}};
}

net::Task<Result<bool>> LogStore::index_past_day() {
  std::vector<db::Query> queries{db::query(kNoHurry), db::query(kIndexPastDay)};
  auto rows = co_await ask_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->at(1).boolean(0, 0);
}

net::Task<Result<Done>> LogStore::prepare_partitions() {
  auto rows = co_await one(db::query(kPrepare));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->null(0, 0)) co_return Done{};
  co_return fail(Code::unavailable, "These days have no partition yet: " + std::string(rows->text(0, 0)) + ".");
}

net::Task<Result<Done>> make_log(db::Pool& identities, const Uuid& id, const VerifierKey& key, db::Bytes seed) {
  std::vector<db::Query> queries;
  queries.push_back(db::query(kMake, id, key.name, db::Bytes{key.key}, seed));
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

net::Task<Result<Done>> replace_log(db::Pool& identities, const Uuid& id, const VerifierKey& key, db::Bytes seed,
                                    std::string why, db::Query event) {
  std::vector<db::Query> queries;
  queries.push_back(db::query(kBegin, id, key.name, db::Bytes{key.key}, seed, why));
  queries.push_back(std::move(event));
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

net::Task<Result<int64_t>> renumber_events(db::Pool& identities) {
  constexpr int64_t kAtOnce = 20'000;  // a statement has ten seconds
  int64_t done = 0;
  for (;;) {
    std::vector<db::Query> queries;
    queries.push_back(db::query(kRenumber, kAtOnce));
    auto rows = co_await identities.transact(TenantId{}, queries);
    if (!rows) co_return std::unexpected(rows.error().error);
    if (rows->front().integer(0, 0) == 0) co_return done;
    done += rows->front().integer(0, 0);
  }
}

net::Task<Result<std::pair<Uuid, std::string>>> closed_key(db::Pool& identities) {
  std::vector<db::Query> queries;
  queries.push_back(db::query(kClosedKey));
  auto rows = co_await identities.transact(TenantId{}, queries);
  if (!rows) co_return std::unexpected(rows.error().error);
  if (rows->front().empty()) co_return std::pair<Uuid, std::string>{};
  co_return std::pair{rows->front().uuid(0, 0), std::string(rows->front().text(0, 1))};
}

}  // namespace cordon::audit
