// The routes of commerce.
#pragma once
#include <functional>

#include "door/routes.h"

namespace cordon::commerce {

/// Told when a conversation has changed, so that whoever follows it reads again.
using Changed = std::function<void(TenantId, ConversationId)>;

void add_conversation_routes(door::Routes& routes, Changed changed);
void add_customer_routes(door::Routes& routes);
void add_catalogue_routes(door::Routes& routes);
void add_order_routes(door::Routes& routes);

inline void add_routes(door::Routes& routes, Changed changed) {
  add_conversation_routes(routes, std::move(changed));
  add_customer_routes(routes);
  add_catalogue_routes(routes);
  add_order_routes(routes);
}

}  // namespace cordon::commerce
