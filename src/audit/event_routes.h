// Looking at audit events: a shop's own, and every one for the platform's auditors.
#pragma once
#include "audit/recorder.h"
#include "door/routes.h"

namespace cordon::audit {

void add_event_routes(door::Routes& routes, std::function<Recorder&()> here);
/// `identities`: the calling reactor's connections as cordon_identity.
void add_staff_event_routes(door::Routes& routes, std::function<Recorder&()> here,
                            std::function<db::Pool&()> identities);

}  // namespace cordon::audit
