// The people of a shop: who they are, inviting them, letting them go.
#pragma once
#include "door/routes.h"
#include "identity/backend.h"

namespace cordon::identity {

void add_member_routes(door::Routes& routes, std::function<Backend&()> here);

}  // namespace cordon::identity
