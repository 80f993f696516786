// Refresh tokens: one family a session, replaced at each use (RFC 9700 section 4.14.2).
#include "base/log.h"
#include "base/random.h"
#include "base/utf8.h"
#include "identity/session_store.h"
#include "identity/shop_keys.h"

namespace cordon::identity {

namespace {

// Read without a lock: what is not fresh stays that, and what is may be told otherwise when it is used.
constexpr db::Statement kFind{"refresh.find", "SELECT " CORDON_WHOSE R"(, identity.refresh_state(r, $4::integer)
  FROM identity.refresh r, door.session_of(r.session_id) s
 WHERE r.digest = $1::bytea AND r.kind = $2 AND r.key_thumbprint IS NOT DISTINCT FROM $3)"};
constexpr db::Statement kRotate{"refresh.rotate", "SELECT identity.rotate($1::bytea, $2, $3::bytea, $4::integer)"};
// $2 agent, $3 address: null where they cannot be closed
constexpr db::Statement kRenewed{"refresh.renewed", R"(
  UPDATE identity.session SET renewed_at = now(), agent = coalesce($2::bytea, agent), address = coalesce($3::bytea, address)
   WHERE session_id = $1::uuid)"};
constexpr db::Statement kEndFamily{"refresh.end_family", R"(
  WITH held AS (SELECT session_id FROM identity.refresh WHERE digest = $1::bytea FOR UPDATE),
  ended AS (SELECT identity.end_session(session_id)::text AS done FROM held)
  SELECT identity.changed_one(count(done)) FROM ended)"};

/// Whoever holds the token can make its successor, with the salt; the database, which has the salt only, cannot.
std::string successor(std::string_view token, std::string_view salt) { return to_base64url(hmac_sha256(token, salt)); }

std::string fresh_salt() {
  std::array<uint8_t, 16> bytes;
  fill_random(bytes);
  return to_hex(bytes);
}

int grace(std::string_view kind) { return kind == "visitor" ? kVisitorGrace : kGrace; }

/// Where a session goes on is not worth the loss of its token: a key that is out of reach is no reason to refuse.
db::Query renewed(SessionId session, const Result<ShopKeys>& keys, const From& from) {
  std::optional<db::Bytes> agent, address;
  if (keys) {
    agent = keys->own.close(kSessionAgent, session, storable(from.agent, 200));
    address = keys->own.close(kSessionAddress, session, from.address);
  } else {
    log::warn("a session's place was not noted", {{"code", info(keys.error().code).name}});
  }
  return db::query(kRenewed, session, agent, address);
}

}  // namespace

db::Query find_token(std::string_view secret, std::string_view kind, const std::string& key) {
  const db::Param bound = key.empty() ? std::nullopt : db::param(key);
  return db::query(kFind, digest(secret), kind, bound, grace(kind));
}

std::optional<Held> read_token(const db::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return Held{read_whose(rows), std::string(rows.text(0, 5))};
}

db::Query use_token(std::string_view secret, std::string_view kind) {
  const std::string salt = fresh_salt();
  return db::query(kRotate, digest(secret), salt, digest(successor(secret, salt)), grace(kind));
}

std::string successor_of(std::string_view secret, const db::Rows& used) { return successor(secret, used.text(0, 0)); }

net::Task<Error> Identity::end_family(std::string secret, Held held, From from) {
  const bool reused = held.state == "reused";
  const Error why{reused ? Code::revoked : Code::unauthenticated,
                  reused ? "This session was used from two places and has been ended; sign in again."
                         : "You were away for too long; sign in again.",
                  {}};
  auto event = held.whose.event(reused ? door::AuditAction("session.reuse") : door::AuditAction("session.idle"));
  event.status = info(why.code).status;
  event.code = info(why.code).name;
  event.address = from.address;
  event.agent = from.agent;
  std::vector<db::Query> changes{db::query(kEndFamily, digest(secret))};
  auto ended = co_await configure(pool_, std::move(event), std::move(changes));
  // Somebody else has ended it meanwhile.
  if (!ended && ended.error().code == Code::conflict) co_return not_signed_in().error();
  if (!ended) co_return ended.error();
  if (reused)
    log::warn("a used refresh token came again: its session is ended",
              {{"session", to_string(held.whose.session)}, {"address", from.address}});
  co_return why;
}

net::Task<Result<SignedIn>> Identity::renew(std::string secret, From from) {
  const std::string kind = from.keep == Keep::cookie ? "cookie" : "token";
  std::vector<db::Query> find{find_token(secret, kind, from.key)};
  auto found = co_await run(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  const auto held = read_token(found->at(0));
  if (!held || held->state == "over") co_return not_signed_in();
  if (held->ends_its_session()) {
    const Error why = co_await end_family(secret, *held, from);
    co_return std::unexpected(why);
  }
  auto keys = co_await shop_keys(pool_, held->whose.tenant);
  auto event = held->whose.event("session.refresh");
  event.address = from.address;
  event.agent = from.agent;
  std::vector<db::Query> changes{use_token(secret, kind), renewed(held->whose.session, keys, from),
                                 mint_seal(held->whose.session, seal_seconds_)};
  auto rows = co_await configure(pool_, std::move(event), std::move(changes));
  if (!rows) co_return std::unexpected(rows.error());
  SignedIn made;
  made.keep = from.keep;
  made.refresh = successor_of(secret, rows->at(0));
  made.pass = read_pass(rows->back(), from.key);
  made.token = token(*made.pass);
  co_return made;
}

net::Task<Result<SignedIn>> Identity::refresh(std::string secret, From from) {
  auto made = co_await renew(secret, from);
  // It has been used, or its session has ended, since it was found: then it is found as that has left it.
  if (!made && made.error().code == Code::conflict) made = co_await renew(secret, from);
  if (!made && made.error().code == Code::conflict) co_return not_signed_in();
  co_return made;
}

}  // namespace cordon::identity
