#include "keys/custodian_store.h"

#include "base/json.h"

namespace cordon::keys {

namespace {

// $1 seconds, $2 whether it is the caller's already
constexpr db::Statement kTurn{"custodian.turn", R"(
  UPDATE keys.turn SET until = now() + make_interval(secs => $1::integer) WHERE $2::boolean OR until < now() RETURNING true)"};
// $1 a version of the KMS's key
constexpr db::Statement kSeen{"custodian.seen", R"(
  INSERT INTO keys.kms_version AS k (version) VALUES ($1) ON CONFLICT (version) DO UPDATE SET version = excluded.version
  RETURNING k.seen_at, k.wraps)"};
constexpr db::Statement kEndVersion{"custodian.end_version", "SELECT keys.end_kms_version($1)"};
// $1 the KMS's primary version
constexpr db::Statement kCounts{"custodian.counts", R"(
  SELECT (SELECT count(*) FROM keys.tenant_key WHERE state = 'active'),
         (SELECT count(*) FROM keys.tenant_key WHERE state = 'decrypt-only'),
         (SELECT count(*) FROM keys.data_key WHERE wrapped IS NOT NULL),
         (SELECT count(*) FROM keys.data_key d JOIN keys.tenant_key t ON t.tenant_id = d.tenant_id AND t.version = d.tenant_version
           WHERE d.wrapped IS NOT NULL AND t.state = 'decrypt-only'),
         (SELECT count(*) FROM keys.tenant_key WHERE kms_version <> $1),
         (SELECT count(*) FROM keys.data_key WHERE wrapped IS NULL),
         (SELECT count(*) FROM keys.destruction WHERE done_at IS NULL AND withdrawn_at IS NULL),
         (SELECT min(made_at) FROM keys.tenant_key WHERE state = 'active'))"};
// $1 the KMS's primary version, $2, $3 the tenant and version to go on after, $4 limit
constexpr db::Statement kUnderOthers{"custodian.under_others", R"(
  SELECT version, state = 'active', kms_version, wrapped, tenant_id FROM keys.tenant_key
   WHERE kms_version <> $1 AND (tenant_id, version) > ($2::uuid, $3::integer) ORDER BY tenant_id, version LIMIT $4::bigint)"};
// $1 tenant, $2 version, $3 the KMS's version, $4 wrapped, $5 what it was
constexpr db::Statement kReplaceTenantKey{"custodian.replace_tenant_key", R"(
  UPDATE keys.tenant_key SET kms_version = $3, wrapped = $4::bytea
   WHERE tenant_id = $1::uuid AND version = $2::integer AND wrapped = $5::bytea)"};
// $1 seconds, $2 how many data keys
constexpr db::Statement kDue{"custodian.due", R"(
  SELECT t.tenant_id FROM keys.tenant_key t WHERE t.state = 'active'
     AND (t.made_at < now() - make_interval(secs => $1::double precision)
          OR (SELECT count(*) FROM keys.data_key d WHERE d.tenant_id = t.tenant_id AND d.tenant_version = t.version) > $2::bigint)
   ORDER BY t.made_at LIMIT 100)"};
constexpr db::Statement kRetiring{
    "custodian.retiring", "SELECT DISTINCT tenant_id FROM keys.tenant_key WHERE state = 'decrypt-only' LIMIT 1000"};
// $1 tenant, $2 active version, $3 limit
constexpr db::Statement kWrappedBefore{"custodian.wrapped_before", R"(
  SELECT subject_id, version, tenant_version, active_from, wrapped FROM keys.data_key
   WHERE tenant_id = $1::uuid AND tenant_version < $2::integer AND wrapped IS NOT NULL LIMIT $3::bigint)"};
// $1 tenant, $2 subjects, $3 versions, $4 the new tenant's version, $5 what they were, $6 what they are
constexpr db::Statement kReplaceDataKeys{"custodian.replace_data_keys", R"(
  UPDATE keys.data_key d SET tenant_version = $4::integer, wrapped = n.fresh
    FROM unnest($2::uuid[], $3::text[], $5::bytea[], $6::bytea[]) AS n (subject_id, version, old, fresh)
   WHERE d.tenant_id = $1::uuid AND d.subject_id = n.subject_id AND d.version = n.version::integer AND d.wrapped = n.old)"};
constexpr db::Statement kEndRetired{"custodian.end_retired", R"(
  UPDATE keys.tenant_key t SET state = 'destroyed', kms_version = NULL, wrapped = NULL, destroyed_at = now()
   WHERE t.tenant_id = $1::uuid AND t.state = 'decrypt-only'
     AND NOT EXISTS (SELECT FROM keys.data_key d WHERE d.tenant_id = t.tenant_id AND d.tenant_version = t.version AND d.wrapped IS NOT NULL))"};
// Keys whose rows can be closed anew: not those of a tenant's indices and audit events (keys/data_key.h), which never
// change.
#define RENEWED(key) \
  #key ".subject_id <> ALL ('{00000000-0000-8000-8000-000000000001,00000000-0000-8000-8000-000000000002}'::uuid[])"
// $1 tenant, $2 asked at, $3 limit
constexpr db::Statement kSubjectsBefore{"custodian.subjects_before", R"(
  SELECT n.subject_id, n.version, n.tenant_version, n.active_from, n.wrapped
    FROM (SELECT DISTINCT ON (d.subject_id) d.* FROM keys.data_key d WHERE d.tenant_id = $1::uuid ORDER BY d.subject_id, d.version DESC) n
   WHERE n.made_at < $2::timestamptz AND n.wrapped IS NOT NULL AND )" RENEWED(n) R"( LIMIT $3::bigint)"};
constexpr db::Statement kAged{"custodian.aged", R"(
  SELECT DISTINCT d.tenant_id FROM keys.data_key d JOIN keys.tenant_key t ON t.tenant_id = d.tenant_id AND t.state = 'active'
   WHERE d.wrapped IS NOT NULL AND d.made_at < now() - make_interval(secs => $1::double precision)
     AND )" RENEWED(d) R"(
     AND NOT EXISTS (SELECT FROM keys.data_key n WHERE n.tenant_id = d.tenant_id AND n.subject_id = d.subject_id AND n.version > d.version)
     AND NOT EXISTS (SELECT FROM keys.reclosing r WHERE r.tenant_id = d.tenant_id) LIMIT 10)"};
#define RECLOSING " tenant_id, asked_at, ready_at, table_number, place_id, place_number, changed, total "
constexpr db::Statement kBeginReclosing{
    "custodian.begin_reclosing",
    "INSERT INTO keys.reclosing (tenant_id, ready_at) VALUES ($1::uuid, now() + make_interval(secs => $2::double "
    "precision)) "
    "ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id RETURNING" RECLOSING};
// Beside a step that is on its way: what it saves or ends carries the time that it had read.
constexpr db::Statement kPutOff{
    "custodian.put_off",
    "INSERT INTO keys.reclosing AS r (tenant_id, ready_at) VALUES ($1::uuid, now() + make_interval(secs => $2::double "
    "precision)) "
    "ON CONFLICT (tenant_id) DO UPDATE SET ready_at = greatest(r.ready_at, excluded.ready_at), table_number = DEFAULT, "
    "place_id = DEFAULT, place_number = DEFAULT, changed = DEFAULT RETURNING" RECLOSING};
constexpr db::Statement kReclosings{"custodian.reclosings", "SELECT" RECLOSING "FROM keys.reclosing ORDER BY asked_at"};
// $1 tenant, $2 table, $3 id, $4 number, $5 changed, $6 total, $7 ready at
constexpr db::Statement kSave{"custodian.save", R"(
  UPDATE keys.reclosing SET table_number = $2::integer, place_id = $3::uuid, place_number = $4::bigint, changed = $5::bigint, total = $6::bigint
   WHERE tenant_id = $1::uuid AND ready_at = $7::timestamptz RETURNING true)"};
// $1 tenant, $2 ready at
constexpr db::Statement kEndOlder{"custodian.end_older", R"(
  WITH over AS (DELETE FROM keys.reclosing r WHERE r.tenant_id = $1::uuid AND r.ready_at = $2::timestamptz RETURNING r.tenant_id)
  UPDATE keys.data_key d SET wrapped = NULL, destroyed_at = now() FROM over
   WHERE d.tenant_id = over.tenant_id AND d.wrapped IS NOT NULL AND )" RENEWED(d) R"(
     AND EXISTS (SELECT FROM keys.data_key n WHERE n.tenant_id = d.tenant_id AND n.subject_id = d.subject_id AND n.version > d.version
                    AND n.wrapped IS NOT NULL AND n.active_from <= now()))"};
// $1 id, $2 tenant, $3 subjects (none: the tenant's own key), $4 why, $5 legal, $6 by
constexpr db::Statement kAsk{"custodian.ask", R"(
  INSERT INTO keys.destruction (destruction_id, tenant_id, subjects, why, legal, asked_by, due_at)
  VALUES ($1::uuid, $2::uuid, $3::uuid[], $4, $5::boolean, $6,
          now() + CASE WHEN $3::uuid[] IS NULL AND NOT $5::boolean THEN interval '168 hours' ELSE interval '0' END))"};
// $1 destruction, $2 who, $3 yes or no
constexpr db::Statement kDecide{"custodian.decide", "SELECT keys.decide($1::uuid, $2, $3::boolean)"};
constexpr db::Statement kDestructions{"custodian.destructions", R"(
  SELECT d.destruction_id, d.tenant_id, s.shop, coalesce(cardinality(d.subjects), 0), d.subjects IS NULL,
         CASE WHEN d.done_at IS NOT NULL THEN 'done' WHEN d.keys_gone_at IS NOT NULL THEN 'ending'
              WHEN d.withdrawn_at IS NOT NULL THEN 'withdrawn'
              WHEN d.subjects IS NULL AND NOT d.legal AND d.approved_by IS NULL THEN 'waiting' ELSE 'approved' END,
         d.why, d.legal, d.asked_by, d.asked_at, d.due_at, d.approved_by, d.approved_at, d.withdrawn_by, d.withdrawn_at,
         d.keys_gone_at, d.done_at
    FROM keys.destruction d LEFT JOIN identity.shop s USING (tenant_id)
   WHERE $1::uuid IS NULL OR d.destruction_id = $1::uuid ORDER BY d.asked_at DESC LIMIT 500)"};
#define DESTRUCTION \
  "SELECT destruction_id, tenant_id, coalesce(subjects::text[], '{}'), subjects IS NULL FROM keys.destruction "
constexpr db::Statement kRipe{"custodian.ripe", DESTRUCTION R"(
   WHERE keys_gone_at IS NULL AND withdrawn_at IS NULL AND (subjects IS NOT NULL OR legal OR (approved_by IS NOT NULL AND due_at <= now())) ORDER BY asked_at)"};
constexpr db::Statement kUnfinished{"custodian.unfinished",
                                    DESTRUCTION "WHERE keys_gone_at IS NOT NULL AND done_at IS NULL ORDER BY asked_at"};
// $1 tenant, $2 subjects (null: all)
constexpr db::Statement kEndDataKeys{"custodian.end_data_keys", R"(
  UPDATE keys.data_key SET wrapped = NULL, destroyed_at = now()
   WHERE tenant_id = $1::uuid AND ($2::uuid[] IS NULL OR subject_id = ANY ($2::uuid[])) AND wrapped IS NOT NULL)"};
constexpr db::Statement kEndTenantKeys{"custodian.end_tenant_keys", R"(
  UPDATE keys.tenant_key SET state = 'destroyed', kms_version = NULL, wrapped = NULL, destroyed_at = now()
   WHERE tenant_id = $1::uuid AND wrapped IS NOT NULL)"};
constexpr db::Statement kGone{"custodian.gone",
                              "UPDATE keys.destruction SET keys_gone_at = now() WHERE destruction_id = $1::uuid"};
// A destroyed data key's row names the tenant's key that wrapped it last. $1 tenant, $2 subjects
constexpr db::Statement kStillWrapping{"custodian.still_wrapping", R"(
  SELECT bool_or(t.state = 'active') FROM keys.data_key d JOIN keys.tenant_key t ON t.tenant_id = d.tenant_id AND t.version <= d.tenant_version
   WHERE d.tenant_id = $1::uuid AND d.subject_id = ANY ($2::uuid[]) AND d.wrapped IS NULL AND t.wrapped IS NOT NULL)"};
// $1 destructions, $2 the KMS's primary version
constexpr db::Statement kLeaves{"custodian.leaves", R"(
  UPDATE keys.destruction SET kms_version = coalesce(kms_version, $2) WHERE destruction_id = ANY ($1::uuid[]) RETURNING kms_version = $2)"};
constexpr db::Statement kForget{"custodian.forget", "SELECT keys.forget()"};
constexpr db::Statement kFinish{"custodian.finish",
                                "UPDATE keys.destruction SET done_at = now() WHERE destruction_id = ANY ($1::uuid[])"};

std::vector<Destruction> read_destructions(const db::Rows& r) {
  std::vector<Destruction> out;
  for (int i = 0; i < r.size(); ++i) {
    Destruction d{r.uuid(i, 0), r.id<TenantId>(i, 1), {}, r.boolean(i, 3)};
    for (const std::string& subject : r.texts(i, 2)) d.subjects.push_back(*parse_uuid(subject));
    out.push_back(std::move(d));
  }
  return out;
}

std::vector<Uuid> ids_of(const std::vector<Destruction>& destructions) {
  std::vector<Uuid> ids;
  for (const Destruction& d : destructions) ids.push_back(d.id);
  return ids;
}

DestructionRecord read_record(const db::Rows& r, int i) {
  DestructionRecord d;
  d.destruction_id = r.uuid(i, 0);
  d.tenant_id = r.id<TenantId>(i, 1);
  d.shop = r.maybe_text(i, 2).value_or("");
  d.subjects = r.integer(i, 3);
  d.whole = r.boolean(i, 4);
  boost::describe::enum_from_string(std::string(r.text(i, 5)).c_str(), d.state);
  d.why = r.text(i, 6);
  d.legal = r.boolean(i, 7);
  d.asked_by = r.text(i, 8);
  d.asked_at = r.time(i, 9);
  d.due_at = r.time(i, 10);
  d.approved_by = r.maybe_text(i, 11);
  d.approved_at = r.maybe_time(i, 12);
  d.withdrawn_by = r.maybe_text(i, 13);
  d.withdrawn_at = r.maybe_time(i, 14);
  d.keys_gone_at = r.maybe_time(i, 15);
  d.done_at = r.maybe_time(i, 16);
  return d;
}

std::vector<TenantId> read_tenants(const db::Rows& r) {
  std::vector<TenantId> out;
  for (int i = 0; i < r.size(); ++i) out.push_back(r.id<TenantId>(i, 0));
  return out;
}

Reclosing read_reclosing(const db::Rows& r, int i) {
  return {r.id<TenantId>(i, 0), r.time(i, 1),    r.time(i, 2),    r.integer(i, 3),
          r.uuid(i, 4),         r.integer(i, 5), r.integer(i, 6), r.integer(i, 7)};
}

std::string detail(const Destruction& of, std::string_view by) {
  std::string out = R"({"destruction":)";
  json::write(out, of.id);
  out += R"(,"subjects":)";
  json::write(out, static_cast<int64_t>(of.subjects.size()));
  out += R"(,"whole":)";
  json::write(out, of.whole);
  out += R"(,"by":)";
  json::write(out, by);
  return out + "}";
}

}  // namespace

net::Task<Result<db::Rows>> CustodianStore::one(db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await transact_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return std::move(rows->front());
}

net::Task<Result<bool>> CustodianStore::take_turn(int seconds, bool mine) {
  auto rows = co_await one(db::query(kTurn, seconds, mine));
  if (!rows) co_return std::unexpected(rows.error());
  co_return !rows->empty();
}

net::Task<Result<KmsUse>> CustodianStore::use_of(std::string kms_version) {
  auto rows = co_await one(db::query(kSeen, kms_version));
  if (!rows) co_return std::unexpected(rows.error());
  co_return KmsUse{rows->time(0, 0), rows->integer(0, 1)};
}

net::Task<Result<bool>> CustodianStore::end_version(std::string kms_version) {
  auto rows = co_await one(db::query(kEndVersion, kms_version));
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->boolean(0, 0);
}

net::Task<Result<KeyCounts>> CustodianStore::counts(std::string primary) {
  auto rows = co_await one(db::query(kCounts, primary));
  if (!rows) co_return std::unexpected(rows.error());
  KeyCounts c;
  int column = 0;
  for (int64_t* into :
       {&c.tenants, &c.retiring, &c.data_keys, &c.to_wrap_again, &c.under_old_kms, &c.destroyed, &c.waiting})
    *into = rows->integer(0, column++);
  c.oldest = rows->maybe_time(0, column);
  co_return c;
}

net::Task<Result<std::vector<TenantKeyAt>>> CustodianStore::under_others(std::string primary, TenantKeyPlace after,
                                                                         int64_t limit) {
  auto rows = co_await one(db::query(kUnderOthers, primary, after.tenant, after.version, limit));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<TenantKeyAt> out;
  const auto keys = read_tenant_keys(*rows);
  for (int i = 0; i < rows->size(); ++i) out.push_back({rows->id<TenantId>(i, 4), keys[static_cast<size_t>(i)]});
  co_return out;
}

net::Task<Result<Done>> CustodianStore::replace(TenantKeyAt old, Wrapped fresh) {
  const db::Bytes was{old.key.wrapped.bytes}, is{fresh.bytes};
  auto rows = co_await one(db::query(kReplaceTenantKey, old.tenant, old.key.version, fresh.version, is, was));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<TenantKeyRow>>> CustodianStore::keys_of(TenantId tenant) {
  auto rows = co_await one(select_tenant_keys(tenant));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_tenant_keys(*rows);
}

net::Task<Result<Done>> CustodianStore::add(TenantId tenant, int64_t version, Wrapped wrapped) {
  auto queries = add_tenant_key(tenant, version, wrapped);
  queries.push_back(record_("key.rotate", tenant, R"({"version":)" + std::to_string(version) + "}"));
  auto rows = co_await transact_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<TenantId>>> CustodianStore::due(int64_t seconds, int64_t wraps) {
  auto rows = co_await one(db::query(kDue, seconds, wraps));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_tenants(*rows);
}

net::Task<Result<std::vector<TenantId>>> CustodianStore::retiring() {
  auto rows = co_await one(db::query(kRetiring));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_tenants(*rows);
}

net::Task<Result<std::vector<DataKeyRow>>> CustodianStore::wrapped_before(TenantId tenant, int64_t active,
                                                                          int64_t limit) {
  auto rows = co_await one(db::query(kWrappedBefore, tenant, active, limit));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_data_keys(*rows);
}

net::Task<Result<Done>> CustodianStore::replace(TenantId tenant, std::vector<DataKeyRow> old,
                                                std::vector<DataKeyRow> fresh) {
  std::vector<Uuid> subjects;
  std::vector<std::string> versions;
  std::vector<db::Bytes> was, is;
  for (size_t i = 0; i < old.size(); ++i) {
    subjects.push_back(old[i].subject);
    versions.push_back(std::to_string(old[i].version));
    was.push_back({old[i].wrapped});
    is.push_back({fresh[i].wrapped});
  }
  auto rows =
      co_await one(db::query(kReplaceDataKeys, tenant, subjects, versions, fresh.front().tenant_version, was, is));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<Done>> CustodianStore::end_retired(TenantId tenant) {
  auto rows = co_await one(db::query(kEndRetired, tenant));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<DataKeyRow>>> CustodianStore::subjects_before(TenantId tenant, Time asked, int64_t limit) {
  auto rows = co_await one(db::query(kSubjectsBefore, tenant, asked, limit));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_data_keys(*rows);
}

net::Task<Result<Done>> CustodianStore::add_data(TenantId tenant, std::vector<DataKeyRow> keys) {
  auto rows = co_await one(add_data_keys(tenant, keys));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<Done>> CustodianStore::tell() {
  auto rows = co_await one(db::query(kForget));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<TenantId>>> CustodianStore::aged(int64_t seconds) {
  auto rows = co_await one(db::query(kAged, seconds));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_tenants(*rows);
}

net::Task<Result<Reclosing>> CustodianStore::begin_reclosing(TenantId tenant, int64_t wait_seconds) {
  std::vector<db::Query> queries{db::query(kBeginReclosing, tenant, wait_seconds), record_("key.renew", tenant, "{}")};
  auto rows = co_await transact_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_reclosing(rows->at(0), 0);
}

net::Task<Result<Reclosing>> CustodianStore::put_off(TenantId tenant, int64_t wait_seconds) {
  auto rows = co_await one(db::query(kPutOff, tenant, wait_seconds));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_reclosing(*rows, 0);
}

net::Task<Result<std::vector<Reclosing>>> CustodianStore::reclosings() {
  auto rows = co_await one(db::query(kReclosings));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<Reclosing> out;
  for (int i = 0; i < rows->size(); ++i) out.push_back(read_reclosing(*rows, i));
  co_return out;
}

net::Task<Result<bool>> CustodianStore::save(Reclosing at) {
  auto rows = co_await one(
      db::query(kSave, at.tenant, at.table, at.place_id, at.place_number, at.changed, at.total, at.ready_at));
  if (!rows) co_return std::unexpected(rows.error());
  co_return !rows->empty();
}

net::Task<Result<Done>> CustodianStore::end_reclosing(Reclosing at) {
  std::vector<db::Query> queries{db::query(kEndOlder, at.tenant, at.ready_at), db::query(kForget)};
  auto rows = co_await transact_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<Done>> CustodianStore::ask(Destruction wanted, std::string by, std::string why, bool legal) {
  db::Param subjects;
  if (!wanted.whole) subjects = db::param(wanted.subjects);
  std::vector<db::Query> queries{db::query(kAsk, wanted.id, wanted.tenant, subjects, why, legal, by),
                                 record_("key.destroy.ask", wanted.tenant, detail(wanted, by))};
  auto rows = co_await transact_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<DestructionRecord>>> CustodianStore::destructions(std::optional<Uuid> one_of_them) {
  db::Param which;
  if (one_of_them) which = db::param(*one_of_them);
  auto rows = co_await one(db::query(kDestructions, which));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<DestructionRecord> out;
  for (int i = 0; i < rows->size(); ++i) out.push_back(read_record(*rows, i));
  co_return out;
}

net::Task<Result<Done>> CustodianStore::decide(DestructionRecord record, std::string by, bool yes) {
  const Destruction of{record.destruction_id, record.tenant_id, {}, record.whole};
  // Where somebody else was faster, the first one fails (CD409), and takes the event with it.
  std::vector<db::Query> queries{
      db::query(kDecide, of.id, by, yes),
      record_(yes ? door::AuditAction("key.destroy.approve") : door::AuditAction("key.destroy.withdraw"), of.tenant,
              detail(of, by))};
  auto rows = co_await transact_(std::move(queries));
  if (!rows && rows.error().code == Code::invalid)
    co_return fail(Code::conflict, "It takes a second person: whoever asked does not approve.");
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::vector<Destruction>>> CustodianStore::ripe() {
  auto rows = co_await one(db::query(kRipe));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_destructions(*rows);
}

net::Task<Result<std::vector<Destruction>>> CustodianStore::unfinished() {
  auto rows = co_await one(db::query(kUnfinished));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_destructions(*rows);
}

net::Task<Result<Done>> CustodianStore::end_keys(Destruction destruction) {
  db::Param subjects;
  if (!destruction.whole) subjects = db::param(destruction.subjects);
  std::vector<db::Query> queries{db::query(kEndDataKeys, destruction.tenant, subjects),
                                 db::query(kGone, destruction.id), db::query(kForget),
                                 record_("key.destroy", destruction.tenant, detail(destruction, ""))};
  if (destruction.whole) queries.push_back(db::query(kEndTenantKeys, destruction.tenant));
  auto rows = co_await transact_(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

net::Task<Result<std::optional<bool>>> CustodianStore::still_wrapping(Destruction destruction) {
  auto rows = co_await one(db::query(kStillWrapping, destruction.tenant, destruction.subjects));
  if (!rows) co_return std::unexpected(rows.error());
  std::optional<bool> active;
  if (!rows->null(0, 0)) active = rows->boolean(0, 0);
  co_return active;
}

net::Task<Result<bool>> CustodianStore::leaves(std::vector<Destruction> of, std::string primary) {
  auto rows = co_await one(db::query(kLeaves, ids_of(of), primary));
  if (!rows) co_return std::unexpected(rows.error());
  bool any = false;
  for (int i = 0; i < rows->size(); ++i) any = any || rows->boolean(i, 0);
  co_return any;
}

net::Task<Result<Done>> CustodianStore::finish(std::vector<Destruction> done) {
  auto rows = co_await one(db::query(kFinish, ids_of(done)));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

}  // namespace cordon::keys
