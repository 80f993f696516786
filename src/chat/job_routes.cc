#include "chat/job_routes.h"

#include "identity/exchange_routes.h"

namespace cordon::chat {

using door::AuditAction;
using door::Call;
using door::Rate;
using net::Method;

namespace {

/// The tenant stands in the path and in the body: both have to be the token's (app/service_gateway.cc).
struct DoJob {
  TenantId tenant, tenant_id;
  JobId job_id;
};
BOOST_DESCRIBE_STRUCT(DoJob, (), (tenant, tenant_id, job_id))

struct DoJobBody {
  TenantId tenant_id;
  JobId job_id;
};
BOOST_DESCRIBE_STRUCT(DoJobBody, (), (tenant_id, job_id))

net::Task<Result<Done>> accept_job(identity::Backend& backend, Answering& answering, Call& call, DoJob in) {
  identity::Job job{in.tenant_id, in.job_id, std::string(identity::bearer_of(call.request))};
  auto pass = co_await backend.passes.assistant(job);
  if (!pass) co_return std::unexpected(pass.error());
  // PostgreSQL says whose job it is: under this seal another tenant's is not there.
  door::Scope scope(*pass, backend.worker);
  auto found = co_await commerce::find_job(scope, job.id);
  call.ran = scope.take_ran();
  if (!found) co_return std::unexpected(found.error());
  answering.add(std::move(job));
  co_return Done{};
}

}  // namespace

void add_job_routes(door::Routes& routes, std::function<identity::Backend&()> here,
                    std::function<Answering&()> answering) {
  routes.of(door::Service::worker);
  routes.add<DoJob, Done>(
      {Method::post, "/internal/tenants/{tenant}/jobs", door::Permission(identity::kAnswer.name),
       AuditAction("job.accept"), Rate::relay, "do_job", "Do one of the assistant's jobs", 202},
      [here, answering](Call& call, DoJob in) { return accept_job(here(), answering(), call, in); });
}

net::Task<Result<Done>> ask_worker(identity::ServiceClient& services, identity::RemotePasses& passes,
                                   identity::PassPtr pass, JobId job) {
  auto token = co_await passes.service_token(pass, identity::kAnswer);
  if (!token) co_return std::unexpected(token.error());
  std::string path = "/internal/tenants/" + to_string(pass->tenant) + "/jobs";
  std::string body = json::encode(DoJobBody{pass->tenant, job});
  auto reply = co_await services.call(identity::kAnswer.audience, net::Method::post, std::move(path), std::move(*token),
                                      std::move(body), true);
  if (!reply) co_return std::unexpected(reply.error());
  co_return Done{};
}

}  // namespace cordon::chat
