// What stands for a shop, a person and a shopper before there is a seal: the identity login's SQL for Shopify.
#pragma once
#include "identity/identity.h"
#include "keys/field.h"
#include "shopify/client.h"
#include "shopify/session_token.h"

namespace cordon::shopify {

net::Task<Result<std::optional<TenantId>>> find_tenant(db::Pool& pool, ShopDomain shop);
/// A tenant for a shop that Shopify vouches for; its pages of `origins` may embed the chat. Code::conflict where the
/// shop, or a shop of that name that an operator made, is there already.
net::Task<Result<TenantId>> add_tenant(db::Pool& pool, audit::Event event, ShopDomain shop,
                                       std::vector<std::string> origins);

/// Which member of the shop one of Shopify's people is, made one at the first time. The account's owner is an owner and
/// nobody else is by Shopify's word; others begin as agents, and keep what the shop has made them. Code::forbidden for
/// whom the shop has let go.
net::Task<Result<identity::Who>> meet_person(db::Pool& pool, audit::Event event, TenantId tenant, Person person);

/// The same for somebody who is a member already. Code::unauthenticated for anybody else.
net::Task<Result<identity::Who>> find_person(db::Pool& pool, ShopDomain shop, int64_t user);

/// A sign-in link for the browser in which somebody has come back from Shopify, for kLinkSeconds.
net::Task<Result<std::string>> add_link(db::Pool& pool, audit::Event event, identity::Who who);
inline constexpr int kLinkSeconds = 60;

/// Code::unauthenticated for a session token that was used before.
net::Task<Result<Done>> check_unused(db::Pool& pool, SessionToken token);
/// The statements that use it up, for the transaction of what it is shown for: Code::conflict for whoever comes second.
std::vector<db::Query> use_session_token(const SessionToken& token);
std::unexpected<Error> used_before();

/// Closed with the shop's own key, for the shop's row: a ticket has none that is known before it is used.
inline constexpr keys::Field kTicketCustomer{"shopify.proxy_ticket", "customer"};
/// Shopify's number of a person stands here as a blind index only.
inline constexpr keys::Field kUserId{"shopify.person", "user_id"};

/// What the app proxy told of a shopper.
struct Shopper {
  TenantId tenant;
  std::string shop;                     ///< its name here
  std::optional<std::string> customer;  ///< Shopify's number, of whoever is signed in to the shop
  std::string origin;                   ///< of the page that may use the ticket
};
/// A one-use ticket for that shopper's page, for 60 seconds.
net::Task<Result<std::string>> add_proxy_ticket(db::Pool& pool, Shopper shopper);
/// Code::unauthenticated for a ticket that is unknown, used or old.
net::Task<Result<Shopper>> find_proxy_ticket(db::Pool& pool, std::string ticket);
/// The statement that uses it up, for the transaction of the visit: Code::conflict for whoever comes second.
db::Query use_proxy_ticket(std::string_view ticket);
std::unexpected<Error> no_ticket();

}  // namespace cordon::shopify
