// Refresh tokens: one family a session, replaced at each use (RFC 9700 section 4.14.2).
#include "base/log.h"
#include "base/random.h"
#include "identity/identity.h"

namespace cordon::identity {

namespace {

constexpr db::Statement kRotate{"refresh.rotate", R"(
  SELECT outcome, session_id, salt
    FROM identity.rotate($1::bytea, $2, $3::uuid, $4, $5, $6::bytea, $7::integer, $8::uuid, $9::uuid))"};
// A family that rotate() has just ended has no row any more, and so no seal. If minting fails (a suspended shop), all
// is rolled back and the token is as good as before. No session of a grant has one, so there is no purpose to name.
constexpr db::Statement kMintForToken{"refresh.mint_for_token", R"(
  SELECT s.tenant_id, s.subject_id, s.session_id, s.role, m.permissions, m.seal, NULL::text
    FROM identity.refresh r, door.mint(r.session_id, $2::integer) m, door.session_of(r.session_id) s
   WHERE r.digest = $1::bytea AND r.kind = $3 AND r.expires_at > now() AND r.tenant_id = coalesce($4::uuid, r.tenant_id)
     AND r.key_thumbprint IS NOT DISTINCT FROM $5)"};
constexpr db::Statement kRenewed{"refresh.renewed", R"(
  UPDATE identity.session s SET renewed_at = now()
    FROM identity.refresh r WHERE r.digest = $1::bytea AND s.session_id = r.session_id)"};

/// Whoever holds the token can make its successor, with the salt; the database, which has the salt only, cannot.
std::string successor(std::string_view token, std::string_view salt) { return to_base64url(hmac_sha256(token, salt)); }

std::string fresh_salt() {
  std::array<uint8_t, 16> bytes;
  fill_random(bytes);
  return to_hex(bytes);
}

}  // namespace

net::Task<Result<Identity::Renewed>> Identity::renew(std::string secret, std::string kind,
                                                     std::optional<TenantId> tenant, From from) {
  const std::string salt = fresh_salt();
  const db::Param key = from.key.empty() ? std::nullopt : db::param(from.key);
  const int grace = kind == "visitor" ? kVisitorGrace : kGrace;
  std::vector<db::Query> queries{
      db::query(kRotate, "", kind, tenant, key, salt, "", grace, EventId::fresh(), RequestId::fresh()),
      db::query(kMintForToken, "", seal_seconds_, kind, tenant, key), db::query(kRenewed, "")};
  queries[0].params[5] = digest(successor(secret, salt));
  for (db::Query& query : queries) query.params[0] = digest(secret);
  auto rows = co_await run(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  const std::string_view outcome = rows->at(0).text(0, 0);
  if (outcome == "reused") {
    log::warn("a used refresh token came again: its session is ended",
              {{"session", to_string(rows->at(0).uuid(0, 1))}, {"address", from.address}});
    co_return fail(Code::revoked, "This session was used from two places and has been ended; sign in again.");
  }
  if (outcome == "idle") co_return fail(Code::unauthenticated, "You were away for too long; sign in again.");
  if (outcome == "unknown" || rows->at(1).empty()) co_return fail(Code::unauthenticated, "Sign in again.");
  Renewed made;
  made.refresh = successor(secret, rows->at(0).text(0, 2));
  made.pass = read_pass(rows->at(1), from.key);
  co_return made;
}

net::Task<Result<SignedIn>> Identity::refresh(std::string secret, From from) {
  const std::string kind = from.keep == Keep::cookie ? "cookie" : "token";
  auto renewed = co_await renew(std::move(secret), kind, std::nullopt, from);
  if (!renewed) co_return std::unexpected(renewed.error());
  SignedIn made;
  made.keep = from.keep;
  // The token is used up by now: where it came from is not worth the loss of its successor.
  if (auto noted = co_await seen(*renewed->pass, std::move(from)); !noted)
    log::warn("a session's place was not noted", {{"code", info(noted.error().code).name}});
  made.refresh = std::move(renewed->refresh);
  made.pass = std::move(renewed->pass);
  made.token = token(*made.pass);
  co_return made;
}

}  // namespace cordon::identity
