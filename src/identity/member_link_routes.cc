#include "base/address.h"
#include "base/log.h"
#include "identity/member_routes.h"
#include "identity/member_store.h"

namespace cordon::identity {

using door::AuditAction;
using door::Call;

namespace {

constexpr int kMailedLinkMinutes = 15;

struct AskForLink {
  Text<1, 63> shop;
  Text<3, 254> email;
};
BOOST_DESCRIBE_STRUCT(AskForLink, (), (shop, email))

/// Everything by which an answer, or its time, could tell whether there is such a shop or somebody of that address.
net::Task<Result<Done>> mail_link(Backend& backend, Post post, audit::Event event, std::string shop,
                                  std::string email) {
  auto tenant = co_await backend.identity.find_shop(shop);
  if (!tenant) co_return std::unexpected(tenant.error());
  if (!*tenant) co_return Done{};
  auto link = co_await add_mailed_link(backend.identities, std::move(event), **tenant, email, kMailedLinkMinutes * 60);
  if (!link) co_return std::unexpected(link.error());
  if (*link)
    post.send(**tenant, email, "Your sign-in link for " + shop,
              "Somebody, you we hope, asked for a link to sign in to " + shop + " on Cordon. Open it within " +
                  std::to_string(kMailedLinkMinutes) + " minutes:\n\n" + post.origin() + "/console/sign-in#" + **link +
                  "\n\nIt works once. If it was not you, do nothing.\n");
  co_return Done{};
}

net::Task<void> mail_link_later(Backend& backend, Post post, audit::Event event, std::string shop, std::string email) {
  auto done = co_await mail_link(backend, std::move(post), std::move(event), std::move(shop), std::move(email));
  if (!done) log::error("a sign-in link was not mailed", {{"why", done.error().detail}});
}

net::Task<Result<Done>> ask_for_link(Backend& backend, Post post, Call& call, AskForLink in) {
  if (!post.ready()) co_return fail(Code::unavailable, "No mail is set up here; ask an owner of the shop for a link.");
  const std::string email = lower_case(in.email.value);
  if (!is_email(email)) co_return fail(Code::invalid, "An address looks like ann@shop.example.", "email");
  auto may = co_await post.may(in.shop.value + " " + email, call.request.address);
  if (!may) co_return may;
  auto event = audit::event_of(call.request);
  event.action = "member.link";
  net::Reactor::current().spawn(mail_link_later(backend, post, std::move(event), in.shop.value, email));
  co_return Done{};
}

}  // namespace

void add_member_link_routes(door::Routes& routes, std::function<Backend&()> here, Post post) {
  routes.add<AskForLink, Done>(
      {net::Method::post, "/v1/sign-in-links", door::kAnyone, AuditAction("member.ask-link"), door::Rate::sign_in,
       "ask_for_link", "Mail a one-use sign-in link, if the address is of one of the shop's people", 202},
      [here, post](Call& call, AskForLink in) { return ask_for_link(here(), post, call, std::move(in)); });
}

}  // namespace cordon::identity
