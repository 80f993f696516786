#include "identity/exchange_routes.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace cordon::identity {

namespace bj = boost::json;
using door::AuditAction;
using door::Call;
using door::Rate;
using net::Method;

namespace {

/// RFC 6749 section 5.2 and RFC 8693 section 2.2.2, and our own code beside it, which says more.
std::string_view oauth_error(const Error& error) {
  if (error.field == "grant_type") return "unsupported_grant_type";
  if (error.code == Code::forbidden) return "unauthorized_client";
  return error.code == Code::invalid ? "invalid_request" : "invalid_grant";
}

net::Response refused(const Error& error) {
  net::Response response;
  response.status = info(error.code).status >= 500 ? info(error.code).status : 400;
  response.body = bj::serialize(
      bj::object{{"error", oauth_error(error)}, {"error_description", error.detail}, {"code", info(error.code).name}});
  return response;
}

net::Response granted(const Issued& issued) {
  net::Response response;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = bj::serialize(bj::object{{"access_token", issued.access_token},
                                           {"issued_token_type", kTokenType},
                                           {"token_type", "Bearer"},
                                           {"expires_in", issued.expires_in},
                                           {"scope", issued.scope}});
  return response;
}

net::Task<Result<net::Response>> exchange(Exchange& here, Call& call, door::AnyForm form) {
  TokenRequest request{form.get("grant_type"), form.get("subject_token"), form.get("subject_token_type"),
                       form.get("audience"),   form.get("scope"),         form.get("address")};
  auto issued = co_await here.issue(peer_of(call.request), std::move(request));
  if (!issued) co_return refused(issued.error());
  auto proved = std::make_shared<door::Pass>();
  proved->tenant = issued->tenant;
  proved->subject = issued->subject;
  call.proved = proved;
  co_return granted(*issued);
}

}  // namespace

Peer peer_of(const net::Request& request) { return {request.services, request.certificate}; }

std::string_view bearer_of(const net::Request& request) {
  const auto value = request.header("authorization");
  return value.starts_with("Bearer ") ? value.substr(7) : std::string_view();
}

void add_exchange_routes(door::Routes& routes, std::function<Exchange&()> here, std::function<Passes&()> passes,
                         std::shared_ptr<const KeySet> keys) {
  routes.of(door::Service::identity);
  routes.add_raw<door::AnyForm>(
      {Method::post, "/internal/token", kCertificate, AuditAction("service.token"), Rate::relay, "exchange_token",
       "A token or a pass for what a service holds (RFC 8693)"},
      [here](Call& call, door::AnyForm in) { return exchange(here(), call, std::move(in)); });
  routes.add_raw<Nothing>({Method::get, "/internal/keys", kCertificate, AuditAction("keys.read"), Rate::relay,
                           "service_keys", "The keys that sign tokens"},
                          [keys](Call&, Nothing) -> net::Task<Result<net::Response>> {
                            net::Response response;
                            response.body = keys->jwks();
                            co_return response;
                          });
  routes.add<ClaimJobs, Page<ClaimedJob>>(
      {Method::post, "/internal/jobs/claim", door::Permission(kClaim.name), AuditAction("job.claim"), Rate::relay,
       "claim_jobs", "Jobs of the assistant's that are due, each with a token for its tenant"},
      [here, passes](Call& call, ClaimJobs in) -> net::Task<Result<Page<ClaimedJob>>> {
        auto jobs =
            co_await passes().claim_jobs(static_cast<int>(in.at_most.value), static_cast<int>(in.hold_seconds.value));
        if (!jobs) co_return std::unexpected(jobs.error());
        Page<ClaimedJob> page;
        for (const Job& job : *jobs)
          page.items.push_back({job.tenant, job.id, here().job_token(peer_of(call.request), job.tenant)});
        co_return page;
      });
}

}  // namespace cordon::identity
