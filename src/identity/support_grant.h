// Support grants: staff have no way into a shop but this one, which names a reason, a ticket and an end, and which the
// shop sees and may end. What a grant opens is a session of role `support` in the shop: it reads, and changes nothing.
#pragma once
#include "identity/identity.h"

namespace cordon::identity {

/// waiting for the owner's yes, active, or over: ended by somebody or by itself.
enum class GrantState { waiting, active, ended };
BOOST_DESCRIBE_ENUM(GrantState, waiting, active, ended)

struct SupportGrant {
  GrantId grant_id;
  std::string shop;
  SubjectId opened_by;
  std::string reason, ticket;
  int64_t minutes = 0;
  GrantState state = GrantState::ended;
  Time opened_at;
  std::optional<Time> approved_at;
  Time expires_at;  ///< of the grant; while it waits, when the request lapses
  std::optional<Time> ended_at;
  std::optional<SubjectId> ended_by;
};
CORDON_TYPE(SupportGrant, grant_id, shop, opened_by, reason, ticket, minutes, state, opened_at, approved_at, expires_at,
            ended_at, ended_by)

struct AskForGrant {
  Text<1, 63> shop;
  Text<20, 500> reason;
  Text<1, 100> ticket;
  Int<1, 240> minutes;
};
BOOST_DESCRIBE_STRUCT(AskForGrant, (), (shop, reason, ticket, minutes))

struct SupportAccess {
  bool needs_consent = false;  ///< whether a grant waits for the owner's yes
};
CORDON_TYPE(SupportAccess, needs_consent)

/// Whether a reason that a merchant will read has words in it, and is not padded with spaces.
bool says_something(std::string_view reason);

/// One reactor's. Every step leaves its audit event under the shop, where the merchant reads it.
class SupportGrants {
 public:
  SupportGrants(db::Pool& pool, Identity& identity) : pool_(pool), identity_(identity) {}

  // The staff's side: `staff` is who asks. Code::not_found for a grant that somebody else has opened.
  /// Code::not_found for no such shop, Code::invalid for a reason that says nothing.
  net::Task<Result<SupportGrant>> open(SubjectId staff, AskForGrant in, audit::Event event);
  net::Task<Result<Page<SupportGrant>>> list_of(SubjectId staff);
  /// A pass into the shop, which ends with the grant and is bound to the same key as the one that asks. Code::conflict
  /// for one that waits or is over.
  net::Task<Result<std::shared_ptr<const door::Pass>>> enter(const door::Pass& staff, GrantId id, audit::Event event);
  /// Code::conflict for one that is over.
  net::Task<Result<Done>> withdraw(SubjectId staff, GrantId id, audit::Event event);

  // The shop's side. Code::not_found for a grant of another shop.
  net::Task<Result<Page<SupportGrant>>> list(TenantId tenant);
  /// Opens the door for a grant that waits, for its minutes from now. Code::conflict for any other; see
  /// Identity::fresh().
  net::Task<Result<SupportGrant>> approve(const door::Pass& owner, GrantId id, audit::Event event);
  /// Code::conflict for one that is over.
  net::Task<Result<Done>> revoke(TenantId tenant, SubjectId owner, GrantId id, audit::Event event);
  net::Task<Result<SupportAccess>> access(TenantId tenant);
  /// Letting support in without a yes is a yes to all of them; see Identity::fresh().
  net::Task<Result<Done>> set_access(const door::Pass& owner, SupportAccess access, audit::Event event);

 private:
  struct Found {
    SupportGrant grant;
    TenantId tenant;
    SessionId session;
  };
  net::Task<Result<std::vector<Found>>> find(db::Query query);
  /// The one grant that the query finds.
  net::Task<Result<Found>> find_one(db::Query query);
  net::Task<Result<Done>> end(const Found& found, SubjectId by, audit::Event event);

  db::Pool& pool_;
  Identity& identity_;
};

}  // namespace cordon::identity
