#include "identity/member_routes.h"

#include <boost/json/serialize.hpp>

#include "base/address.h"
#include "identity/access_routes.h"
#include "identity/member_store.h"

namespace cordon::identity {

using door::Asks;
using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

constexpr AuditAction kInvite{"member.invite"}, kRemove{"member.remove"};
constexpr int kInviteSeconds = 3 * 86'400;

/// What an owner may make others be. Who owns a Shopify shop is what Shopify says.
enum class Invited { manager, agent, analyst };
BOOST_DESCRIBE_ENUM(Invited, manager, agent, analyst)

struct ListMembers {
  std::optional<SubjectId> cursor;
  std::optional<Int<1, 200>> limit;
};
BOOST_DESCRIBE_STRUCT(ListMembers, (), (cursor, limit))

struct Invite {
  Text<1, 100> name;
  Text<3, 254> email;
  Invited role = Invited::agent;
};
BOOST_DESCRIBE_STRUCT(Invite, (), (name, email, role))

struct Invitation {
  SubjectId subject_id;
  std::string link;
  int64_t expires_in = kInviteSeconds;
};
CORDON_TYPE(Invitation, subject_id, link, expires_in)

struct NamedMember {
  SubjectId subject_id;
};
BOOST_DESCRIBE_STRUCT(NamedMember, (), (subject_id))

net::Task<Result<Invitation>> invite(Backend& backend, Call& call, Invite in) {
  const std::string& email = in.email.value;
  // Written to over the public net, where a domain of one word is a slip.
  if (!is_email(email) || email.find('.', email.find('@')) == std::string::npos)
    co_return fail(Code::invalid, "`email` must be an address as in ann@shop.example.", "email");
  auto may = co_await backend.identity.fresh(call.scope->pass());
  if (!may) co_return std::unexpected(may.error());
  Member member;
  member.subject_id = SubjectId::fresh();
  member.name = in.name.value;
  member.email = in.email.value;
  member.role = boost::describe::enum_to_string(in.role, "");
  auto event = event_of(call, kInvite);
  event.detail = audit::Detail({{"member", to_string(member.subject_id)}}).changed("role", nullptr, member.role).text();
  auto link =
      co_await invite_member(backend.identities, std::move(event), call.scope->tenant(), member, kInviteSeconds);
  if (!link) co_return std::unexpected(link.error());
  Invitation made;
  made.subject_id = member.subject_id;
  made.link = "https://" + std::string(call.request.header("host")) + "/console/sign-in#" + *link;
  co_return made;
}

net::Task<Result<Done>> remove(Backend& backend, Call& call, NamedMember in) {
  auto may = co_await backend.identity.fresh(call.scope->pass());
  if (!may) co_return may;
  co_return co_await remove_member(backend.identities, event_of(call, kRemove), call.scope->tenant(), in.subject_id);
}

}  // namespace

void add_member_routes(door::Routes& routes, std::function<Backend&()> here) {
  const Permission read("member.read"), manage("member.manage");
  routes.add<ListMembers, Page<Member>>({Method::get, "/v1/members", read, AuditAction("member.list"), Rate::read,
                                         "list_members", "The shop's people", 200, Asks::first},
                                        [here](Call& call, ListMembers in) {
                                          return list_members(here().identities, call.scope->tenant(), in.cursor,
                                                              in.limit.value_or(Int<1, 200>{50}).value);
                                        });
  routes.add<Invite, Invitation>(
      {Method::post, "/v1/members", manage, kInvite, Rate::write, "invite_member",
       "Add somebody to the shop; the answer's link signs them in once, within three days", 200, Asks::first},
      [here](Call& call, Invite in) { return invite(here(), call, std::move(in)); });
  routes.add<NamedMember, Done>({Method::delete_, "/v1/members/{subject_id}", manage, kRemove, Rate::write,
                                 "remove_member", "Let somebody go: their sessions end", 200, Asks::first},
                                [here](Call& call, NamedMember in) { return remove(here(), call, in); });
}

}  // namespace cordon::identity
