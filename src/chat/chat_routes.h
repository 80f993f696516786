// The routes that open sockets: a shopper's visit and the tickets.
#pragma once
#include "chat/live_session.h"
#include "door/routes.h"

namespace cordon::chat {

/// What a shopper's page gets for its visit.
struct Visit {
  VisitorId visitor_id;
  std::string visitor_secret, access_token;
  int64_t expires_in = 0;
  std::string shop_name, assistant_name, greeting, ticket;
  int64_t ticket_expires_in = 60;
};
CORDON_TYPE(Visit, visitor_id, visitor_secret, access_token, expires_in, shop_name, assistant_name, greeting, ticket,
            ticket_expires_in)

/// The answer to a visit that was let in, however: a chat::Visit, never cached.
net::Task<Result<net::Response>> greet(identity::Backend& backend, door::Call& call, identity::Visit visit);

/// `here` returns the calling reactor's backend; `own_origin` is the server's, whose own pages may embed every shop's
/// widget.
void add_chat_routes(door::Routes& routes, std::function<identity::Backend&()> here, Live& live);

}  // namespace cordon::chat
