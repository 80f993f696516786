#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/address.h"
#include "base/random.h"
#include "door/routes.h"
#include "identity/api_token.h"
#include "identity/member_store.h"

namespace cordon::identity {

namespace {

// $1 the digest, $2 the address it comes from
constexpr db::Statement kFind{"api_token.find", R"(
  SELECT t.session_id, t.ranges = '{}' OR $2::inet <<= ANY (t.ranges::inet[]), t.tenant_id, t.created_by, t.token_id, s.role
    FROM identity.api_token t LEFT JOIN LATERAL door.session_of(t.session_id) s ON true WHERE t.digest = $1::bytea)"};
// $1 tenant, $2 token, $3 the address, closed
constexpr db::Statement kUsed{"api_token.used", R"(
  UPDATE identity.api_token SET last_used_at = now(), last_used_from = $3::bytea
   WHERE tenant_id = $1::uuid AND token_id = $2::uuid
     AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute'))"};
// $1 the maker's session, $2 the token's
constexpr db::Statement kNarrow{"api_token.narrow", "SELECT door.narrow($1::uuid, $2::uuid, $3::text[], $4::integer)"};
// $1 token, $2 its session, $3 digest, $4 name, $5 scopes, $6 ranges, $7 seconds. What the door says of the session it
// has just narrowed, nobody else's word.
constexpr db::Statement kAdd{"api_token.add", R"(
  INSERT INTO identity.api_token (tenant_id, token_id, digest, session_id, name, scopes, ranges, created_by, expires_at)
  SELECT s.tenant_id, $1::uuid, $3::bytea, $2::uuid, $4, $5::text[], $6::text[]::cidr[], s.subject_id,
         now() + make_interval(secs => $7::integer)
    FROM door.session_of($2::uuid) s)"};
constexpr db::Statement kList{"api_token.list", R"(
  SELECT t.token_id, t.name, t.scopes, t.ranges::text[], t.created_by, m.name, t.created_at, t.expires_at, t.last_used_at,
         t.last_used_from, s.revoked_at
    FROM identity.api_token t
    LEFT JOIN identity.member m ON m.tenant_id = t.tenant_id AND m.subject_id = t.created_by
    LEFT JOIN LATERAL door.session_of(t.session_id) s ON true
   WHERE t.tenant_id = $1::uuid ORDER BY t.token_id DESC LIMIT 500)"};
constexpr db::Statement kSession{"api_token.session",
                                 "SELECT session_id, to_json(scopes)::text FROM identity.api_token WHERE tenant_id = "
                                 "$1::uuid AND token_id = $2::uuid"};
constexpr db::Statement kRevoke{"api_token.revoke", "SELECT door.revoke($1::uuid)"};

constexpr int kDay = 86'400;
constexpr size_t kRemembered = 10'000;
constexpr int64_t kMinute = 60'000'000;

std::string key(const std::string& token, const std::string& address) { return to_hex(sha256(token)) + address; }

boost::json::array as_json(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

/// An event about the token that kFind has found.
audit::Event event_of(door::AuditAction action, const db::Rows& row, const std::string& address) {
  const Whose whose{row.id<TenantId>(0, 2), row.id<SubjectId>(0, 3), row.id<SessionId>(0, 0),
                    std::string(row.text(0, 5))};
  audit::Event event = whose.event(action);
  event.address = address;
  return event;
}

/// The statement that notes whence a token was used last.
net::Task<Result<db::Query>> used(db::Pool& pool, TenantId tenant, ApiTokenId token, std::string address) {
  auto keys = co_await shop_keys(pool, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  co_return db::query(kUsed, tenant, token, keys->own.close(kTokenAddress, token, address));
}

ApiToken read_token(const db::Rows& r, int i, const keys::DataKey& key) {
  ApiToken t;
  t.token_id = r.id<ApiTokenId>(i, 0);
  t.name = r.text(i, 1);
  t.scopes = r.texts(i, 2);
  t.ranges = r.texts(i, 3);
  t.created_by = r.id<SubjectId>(i, 4);
  if (!r.null(i, 5)) t.created_by_name = key.open(kMemberName, t.created_by.value, r.text(i, 5));
  t.created_at = r.time(i, 6);
  t.expires_at = r.time(i, 7);
  t.last_used_at = r.maybe_time(i, 8);
  if (!r.null(i, 9)) t.last_used_from = key.open(kTokenAddress, t.token_id.value, r.text(i, 9));
  t.revoked_at = r.maybe_time(i, 10);
  return t;
}

}  // namespace

net::Task<Result<std::shared_ptr<const door::Pass>>> ApiTokens::find(std::string token, std::string address) {
  const std::string at = key(token, address);
  auto found = held_.find(at);
  if (found == held_.end() || found->second.pass->fading()) {
    auto opened = co_await come_in(std::move(token), std::move(address));
    if (!opened) co_return std::unexpected(opened.error());
    if (held_.size() >= kRemembered) held_.clear();
    held_[at] = *opened;
    co_return opened->pass;
  }
  const Held held = found->second;
  if (now().micros - held.noted.micros >= kMinute) {
    // Before the wait, so that one request of many writes it.
    found->second.noted = now();
    auto noted = co_await note_use(held, address);
    if (!noted) co_return std::unexpected(noted.error());
  }
  co_return held.pass;
}

net::Task<Result<std::shared_ptr<const door::Pass>>> ApiTokens::open(std::string token, std::string address) {
  auto opened = co_await come_in(std::move(token), std::move(address));
  if (!opened) co_return std::unexpected(opened.error());
  co_return opened->pass;
}

net::Task<Result<ApiTokens::Held>> ApiTokens::come_in(std::string token, std::string address) {
  if (!is_api_token(token)) co_return fail(Code::unauthenticated, "This is no API token; copy all of it.");
  if (!limiter_.take("api-token " + network_of(address), 1, 30))
    co_return fail(Code::rate_limited, "Too many tokens from this address; wait a moment.");
  std::vector<db::Query> find{db::query(kFind, digest(token), address)};
  auto found = co_await run(pool_, std::move(find));
  if (!found) co_return std::unexpected(found.error());
  const db::Rows& row = found->at(0);
  if (row.empty()) co_return fail(Code::unauthenticated, "There is no such API token.");
  if (!row.boolean(0, 1)) {
    // Somebody holds it where it should not be: its shop wants to know.
    auto event = event_of("token.misuse", row, address);
    event.status = info(Code::forbidden).status;
    event.code = info(Code::forbidden).name;
    std::vector<db::Query> nothing;
    auto noted = co_await configure(pool_, std::move(event), std::move(nothing));
    if (!noted) co_return std::unexpected(noted.error());
    co_return fail(Code::forbidden, "This API token may not be used from this address.");
  }
  const auto id = row.id<ApiTokenId>(0, 4);
  auto use = co_await used(pool_, row.id<TenantId>(0, 2), id, address);
  if (!use) co_return std::unexpected(use.error());
  auto event = event_of("service.token", row, address);
  std::vector<db::Query> note{std::move(*use)};
  auto pass = co_await identity_.mint(row.id<SessionId>(0, 0), std::move(event), std::move(note));
  if (!pass) co_return std::unexpected(pass.error());
  co_return Held{*pass, id, now()};
}

net::Task<Result<Done>> ApiTokens::note_use(const Held& held, const std::string& address) {
  auto use = co_await used(pool_, held.pass->tenant, held.token, address);
  if (!use) co_return std::unexpected(use.error());
  std::vector<db::Query> queries{std::move(*use)};
  auto rows = co_await run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  co_return Done{};
}

void ApiTokens::forget(const door::Pass& pass) {
  std::erase_if(held_, [&](const auto& entry) { return entry.second.pass.get() == &pass; });
}

net::Task<Result<MadeApiToken>> ApiTokens::create(const door::Pass& maker, NewApiToken in, audit::Event event) {
  const auto ranges = in.ranges.value_or(std::vector<std::string>());
  if (in.scopes.empty()) co_return fail(Code::invalid, "Name at least one permission.", "scopes");
  for (const std::string& scope : in.scopes) {
    if (!maker.allows(scope))
      co_return fail(Code::invalid, "A token may have permissions of your own role only.", "scopes");
    if (door::takes_a_person(scope))
      co_return fail(Code::invalid, "A token cannot have `" + scope + "`: it takes a person.", "scopes");
  }
  auto may = co_await identity_.fresh(maker);
  if (!may) co_return std::unexpected(may.error());
  MadeApiToken made{ApiTokenId::fresh(), make_api_token()};
  const auto session = SessionId::fresh();
  const int seconds = static_cast<int>(in.days.value) * kDay;
  std::vector<db::Query> changes{
      db::query(kNarrow, maker.session, session, in.scopes, seconds),
      db::query(kAdd, made.token_id, session, "", in.name.value, in.scopes, ranges, seconds)};
  changes[1].params[2] = digest(made.secret);
  event.detail = audit::Detail({{"token", to_string(made.token_id)}})
                     .changed("scopes", nullptr, as_json(in.scopes))
                     .changed("ranges", nullptr, as_json(ranges))
                     .changed("days", nullptr, in.days.value)
                     .text();
  auto done = co_await configure(pool_, std::move(event), std::move(changes));
  // Everything else has been looked at: what PostgreSQL does not read is a range.
  if (!done && done.error().code == Code::invalid)
    co_return fail(Code::invalid, "A range is an address or a network, such as 203.0.113.0/24; at most 20 of them.",
                   "ranges");
  if (!done) co_return std::unexpected(done.error());
  co_return made;
}

net::Task<Result<Page<ApiToken>>> ApiTokens::list(TenantId tenant) {
  std::vector<db::Query> queries{db::query(kList, tenant)};
  auto rows = co_await run(pool_, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  auto keys = co_await shop_keys(pool_, tenant);
  if (!keys) co_return std::unexpected(keys.error());
  Page<ApiToken> page;
  for (int i = 0; i < rows->at(0).size(); ++i) page.items.push_back(read_token(rows->at(0), i, keys->own));
  co_return page;
}

net::Task<Result<Done>> ApiTokens::revoke(TenantId tenant, ApiTokenId token, audit::Event event) {
  std::vector<db::Query> find{db::query(kSession, tenant, token)};
  auto found = co_await run(pool_, std::move(find));
  if (!found) co_return std::unexpected(found.error());
  if (found->at(0).empty()) co_return fail(Code::not_found, "There is no such API token.");
  const auto scopes = boost::json::parse(found->at(0).text(0, 1));
  event.detail = audit::Detail({{"token", to_string(token)}}).changed("scopes", scopes, nullptr).text();
  std::vector<db::Query> changes{db::query(kRevoke, found->at(0).id<SessionId>(0, 0))};
  auto done = co_await configure(pool_, std::move(event), std::move(changes));
  if (!done) co_return std::unexpected(done.error());
  co_return Done{};
}

}  // namespace cordon::identity
