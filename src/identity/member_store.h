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
  std::string means = "link";          ///< how they come in: "link" or "shopify"
  std::optional<Time> signed_in_at{};  ///< the newest of their sessions that live
};
/// Closed with the shop's own key, for the member's row.
inline constexpr keys::Field kMemberName{"identity.member", "name"};
inline constexpr keys::Field kMemberEmail{"identity.member", "email"};
CORDON_TYPE(Member, subject_id, name, email, role, means, signed_in_at)

/// In the order in which they came, those after `after`.
net::Task<Result<Page<Member>>> list_members(db::Pool& pool, TenantId tenant, std::optional<SubjectId> after,
                                             int64_t limit);
/// A new member with a one-use sign-in link that holds for so many seconds; returns the link's secret.
net::Task<Result<std::string>> invite_member(db::Pool& pool, audit::Event event, TenantId tenant, Member member,
                                             int seconds);
/// Another link for somebody who is a member; those of before that nobody used are void. Code::not_found where there is
/// no such member.
net::Task<Result<std::string>> renew_link(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject,
                                          int seconds);
/// A link to be mailed to `email`, which is in lower case, if it is the address of somebody of the shop for whom the
/// owner has made a link before. Whoever comes through Shopify gets none: Shopify says each time whether they still
/// may.
net::Task<Result<std::optional<std::string>>> add_mailed_link(db::Pool& pool, audit::Event event, TenantId tenant,
                                                              std::string email, int seconds);
/// Gives somebody another role: their sessions and API tokens end. Code::not_found where there is no such member,
/// Code::conflict for the shop's last owner.
net::Task<Result<Done>> change_role(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject,
                                    std::string role);
/// Lets somebody go: their sessions end, their links are void. Code::not_found where there is no such member,
/// Code::conflict for the shop's last owner.
net::Task<Result<Done>> remove_member(db::Pool& pool, audit::Event event, TenantId tenant, SubjectId subject);

/// The statements that add a member, and that end whatever sessions one has: for transactions of others.
db::Query add_member(TenantId tenant, const Member& member, const keys::DataKey& key);
db::Query end_sessions(TenantId tenant, SubjectId subject);

}  // namespace cordon::identity
