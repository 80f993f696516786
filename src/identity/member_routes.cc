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

constexpr AuditAction kInvite{"member.invite"}, kLink{"member.link"}, kChange{"member.change"},
    kRemove{"member.remove"};
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

struct ChangeMember {
  SubjectId subject_id;
  Invited role = Invited::agent;
};
BOOST_DESCRIBE_STRUCT(ChangeMember, (), (subject_id, role))

std::string name_of(Invited role) { return boost::describe::enum_to_string(role, ""); }

/// What signs `subject` in, as whoever invites them hands it over.
Invitation invitation(const Call& call, SubjectId subject, const std::string& link) {
  Invitation made;
  made.subject_id = subject;
  made.link = "https://" + std::string(call.request.header("host")) + "/console/sign-in#" + link;
  return made;
}

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
  member.role = name_of(in.role);
  auto event = event_of(call, kInvite);
  event.detail = audit::Detail({{"member", to_string(member.subject_id)}}).changed("role", nullptr, member.role).text();
  auto link =
      co_await invite_member(backend.identities, std::move(event), call.scope->tenant(), member, kInviteSeconds);
  if (!link) co_return std::unexpected(link.error());
  co_return invitation(call, member.subject_id, *link);
}

net::Task<Result<Invitation>> link_again(Backend& backend, Call& call, NamedMember in) {
  const door::Pass& pass = call.scope->pass();
  auto may = co_await backend.identity.fresh(pass);
  if (!may) co_return std::unexpected(may.error());
  if (in.subject_id == pass.subject)
    co_return fail(Code::conflict,
                   "Nobody makes a link for themselves: whoever stole a session could stay. Ask another owner, or have "
                   "one mailed from the sign-in page.");
  auto link =
      co_await renew_link(backend.identities, event_of(call, kLink), pass.tenant, in.subject_id, kInviteSeconds);
  if (!link) co_return std::unexpected(link.error());
  co_return invitation(call, in.subject_id, *link);
}

net::Task<Result<Done>> change_member(Backend& backend, Call& call, ChangeMember in) {
  const door::Pass& pass = call.scope->pass();
  auto may = co_await backend.identity.fresh(pass);
  if (!may) co_return may;
  if (in.subject_id == pass.subject)
    co_return fail(Code::conflict, "Nobody changes their own role: ask another owner.");
  co_return co_await change_role(backend.identities, event_of(call, kChange), pass.tenant, in.subject_id,
                                 name_of(in.role));
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
  routes.add<NamedMember, Invitation>(
      {Method::post, "/v1/members/{subject_id}/link", manage, kLink, Rate::write, "renew_member_link",
       "A new link for somebody who is there: it signs them in once, within three days, and older ones are void", 200,
       Asks::first},
      [here](Call& call, NamedMember in) { return link_again(here(), call, in); });
  routes.add<ChangeMember, Done>(
      {Method::patch, "/v1/members/{subject_id}", manage, kChange, Rate::write, "change_member",
       "Give somebody another role: their sessions and API tokens end", 200, Asks::first},
      [here](Call& call, ChangeMember in) { return change_member(here(), call, in); });
  routes.add<NamedMember, Done>({Method::delete_, "/v1/members/{subject_id}", manage, kRemove, Rate::write,
                                 "remove_member", "Let somebody go: their sessions end", 200, Asks::first},
                                [here](Call& call, NamedMember in) { return remove(here(), call, in); });
}

}  // namespace cordon::identity
