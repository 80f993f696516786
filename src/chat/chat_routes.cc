#include "chat/chat_routes.h"

#include "chat/sockets.h"
#include "commerce/merchant_store.h"
#include "identity/cookie.h"

namespace cordon::chat {

using door::AuditAction;
using door::Call;
using door::Rate;
using identity::Backend;
using net::Method;

namespace {

struct OpenVisit {
  Text<1, 63> shop;
  std::optional<Text<20, 100>> visitor_secret;
};
BOOST_DESCRIBE_STRUCT(OpenVisit, (), (shop, visitor_secret))

struct OpenSocket {
  Text<20, 100> ticket;
  std::optional<Int<0, INT64_MAX>> after;
};
BOOST_DESCRIBE_STRUCT(OpenSocket, (), (ticket, after))

net::Task<Result<net::Response>> open_visit(Backend& backend, Call& call, OpenVisit in) {
  std::optional<std::string> secret;
  if (in.visitor_secret) secret = in.visitor_secret->value;
  const std::string origin(call.request.header("origin"));
  const std::string own = "https://" + std::string(call.request.header("host"));
  auto visit = co_await backend.identity.visit(in.shop.value, origin, own, secret);
  if (!visit) co_return std::unexpected(visit.error());
  co_return co_await greet(backend, call, std::move(*visit));
}

/// Redeems the ticket before the upgrade, so that a bad one is refused as plain HTTP.
net::Task<Result<net::Response>> open_socket(std::function<Backend&()> here, Live& live, Call& call, OpenSocket in,
                                             std::string purpose) {
  if (!call.request.upgrade) co_return fail(Code::malformed, "Ask for a WebSocket here.");
  auto pass = co_await here().passes.redeem(in.ticket.value, purpose);
  if (!pass) co_return std::unexpected(pass.error());
  call.proved = *pass;
  const int64_t after = in.after ? in.after->value : 0;
  net::Response response;
  response.status = 101;
  response.socket = [here, &live, pass = *pass, purpose, after,
                     request = &call.request](net::Socket& socket) -> net::Task<void> {
    if (purpose == "widget") co_await serve_widget(socket, here(), live, pass, *request, after);
    else co_await serve_inbox(socket, here(), live, pass, *request);
  };
  co_return response;
}

}  // namespace

net::Task<Result<net::Response>> greet(Backend& backend, Call& call, identity::Visit visit) {
  call.proved = visit.pass;
  door::Scope scope(visit.pass, backend.visitor);
  auto merchant = co_await commerce::find_merchant(scope);
  for (const door::Ran& ran : scope.take_ran()) call.ran.push_back(ran);
  if (!merchant) co_return std::unexpected(merchant.error());
  Visit made;
  made.visitor_id = VisitorId{visit.pass->subject.value};
  made.visitor_secret = visit.visitor_secret;
  made.access_token = visit.token.access_token;
  made.expires_in = visit.token.expires_in;
  made.shop_name = merchant->name;
  made.assistant_name = merchant->assistant_name;
  made.greeting = merchant->greeting;
  made.ticket = visit.ticket;
  co_return identity::unkept(made);
}

void add_chat_routes(door::Routes& routes, std::function<Backend&()> here, Live& live) {
  routes.of(door::Service::identity);
  routes.add_json<OpenVisit, Visit>(
      {Method::post, "/v1/widget/visits", door::kAnyone, AuditAction("visit.open"), Rate::visit, "open_visit",
       "A shopper opens a page of a shop"},
      [here](Call& call, OpenVisit in) { return open_visit(here(), call, std::move(in)); });
  routes.add<Nothing, identity::Ticket>(
      {Method::post, "/v1/inbox/ticket", door::Permission("conversation.read"), AuditAction("inbox.ticket"),
       Rate::write, "open_inbox", "A one-use ticket for the live inbox's socket", 200, door::Asks::first},
      [here](Call& call, Nothing) { return here().identity.ticket(call.scope->pass(), "inbox"); });
  routes.of(door::Service::chat);
  routes.add_raw<OpenSocket>(
      {Method::get, "/v1/widget/socket", door::kAnyone, AuditAction("visit.socket"), Rate::visit, "widget_socket",
       "The shopper's socket (WebSocket upgrade)", 101},
      [here, &live](Call& call, OpenSocket in) { return open_socket(here, live, call, std::move(in), "widget"); });
  routes.add_raw<OpenSocket>(
      {Method::get, "/v1/inbox/socket", door::kAnyone, AuditAction("inbox.socket"), Rate::visit, "inbox_socket",
       "The live inbox's socket (WebSocket upgrade)", 101},
      [here, &live](Call& call, OpenSocket in) { return open_socket(here, live, call, std::move(in), "inbox"); });
}

}  // namespace cordon::chat
