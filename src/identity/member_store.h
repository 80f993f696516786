// The people of a shop: types and SQL.
#pragma once
#include "base/json.h"
#include "identity/shop_keys.h"

namespace cordon::identity {

struct Member {
  SubjectId subject_id;
  std::string name;
  std::optional<std::string> email;
  std::string role;
};
/// Closed with the shop's own key, for the member's row.
inline constexpr keys::Field kMemberName{"identity.member", "name"};
inline constexpr keys::Field kMemberEmail{"identity.member", "email"};
CORDON_TYPE(Member, subject_id, name, email, role)

/// In the order in which they came, those after `after`.
net::Task<Result<Page<Member>>> list_members(db::Pool& pool, TenantId tenant, std::optional<SubjectId> after,
                                             int64_t limit);
/// A new member with a one-use sign-in link that holds for so many seconds; returns the link's secret.
net::Task<Result<std::string>> invite_member(db::Pool& pool, audit::Event event, TenantId tenant, Member member,
                                             int seconds);
/// Lets somebody go: their sessions end, their links are void. Code::not_found where there is no such member,
/// Code::conflict for the shop's last owner.
net::Task<Result<Done>> remove_member(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject);

/// The statements that add a member, and that end whatever sessions one has: for transactions of others.
db::Query add_member(TenantId tenant, const Member& member, const keys::DataKey& key);
db::Query end_sessions(TenantId tenant, SubjectId subject);

}  // namespace cordon::identity
