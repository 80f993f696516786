#include "audit/this_call.h"
#include "base/random.h"
#include "identity/member_store.h"
#include "identity/session_store.h"

namespace cordon::identity {

namespace {

// Whom a link signs in, and as what: null for somebody who is not there any more.
constexpr db::Statement kLink{"identity.link", R"(
  SELECT o.tenant_id, o.subject_id, m.role FROM identity.one_use o LEFT JOIN identity.member m USING (tenant_id, subject_id)
   WHERE o.digest = $1::bytea AND o.purpose = $2 AND o.expires_at > now())"};
constexpr db::Statement kUseOnce{"identity.use_once", R"(
  WITH used AS (DELETE FROM identity.one_use WHERE digest = $1::bytea AND purpose = $2 AND expires_at > now() RETURNING digest)
  SELECT identity.changed_one(count(*)) FROM used)"};
constexpr db::Statement kOpenSession{"identity.open_session",
                                     "SELECT door.open_session($1::uuid, $2::uuid, $3::uuid, $4, $5::integer)"};
constexpr db::Statement kAddRefresh{"identity.add_refresh", R"(
  INSERT INTO identity.refresh (digest, tenant_id, session_id, kind, key_thumbprint, expires_at, idle_seconds)
  VALUES ($1::bytea, $2::uuid, $3::uuid, $4, $5, now() + make_interval(secs => $6::integer), $7::integer))"};
constexpr db::Statement kAddOnce{"identity.add_once", R"(
  INSERT INTO identity.one_use (digest, purpose, tenant_id, subject_id, session_id, expires_at)
  VALUES ($1::bytea, $2, $3::uuid, $4::uuid, $5::uuid, now() + make_interval(secs => $6::integer)))"};
// Somebody's who is still there, in that role; nobody's session is none, and cannot be minted for. Who they are was
// read in a transaction before this one: the lock makes whoever lets them go meanwhile either be seen here, or wait and
// then find the session and end it. (In a subquery, so that nothing is opened before the lock is held.)
#define OPEN_FOR(person) \
  "SELECT door.open_session($1::uuid, $2::uuid, $3::uuid, $4, $5::integer) FROM (SELECT FROM " person " FOR SHARE) p"
constexpr db::Statement kOpenForMember{
    "identity.open_for_member",
    OPEN_FOR("identity.member WHERE tenant_id = $1::uuid AND subject_id = $3::uuid AND role = $4")};
constexpr db::Statement kOpenForStaff{
    "identity.open_for_staff", OPEN_FOR("identity.staff WHERE staff_id = $3::uuid AND role = $4 AND ended_at IS NULL "
                                        "AND version = coalesce($6::integer, version)")};
constexpr db::Statement kAddSession{"identity.add_session", R"(
  INSERT INTO identity.session (session_id, tenant_id, subject_id, means, agent, address, expires_at)
  VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5::bytea, $6::bytea, now() + make_interval(secs => $7::integer)))"};
constexpr db::Statement kMint{
    "identity.mint", "SELECT " CORDON_WHOSE
                     ", m.permissions, m.seal FROM door.mint($1::uuid, $2::integer) m, door.session_of($1::uuid) s"};
constexpr db::Statement kReplaceTokens{"identity.replace_tokens",
                                       "SELECT identity.replace_tokens($1::uuid, $2::bytea)"};
constexpr db::Statement kEndSession{"identity.end_session", "SELECT identity.end_session($1::uuid)"};
// Whose cookie it is, used or not; the lock is the one that whoever renews it takes first. $2 event, $3 request
constexpr db::Statement kEndReplaced{"identity.end_replaced", R"(
  WITH replaced AS (SELECT session_id FROM identity.refresh WHERE digest = $1::bytea AND kind = 'cookie' FOR UPDATE),
  event AS (
    INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, status, request_id)
    SELECT $2::uuid, s.tenant_id, s.subject_id, s.session_id, s.role, 'session.end', 200, $3::uuid
      FROM replaced r, door.session_of(r.session_id) s)
  SELECT identity.end_session(session_id) FROM replaced)"};
constexpr db::Statement kShop{"identity.shop", "SELECT tenant_id, origins FROM identity.shop WHERE shop = $1"};
// $4 event, $5 role, $6 resource, $7 method, $8 request. Who looks for jobs and finds none has changed nothing.
constexpr db::Statement kClaim{"identity.claim", R"(
  WITH claimed AS MATERIALIZED (SELECT tenant_id, job_id FROM work.claim($1, $2::integer, $3::integer)),
  event AS (
    INSERT INTO audit.event (event_id, role, action, resource, method, status, rows_out, request_id)
    SELECT $4::uuid, $5::text, 'job.claim', $6::text, $7::text, 200, count(*), $8::uuid FROM claimed HAVING count(*) > 0)
  SELECT tenant_id, job_id FROM claimed)"};
// An open socket is not left to an attempt to renew, which may never come. (A used token is no sign of anything.)
#define IS_IDLE "r.replaced_at IS NULL AND r.given_at <= now() - make_interval(secs => r.idle_seconds)"
constexpr db::Statement kIdle{"identity.idle",
                              "SELECT r.session_id FROM identity.refresh r WHERE " IS_IDLE " LIMIT 1000"};
// $1 session, $2 event, $3 request: as end_family() ends one, if it still is idle.
constexpr db::Statement kEndIdle{"identity.end_idle", R"(
  WITH idle AS (
    SELECT r.session_id FROM identity.refresh r WHERE r.session_id = $1::uuid AND )" IS_IDLE R"( FOR UPDATE),
  event AS (
    INSERT INTO audit.event (event_id, tenant_id, subject_id, session_id, role, action, status, code, request_id)
    SELECT $2::uuid, s.tenant_id, s.subject_id, s.session_id, s.role, 'session.idle', 401, 'unauthenticated', $3::uuid
      FROM idle i, door.session_of(i.session_id) s)
  SELECT identity.end_session(session_id) FROM idle)"};
constexpr int kSweepBatch = 10'000;
constexpr db::Statement kSweepDoor{"identity.sweep_door", "SELECT door.sweep($1::integer)"};
constexpr db::Statement kSweepOnce{"identity.sweep_once", "DELETE FROM identity.one_use WHERE expires_at < now()"};
constexpr db::Statement kSweepSession{"identity.sweep_session",
                                      "DELETE FROM identity.session WHERE expires_at < now()"};
// A shopper's used secrets are told from unknown ones for a day; a member's for as long as its session lasts.
constexpr db::Statement kSweepRefresh{
    "identity.sweep_refresh",
    "DELETE FROM identity.refresh WHERE expires_at < now() OR (kind = 'visitor' AND replaced_at < now() - interval '1 "
    "day')"};
constexpr db::Statement kNameOf{
    "identity.name_of", "SELECT name FROM identity.member WHERE tenant_id = $1::uuid AND subject_id = $2::uuid"};

}  // namespace

db::Query add_one_use(std::string_view secret, std::string_view purpose, TenantId tenant, SubjectId subject,
                      std::optional<SessionId> session, int seconds) {
  return db::query(kAddOnce, digest(secret), purpose, tenant, subject, session, seconds);
}

db::Query use_once(std::string_view secret, std::string_view purpose) {
  return db::query(kUseOnce, digest(secret), purpose);
}

db::Query find_shop(std::string_view shop) { return db::query(kShop, shop); }

db::Query open_session(const Whose& who, int seconds) {
  return db::query(kOpenSession, who.tenant, who.session, who.subject, who.role, seconds);
}

db::Query add_refresh(std::string_view secret, std::string_view kind, const Whose& who, const std::string& key,
                      int seconds, std::optional<int> idle_seconds) {
  const db::Param bound = key.empty() ? std::nullopt : db::param(key);
  return db::query(kAddRefresh, digest(secret), who.tenant, who.session, kind, bound, seconds, idle_seconds);
}

db::Query mint_seal(SessionId session, int seconds) { return db::query(kMint, session, seconds); }

std::unexpected<Error> not_signed_in() { return fail(Code::unauthenticated, "Sign in again."); }

Whose read_whose(const db::Rows& rows) {
  return {rows.id<TenantId>(0, 0), rows.id<SubjectId>(0, 1), rows.id<SessionId>(0, 2), std::string(rows.text(0, 3)),
          std::string(rows.text(0, 4))};
}

audit::Event Whose::event(door::AuditAction action) const {
  audit::Event made = audit::event_of(action, "SERVICE");
  made.tenant = tenant;
  made.subject = subject;
  made.session = session;
  made.role = role;
  made.purpose = purpose;
  return made;
}

net::Task<Result<std::vector<db::Rows>>> Identity::run(std::vector<db::Query> queries) {
  return identity::run(pool_, std::move(queries));
}

net::Task<Result<Done>> Identity::call(db::Query query) {
  std::vector<db::Query> queries;
  queries.push_back(std::move(query));
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

std::shared_ptr<const door::Pass> Identity::read_pass(const db::Rows& rows, std::string key) const {
  Whose whose = read_whose(rows);
  auto pass = std::make_shared<door::Pass>();
  pass->key = std::move(key);
  pass->tenant = whose.tenant;
  pass->subject = whose.subject;
  pass->session = whose.session;
  pass->role = std::move(whose.role);
  pass->purpose = std::move(whose.purpose);
  pass->permissions = rows.texts(0, 5);
  pass->seal = door::Seal(std::string(rows.text(0, 6)));
  pass->issued_at = now();
  pass->expires_at = {pass->issued_at.micros + seal_seconds_ * 1'000'000LL};
  return pass;
}

AccessToken Identity::token(const door::Pass& pass) const {
  AccessToken made;
  made.access_token = issue(*signer_, pass);
  made.expires_in = seal_seconds_;
  if (!pass.key.empty()) made.token_type = "DPoP";
  return made;
}

net::Task<Result<SignedIn>> Identity::sign_in(std::string link, From from) {
  const bool from_shopify = from.means == "shopify";
  const std::string purpose = from_shopify ? "shopify" : "sign-in";
  const Error gone{Code::unauthenticated,
                   from_shopify ? "This took too long, or was done already; open the app in Shopify again."
                                : "This sign-in link was used or is too old; ask for a new one.",
                   {}};
  std::vector<db::Query> find{db::query(kLink, digest(link), purpose)};
  auto found = co_await run(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  const db::Rows& row = found->at(0);
  if (row.empty()) co_return std::unexpected(gone);
  if (row.null(0, 2)) co_return not_signed_in();
  Who who{row.id<TenantId>(0, 0), row.id<SubjectId>(0, 1), std::string(row.text(0, 2))};
  std::vector<db::Query> use{use_once(link, purpose)};
  auto opened = co_await open(std::move(who), std::move(from), SessionId::fresh(), std::move(use));
  if (!opened && opened.error().code == Code::conflict) co_return std::unexpected(gone);
  co_return opened;
}

net::Task<Result<SignedIn>> Identity::open(Who who, From from) {
  return open(std::move(who), std::move(from), SessionId::fresh(), {});
}

net::Task<Result<SignedIn>> Identity::open(Who who, From from, SessionId session, std::vector<db::Query> more) {
  const bool staff = who.tenant == kPlatform;
  const Whose whose{who.tenant, who.subject, session, who.role};
  auto keys = co_await shop_keys(pool_, who.tenant);
  if (!keys) co_return std::unexpected(keys.error());
  const db::Bytes agent = keys->own.close(kSessionAgent, session, storable(from.agent, 200));
  const db::Bytes address = keys->own.close(kSessionAddress, session, from.address);
  audit::Event event = whose.event(staff ? door::AuditAction("staff.sign-in") : door::AuditAction("session.open"));
  event.address = from.address;
  event.agent = from.agent;
  event.detail = audit::Detail({{"means", from.means}}).text();
  SignedIn made;
  made.keep = from.keep;
  std::vector<db::Query> changes{
      staff ? db::query(kOpenForStaff, who.tenant, session, who.subject, who.role, kMemberSeconds, who.version)
            : db::query(kOpenForMember, who.tenant, session, who.subject, who.role, kMemberSeconds),
      db::query(kAddSession, session, who.tenant, who.subject, from.means, agent, address, kMemberSeconds)};
  if (from.keep != Keep::none) {
    made.refresh = random_secret();
    changes.push_back(add_refresh(made.refresh, from.keep == Keep::token ? "token" : "cookie", whose, from.key,
                                  kMemberSeconds, staff ? idle_.staff : idle_.members));
  }
  std::ranges::move(more, std::back_inserter(changes));
  if (!from.replaces.empty()) {
    const auto* call = co_await net::errand<audit::ThisCall>();
    changes.push_back(
        db::query(kEndReplaced, digest(from.replaces), EventId::fresh(), call ? call->event.request : event.request));
  }
  changes.push_back(mint_seal(session, seal_seconds_));
  auto opened = co_await configure(pool_, std::move(event), std::move(changes));
  if (!opened && opened.error().code == Code::unauthenticated) co_return not_signed_in();
  if (!opened) co_return std::unexpected(opened.error());
  made.pass = read_pass(opened->back(), from.key);
  made.token = token(*made.pass);
  co_return made;
}

net::Task<Result<SignedIn>> Identity::replace_tokens(const door::Pass& pass, audit::Event event,
                                                     std::vector<db::Query> more) {
  SignedIn made;
  made.refresh = random_secret();
  std::vector<db::Query> changes{db::query(kReplaceTokens, pass.session, digest(made.refresh))};
  std::ranges::move(more, std::back_inserter(changes));
  changes.push_back(mint_seal(pass.session, seal_seconds_));
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  made.keep = rows->at(0).text(0, 0) == "token" ? Keep::token : Keep::cookie;
  made.pass = read_pass(rows->back(), pass.key);
  made.token = token(*made.pass);
  co_return made;
}

net::Task<Result<Done>> Identity::sign_out(const door::Pass& pass) {
  audit::Event event = audit::event_of("session.end", "SERVICE");
  event.by(pass);
  return configured(std::move(event), {db::query(kEndSession, pass.session)});
}

net::Task<Result<std::shared_ptr<const door::Pass>>> Identity::mint(const door::Pass& of) {
  audit::Event event = audit::event_of("service.token", "SERVICE");
  event.by(of);
  return mint(of.session, std::move(event), {});
}

net::Task<Result<std::shared_ptr<const door::Pass>>> Identity::mint(SessionId session, audit::Event event,
                                                                    std::vector<db::Query> more) {
  more.push_back(mint_seal(session, seal_seconds_));
  auto rows = co_await configure(pool_, std::move(event), std::move(more));
  if (!rows) co_return std::unexpected(rows.error());
  co_return read_pass(rows->back());
}

net::Task<Result<std::shared_ptr<const door::Pass>>> Identity::service(TenantId tenant, std::string role) {
  auto& held = services_[{tenant, role}];
  if (held && !held->fading()) co_return held;
  const Whose whose{tenant, SubjectId::fresh(), SessionId::fresh(), role};
  std::vector<db::Query> open{open_session(whose, seal_seconds_)};
  auto event = whose.event("service.token");
  auto pass = co_await mint(whose.session, std::move(event), std::move(open));
  if (pass) services_[{tenant, role}] = *pass;
  co_return pass;
}

net::Task<Result<std::vector<Job>>> Identity::claim_jobs(std::string kind, int at_most, int hold_seconds) {
  audit::Event event = audit::event_of("job.claim", "SERVICE");
  auto* call = co_await net::errand<audit::ThisCall>();
  if (call) call->complete(event);
  std::vector<db::Query> queries{db::query(kClaim, kind, at_most, hold_seconds, event.id, event.role, event.resource,
                                           event.method, event.request)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<Job> jobs;
  const db::Rows& r = rows->at(0);
  for (int i = 0; i < r.size(); ++i) jobs.push_back({r.id<TenantId>(i, 0), r.id<JobId>(i, 1), {}});
  if (call && !jobs.empty()) call->committed(event);
  co_return jobs;
}

net::Task<Result<Done>> Identity::end_idle() {
  std::vector<db::Query> find{db::query(kIdle)};
  auto found = co_await run(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  const db::Rows& idle = found->at(0);
  for (int i = 0; i < idle.size(); ++i) {
    db::Query end = db::query(kEndIdle, idle.id<SessionId>(i, 0), EventId::fresh(), RequestId::fresh());
    auto ended = co_await call(std::move(end));
    if (!ended) co_return ended;
  }
  co_return Done{};
}

net::Task<Result<Done>> Identity::sweep() {
  std::erase_if(services_, [](const auto& entry) { return !entry.second || entry.second->expires_at < now(); });
  auto ended = co_await end_idle();
  if (!ended) co_return ended;
  std::vector<db::Query> queries{db::query(kSweepOnce), db::query(kSweepRefresh), db::query(kSweepSession)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  // In batches, each short, until nothing is left: seals are made faster than one batch a minute when many shops are
  // open.
  for (int64_t swept = kSweepBatch; swept >= kSweepBatch;) {
    std::vector<db::Query> seals{db::query(kSweepDoor, kSweepBatch)};
    auto batch = co_await run(std::move(seals));
    if (!batch) co_return std::unexpected(batch.error());
    swept = batch->at(0).integer(0, 0);
  }
  co_return Done{};
}

net::Task<Result<std::optional<TenantId>>> Identity::find_shop(std::string shop) {
  std::vector<db::Query> queries{identity::find_shop(shop)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  std::optional<TenantId> found;
  if (!rows->at(0).empty()) found = rows->at(0).id<TenantId>(0, 0);
  co_return found;
}

net::Task<Result<std::string>> Identity::sign_in_link(TenantId tenant, SubjectId subject, int seconds) {
  const std::string link = random_secret();
  auto event = audit::by_operator("member.link", tenant, audit::Detail({{"member", to_string(subject)}}));
  std::vector<db::Query> changes{add_one_use(link, "sign-in", tenant, subject, std::nullopt, seconds)};
  auto done = co_await configured(std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return link;
}

net::Task<Result<std::string>> Identity::member_name(TenantId tenant, SubjectId subject) {
  std::vector<db::Query> queries{db::query(kNameOf, tenant, subject)};
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->at(0).empty()) co_return std::string();
  auto keys = co_await shop_keys(pool_, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  co_return keys->own.open(kMemberName, subject.value, rows->at(0).text(0, 0));
}

}  // namespace cordon::identity
