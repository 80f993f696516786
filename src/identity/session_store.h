// What the stores of sessions share.
#pragma once
#include "identity/identity.h"

namespace cordon::identity {

// Whose a session is that door.session_of() calls `s`, and what for: that is its grant's word, wherever a seal of it is
// made. The identity login reads no table of the door.
#define CORDON_WHOSE                                                                            \
  "s.tenant_id, s.subject_id, s.session_id, s.role, (SELECT 'support grant ' || g.grant_id || " \
  "', ticket ' || g.ticket FROM identity.support_grant g "                                      \
  "WHERE s.role = 'support' AND g.tenant_id = s.tenant_id AND g.session_id = s.session_id)"
/// Reads CORDON_WHOSE, the first columns of the first row.
Whose read_whose(const db::Rows& rows);

/// The statement that makes a seal for a session: CORDON_WHOSE, permissions, seal.
db::Query mint_seal(SessionId session, int seconds);
/// The statement that opens a session, whoever it is of.
db::Query open_session(const Whose& who, int seconds);
/// The statement that keeps a refresh token of a kind ("cookie", "token", "visitor"), bound to a key unless that is
/// empty.
db::Query add_refresh(std::string_view secret, std::string_view kind, const Whose& who, const std::string& key,
                      int seconds, std::optional<int> idle_seconds);
/// The statement that finds a shop: its tenant, its origins.
db::Query find_shop(std::string_view shop);
/// The statement that uses up a link or a ticket. Code::conflict where it is none of that purpose, or over: then
/// nothing is changed.
db::Query use_once(std::string_view secret, std::string_view purpose);

/// A refresh token as it was found.
struct Held {
  Whose whose;
  std::string state;  ///< identity.refresh_state(): fresh, again, reused, idle, over

  bool ends_its_session() const { return state == "reused" || state == "idle"; }
};
/// The statement that finds one of a kind that is bound to that key, or to none where that is empty.
db::Query find_token(std::string_view secret, std::string_view kind, const std::string& key);
std::optional<Held> read_token(const db::Rows& rows);
/// The statement that uses it. Code::conflict where it has been used since it was found, or its session has ended.
db::Query use_token(std::string_view secret, std::string_view kind);
/// What takes its place, from what that statement says.
std::string successor_of(std::string_view secret, const db::Rows& used);

std::unexpected<Error> not_signed_in();

}  // namespace cordon::identity
