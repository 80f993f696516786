#include "base/address.h"
#include "chat/chat_routes.h"
#include "commerce/conversation_store.h"
#include "identity/cookie.h"
#include "shopify/shop_store.h"
#include "shopify/shopify_routes.h"

namespace cordon::shopify {

using door::AnyQuery;
using door::AuditAction;
using door::Call;
using door::Rate;
using identity::Backend;
using net::Method;

namespace {

struct OpenVisit {
  Text<20, 100> ticket;
  std::optional<Text<20, 100>> visitor_secret;
};
BOOST_DESCRIBE_STRUCT(OpenVisit, (), (ticket, visitor_secret))

/// What the page says it is, and what Origin has to say later.
bool is_page(std::string_view text) { return text.starts_with("https://") && is_origin(text); }

/// The shop's page asks through the app proxy: the one place where Shopify says which shopper this is.
net::Task<Result<net::Response>> ticket(const Wiring& wiring, AnyQuery in) {
  if (!wiring.app) co_return no_app();
  const std::vector<OwnField> own{{"origin", is_page}};
  auto query = check_proxy(std::move(in.fields), own, wiring.app->secrets, now());
  if (!query) co_return std::unexpected(query.error());
  Backend& backend = wiring.here();
  if (!backend.limiter.take("proxy" + query->shop.text(), 50, 200))
    co_return fail(Code::rate_limited, "Too many of this shop's pages ask at once; wait a moment.");
  auto tenant = co_await find_tenant(backend.identities, query->shop);
  if (!tenant) co_return std::unexpected(tenant.error());
  if (!*tenant) co_return fail(Code::not_found, "This shop has not installed the app.", "shop");
  Shopper shopper;
  shopper.tenant = **tenant;
  if (const auto customer = query->at("logged_in_customer_id"); !customer.empty()) shopper.customer = customer;
  shopper.origin = query->at("origin").empty() ? "https://" + query->shop.text() : std::string(query->at("origin"));
  auto made = co_await add_proxy_ticket(backend.identities, std::move(shopper));
  if (!made) co_return std::unexpected(made.error());
  const identity::Ticket body{*made};
  co_return identity::unkept(body);
}

net::Task<Result<door::Scope>> customer_scope(Backend& backend, const Call& call, TenantId tenant) {
  auto pass = co_await backend.identity.service(tenant, "importer");
  if (!pass) co_return std::unexpected(pass.error());
  auto event = audit::event_of(call.request);
  event.action = "visit.recognise";
  co_return backend.scope(*pass, std::move(event));
}

/// Which customer the shopper's browser was before, if it was one; and whose its secret is.
struct Before {
  std::optional<SubjectId> visitor;
  std::optional<std::string> customer;
};
net::Task<Result<Before>> find_before(Backend& backend, door::Scope& scope, std::string secret) {
  auto visitor = co_await backend.identity.visitor_of(scope.tenant(), std::move(secret));
  if (!visitor) co_return std::unexpected(visitor.error());
  Before before{*visitor, {}};
  if (!before.visitor) co_return before;
  auto known = co_await commerce::find_recognised(scope, VisitorId{before.visitor->value});
  if (!known) co_return std::unexpected(known.error());
  before.customer = std::move(*known);
  co_return before;
}

/// A visit of that shopper, which uses the ticket up. A browser that another customer used before gets a visitor of its
/// own: what one has said is not shown to the next, nor to whoever has signed out of the shop.
net::Task<Result<identity::Visit>> visit(Backend& backend, Call& call, Shopper shopper,
                                         std::optional<std::string> secret, std::string ticket) {
  auto scope = co_await customer_scope(backend, call, shopper.tenant);
  if (!scope) co_return std::unexpected(scope.error());
  Before before;
  if (secret) {
    auto found = co_await find_before(backend, *scope, *secret);
    if (!found) co_return std::unexpected(found.error());
    before = std::move(*found);
  }
  if (before.customer && before.customer != shopper.customer) secret.reset();
  const std::string no_other_page;
  std::vector<db::Query> use{use_proxy_ticket(ticket)};
  auto visit =
      co_await backend.identity.visit(shopper.shop, shopper.origin, no_other_page, std::move(secret), std::move(use));
  if (!visit && visit.error().code == Code::conflict) co_return no_ticket();
  if (!visit) co_return visit;
  const SubjectId visitor = visit->pass->subject;
  if (!shopper.customer || (before.visitor == visitor && before.customer == shopper.customer)) {
    call.ran = scope->take_ran();
    co_return visit;
  }
  const std::string name = "Customer " + *shopper.customer;
  auto linked = co_await commerce::recognise_visitor(*scope, VisitorId{visitor.value}, *shopper.customer, name);
  if (!linked) co_return std::unexpected(linked.error());
  co_return visit;
}

net::Task<Result<net::Response>> open_visit(const Wiring& wiring, Call& call, OpenVisit in) {
  if (!wiring.app) co_return no_app();
  Backend& backend = wiring.here();
  auto shopper = co_await find_proxy_ticket(backend.identities, in.ticket.value);
  if (!shopper) co_return std::unexpected(shopper.error());
  if (call.request.header("origin") != shopper->origin)
    co_return fail(Code::forbidden, "This ticket is for another page.", "Origin");
  std::optional<std::string> secret;
  if (in.visitor_secret) secret = in.visitor_secret->value;
  auto opened = co_await visit(backend, call, std::move(*shopper), std::move(secret), std::move(in.ticket.value));
  if (!opened) co_return std::unexpected(opened.error());
  co_return co_await chat::greet(backend, call, std::move(*opened));
}

}  // namespace

void add_proxy_routes(door::Routes& routes, const Wiring& wiring) {
  routes.add_raw<AnyQuery>(
      {Method::get, "/v1/shopify/proxy/ticket", door::kAnyone, AuditAction("visit.ticket"), Rate::relay,
       "shopify_proxy_ticket",
       "A one-use ticket for a shopper's page, through the app proxy: a query that Shopify has signed"},
      [wiring](Call&, AnyQuery in) { return ticket(wiring, std::move(in)); });
  routes.add_json<OpenVisit, chat::Visit>(
      {Method::post, "/v1/widget/shopify-visits", door::kAnyone, AuditAction("visit.open"), Rate::visit,
       "open_shopify_visit", "A shopper whom Shopify knows opens a page of a shop"},
      [wiring](Call& call, OpenVisit in) { return open_visit(wiring, call, std::move(in)); });
}

}  // namespace cordon::shopify
