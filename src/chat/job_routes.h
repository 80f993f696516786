// How the chat service has the assistant's jobs done by the worker service: both ends of that call.
#pragma once
#include "chat/answering.h"
#include "door/routes.h"
#include "identity/remote_passes.h"

namespace cordon::chat {

/// The worker's end. `here` and `answering` return the calling reactor's.
void add_job_routes(door::Routes& routes, std::function<identity::Backend&()> here,
                    std::function<Answering&()> answering);

/// The other end: asks the worker to do a job that `pass` has queued. Whoever cannot be asked claims it later.
net::Task<Result<Done>> ask_worker(identity::ServiceClient& services, identity::RemotePasses& passes,
                                   identity::PassPtr pass, JobId job);

}  // namespace cordon::chat
