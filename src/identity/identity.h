// Identity: who somebody is, before and between seals. The only code that uses the cordon_identity login. What is
// changed for somebody is one transaction with its audit event.
#pragma once
#include "audit/recorder.h"
#include "base/json.h"
#include "db/pool.h"
#include "identity/passes.h"
#include "identity/token.h"
#include "identity/transactions.h"
#include "keys/field.h"

namespace cordon::identity {

struct AccessToken {
  std::string access_token;
  std::string token_type = "Bearer";
  int64_t expires_in = 0;                    ///< seconds
  std::optional<std::string> refresh_token;  ///< for programs; a browser's is a cookie
};
CORDON_TYPE(AccessToken, access_token, token_type, expires_in, refresh_token)

/// What somebody gets who has signed in, come back or shown again who they are: an access token, and the refresh token
/// for the next, if there is one.
struct SignedIn {
  AccessToken token;
  std::string refresh;
  Keep keep = Keep::none;  ///< where the refresh token is kept
  std::shared_ptr<const door::Pass> pass;
};

/// What a shopper's browser gets when it opens a shop's page.
struct Visit {
  std::shared_ptr<const door::Pass> pass;
  AccessToken token;
  std::string visitor_secret;
  std::string ticket;
};

/// Somebody who has proved who they are, and as what.
struct Who {
  TenantId tenant;
  SubjectId subject;
  std::string role;
  std::optional<int64_t> version = {};  ///< staff's, as they were when they proved it
};

/// Whose a session is, before there is a seal of it or beside it.
struct Whose {
  TenantId tenant;
  SubjectId subject;
  SessionId session;
  std::string role, purpose = {};

  /// An event of theirs, as if it succeeded; of no request, unless it is written for one.
  audit::Event event(door::AuditAction action) const;
};

struct Ticket {
  std::string ticket;
  int64_t expires_in = 60;
};
CORDON_TYPE(Ticket, ticket, expires_in)

/// Where somebody is signed in.
struct Session {
  SessionId session_id;
  SubjectId subject_id;
  std::string name, means, device, address, country;
  Time opened_at, renewed_at;
  bool current = false;  ///< the one that asks
};
/// Closed with the shop's own key, or the platform's, for the session's row.
inline constexpr keys::Field kSessionAgent{"identity.session", "agent"};
inline constexpr keys::Field kSessionAddress{"identity.session", "address"};
CORDON_TYPE(Session, session_id, subject_id, name, means, device, address, country, opened_at, renewed_at, current)

/// How many sessions were ended.
struct Ended {
  int64_t ended = 0;
};
CORDON_TYPE(Ended, ended)

/// "Firefox on Windows", as far as a User-Agent field tells.
std::string device_of(std::string_view agent);

inline constexpr int kMemberSeconds = 12 * 3600;
inline constexpr int kFreshSignIn = 600;  ///< seconds for which Shopify's word lets access be given and taken
inline constexpr int kVisitorSeconds = 30 * 86400;
inline constexpr int kGrace = 30;  ///< seconds in which a used refresh token is a lost answer, and later a theft
inline constexpr int kVisitorGrace = 600;  ///< a shopper leaves pages before their answers have come

/// Seconds after which a session that nobody renews ends. Shoppers' have no such limit.
struct IdleLimits {
  int staff = 3600, members = 4 * 3600;
};

struct NewShop {
  TenantId tenant;
  std::string name;
  std::vector<std::string> origins;
  std::vector<db::Query> more;  ///< what is added with it, in the same transaction
};
/// Adds a shop as a tenant of its own, with its first key. Code::conflict for a name that is taken.
net::Task<Result<Done>> add_tenant(db::Pool& pool, audit::Event event, NewShop shop);
/// The statement that keeps a secret which is good once, within so many seconds: a link ("sign-in", or "shopify" for
/// the browser that has come back from there) or a socket's ticket ("widget", "inbox"), which is a session's.
db::Query add_one_use(std::string_view secret, std::string_view purpose, TenantId tenant, SubjectId subject,
                      std::optional<SessionId> session, int seconds);

struct Held;  // session_store.h

/// One reactor's. Every failure is a Result; secrets are kept as SHA-256 only.
class Identity {
 public:
  Identity(db::Pool& pool, std::shared_ptr<const Signer> signer, int seal_seconds = 300, IdleLimits idle = {})
      : pool_(pool), signer_(std::move(signer)), seal_seconds_(seal_seconds), idle_(idle) {}

  /// The cordon_identity login's connections, for the stores that stand on this one.
  db::Pool& pool() { return pool_; }

  /// Uses up a sign-in link: one that somebody was given, or (From::means "shopify") that of a browser which has come
  /// back from Shopify. Code::unauthenticated if it is unknown, used or old.
  net::Task<Result<SignedIn>> sign_in(std::string link, From from);
  /// Signs in somebody who has proved who they are: a member of a shop, or staff (towards kPlatform).
  /// Code::unauthenticated for somebody who is not there any more, or not in that role, or has changed what they sign
  /// in with since. The session that the browser held before ends with it (From::replaces).
  net::Task<Result<SignedIn>> open(Who who, From from);
  /// The same in one transaction with `more`, for a session of that id. Code::conflict where `more` says so.
  net::Task<Result<SignedIn>> open(Who who, From from, SessionId session, std::vector<db::Query> more);
  /// A new access token and a new refresh token for a refresh token, which is used up. Presented again within kGrace,
  /// before its successor was used, it yields the same successor: an answer may be lost, and tabs ask at once. Later
  /// than that it ends the whole session: Code::revoked. Code::unauthenticated if it is unknown or over, or was left
  /// unused for longer than the session's idle limit, which ends it too.
  net::Task<Result<SignedIn>> refresh(std::string secret, From from);
  /// New tokens for a session whose holder has shown again who they are (OWASP ASVS 5.0, 7.2.4), in one transaction
  /// with `more` and the event of it. The session goes on, and to its own end; what it had is over at once: seals,
  /// refresh tokens, tickets, sockets. A key that it is bound to stays that. Code::revoked if it has ended meanwhile.
  net::Task<Result<SignedIn>> replace_tokens(const door::Pass& pass, audit::Event event, std::vector<db::Query> more);
  /// A new access token for a session without a refresh token, once `who` has shown again who they are by the means
  /// that opened it, in one transaction with `more`. Code::unauthenticated if it is over, is another's, or was left
  /// unused for longer than a member's idle limit, which ends it too; Code::conflict where `more` says so.
  net::Task<Result<SignedIn>> go_on(Who who, SessionId session, From from, std::vector<db::Query> more);
  /// Ends a session: its seals, its refresh tokens, its sockets on every replica.
  net::Task<Result<Done>> sign_out(const door::Pass& pass);
  /// The live sessions of one person, or of everybody, in the tenant of whoever asks; the newest 200.
  net::Task<Result<Page<Session>>> sessions(const door::Pass& asks, std::optional<SubjectId> whose);
  /// Code::step_up_required for somebody who came through Shopify longer than kFreshSignIn ago: before access is given
  /// to others, or taken from them, so that what was stolen of a session does not outlast it. Whoever came by a link
  /// has nothing to show again: it is good once.
  net::Task<Result<Done>> fresh(const door::Pass& pass);
  /// Ends sessions of the tenant of `by`: of one person or of anybody, one or all. How many.
  net::Task<Result<int64_t>> end_sessions(const door::Pass& by, std::optional<SubjectId> whose,
                                          std::optional<SessionId> which, audit::Event event);

  /// A shopper opens `shop` on a page of `origin`. Code::not_found for no such shop, Code::forbidden for a foreign
  /// page; an unknown `visitor_secret` makes a new visitor.
  net::Task<Result<Visit>> visit(std::string shop, std::string origin, std::string own_origin,
                                 std::optional<std::string> visitor_secret);
  /// The same in one transaction with `more`. Code::conflict where that says so.
  net::Task<Result<Visit>> visit(std::string shop, std::string origin, std::string own_origin,
                                 std::optional<std::string> visitor_secret, std::vector<db::Query> more);
  /// Whose such a secret is, or was, in that shop.
  net::Task<Result<std::optional<SubjectId>>> visitor_of(TenantId tenant, std::string visitor_secret);
  /// A one-use ticket that opens one socket within a minute. `purpose` is "widget" or "inbox".
  net::Task<Result<Ticket>> ticket(const door::Pass& pass, std::string purpose);
  net::Task<Result<std::shared_ptr<const door::Pass>>> redeem(std::string ticket, std::string purpose);
  /// The access token that carries a pass.
  AccessToken token(const door::Pass& pass) const;
  /// A fresh seal for the session of a pass, if it lives: sockets outlive seals.
  net::Task<Result<std::shared_ptr<const door::Pass>>> mint(const door::Pass& of);
  /// A seal for a session, in one transaction with `more` and the event that says for whom and what for.
  net::Task<Result<std::shared_ptr<const door::Pass>>> mint(SessionId session, audit::Event event,
                                                            std::vector<db::Query> more);

  /// A service's pass for one tenant, one kind of work, minutes long. Reused while it is fresh.
  net::Task<Result<std::shared_ptr<const door::Pass>>> service(TenantId tenant, std::string role);
  /// Forgets a pass that did not hold: after a suspension ends, a new one is needed.
  void forget_service(TenantId tenant, const std::string& role) { services_.erase({tenant, role}); }
  /// Jobs that are due and that nobody else holds.
  net::Task<Result<std::vector<Job>>> claim_jobs(std::string kind, int at_most, int hold_seconds);

  /// Ends sessions that nobody used for longer than their idle limit, and deletes what is over: seals, sessions, links,
  /// tickets, cookies.
  net::Task<Result<Done>> sweep();

  // What an operator does from the command line; each change leaves its audit event in its own transaction.
  net::Task<Result<TenantId>> add_shop(std::string shop, std::vector<std::string> origins);
  net::Task<Result<std::optional<TenantId>>> find_shop(std::string shop);
  /// Lets the pages of a web origin embed the shop's widget.
  net::Task<Result<Done>> allow_origin(TenantId tenant, std::string origin);
  /// The first owner of a shop, if it has one.
  net::Task<Result<std::optional<SubjectId>>> find_owner(TenantId tenant);
  net::Task<Result<SubjectId>> add_member(TenantId tenant, std::string name, std::string role);
  net::Task<Result<std::string>> sign_in_link(TenantId tenant, SubjectId subject, int seconds);
  net::Task<Result<Done>> suspend(TenantId tenant, std::string why);
  net::Task<Result<Done>> resume(TenantId tenant);
  net::Task<Result<Done>> halt(std::string why);
  net::Task<Result<Done>> unhalt();
  /// Lets nothing go of a shop's audit events, without one of anybody's, until they are released. Code::conflict where
  /// they are held already, Code::not_found where they are not.
  net::Task<Result<Done>> hold_events(std::optional<TenantId> tenant, std::string why);
  net::Task<Result<Done>> release_events(std::optional<TenantId> tenant);
  net::Task<Result<std::string>> member_name(TenantId tenant, SubjectId subject);

 private:
  net::Task<Result<std::vector<db::Rows>>> run(std::vector<db::Query> queries);
  net::Task<Result<Done>> call(db::Query query);
  net::Task<Result<Done>> configured(audit::Event event, std::vector<db::Query> changes);
  net::Task<Result<SignedIn>> renew(std::string secret, From from);
  /// A visit of `who`, whose visitor's secret is used for it, or who is new.
  net::Task<Result<Visit>> enter(Whose who, std::optional<std::string> secret, std::vector<db::Query> more);
  /// Ends the session of a token that ends it, and says why.
  net::Task<Error> end_family(std::string secret, Held held, From from);
  net::Task<Result<Done>> end_idle();
  /// The pass that mint_seal() returns.
  std::shared_ptr<const door::Pass> read_pass(const db::Rows& rows, std::string key = {}) const;

  db::Pool& pool_;
  std::shared_ptr<const Signer> signer_;
  int seal_seconds_;
  IdleLimits idle_;
  std::map<std::pair<TenantId, std::string>, std::shared_ptr<const door::Pass>> services_;
};

}  // namespace cordon::identity
