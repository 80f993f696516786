// What the stores of staff share.
#pragma once
#include "staff/staff.h"

namespace cordon::staff {

// Every statement that finds a person returns these, then whether the secret proves something, then what it seals.
#define CORDON_PERSON "s.staff_id, s.email, s.role, coalesce(s.password, ''), s.enrolled_at IS NOT NULL, s.version"
// Whether the digest $N is of a browser of theirs.
#define CORDON_KNOWN(digest)                                             \
  "EXISTS (SELECT FROM identity.staff_secret d WHERE d.digest = " digest \
  "::bytea AND d.purpose = 'device' AND d.staff_id = s.staff_id AND d.expires_at > now())"

extern const db::Statement kAddSecret;  ///< digest, purpose, staff, session, mailed, sealed, seconds
// Of one of the staff, by id.
extern const db::Statement kForgetSecrets, kForgetSessions;

/// The statement that ends their sessions, one or all: seals, refresh tokens, sockets on every replica.
db::Query revoke_sessions(SubjectId staff, std::optional<SessionId> which = std::nullopt);
/// The statement that ends their sessions but the one that asks, which fails if that one is over itself: Code::revoked.
db::Query end_other_sessions(const door::Pass& pass);

/// An event of one of the staff, or of nobody known.
audit::Event event_of(door::AuditAction action, std::optional<SubjectId> subject, const Caller& caller);

/// "totp", "passkey", "recovery".
inline std::string name_of(Method method) { return boost::describe::enum_to_string(method, ""); }

/// The statements that keep their digests in place of the old ones.
std::vector<db::Query> keep_recovery_codes(SubjectId staff, const std::vector<std::string>& codes);

/// A statement whose first parameter is a digest.
template <class... Values>
db::Query with_digest(const db::Statement& statement, std::string_view secret, const Values&... values) {
  db::Query made = db::query(statement, "", values...);
  made.params[0] = identity::digest(secret);
  return made;
}

}  // namespace cordon::staff
