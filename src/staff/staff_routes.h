// Staff's routes: signing in, becoming one, one's own account, and colleagues.
#pragma once
#include "door/routes.h"
#include "staff/staff.h"

namespace cordon::staff {

/// `here` returns the calling reactor's Staff.
void add_staff_routes(door::Routes& routes, std::function<Staff&()> here);

}  // namespace cordon::staff
