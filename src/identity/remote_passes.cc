#include "identity/remote_passes.h"

#include "base/random.h"
#include "identity/exchange_routes.h"

namespace cordon::identity {

using door::Service;

namespace {

constexpr size_t kKept = 10'000;

std::string text(std::string_view value) { return std::string(value); }

/// A token exchange's fields (RFC 8693 section 2.1).
std::vector<net::Header> exchange(std::string_view type, std::string token, std::string_view audience,
                                  std::string_view scope) {
  std::vector<net::Header> fields{{"grant_type", text(kExchangeGrant)},
                                  {"subject_token", std::move(token)},
                                  {"subject_token_type", text(type)},
                                  {"audience", text(audience)}};
  if (!scope.empty()) fields.emplace_back("scope", text(scope));
  return fields;
}

std::unexpected<Error> unreadable() {
  return fail(Code::unavailable, "The identity service does not answer as it should; try again.");
}

}  // namespace

net::Task<Result<std::string>> RemotePasses::ask(std::vector<net::Header> fields, bool again) {
  auto reply = co_await services_.post_form(Service::identity, "/internal/token", fields, again);
  if (!reply) co_return std::unexpected(reply.error());
  const auto body = json::parse_object(reply->body);
  const auto token = body ? json::text_of(*body, "access_token") : std::string_view();
  if (token.empty()) co_return unreadable();
  co_return std::string(token);
}

net::Task<Result<PassPtr>> RemotePasses::ask_pass(std::vector<net::Header> fields, bool again) {
  auto token = co_await ask(std::move(fields), again);
  if (!token) co_return std::unexpected(token.error());
  co_return verifier_.verify(*token);
}

net::Task<Result<PassPtr>> RemotePasses::kept(std::string name, std::vector<net::Header> fields) {
  if (auto found = kept_.find(name); found != kept_.end() && !found->second->fading()) co_return found->second;
  auto pass = co_await ask_pass(std::move(fields), true);
  if (!pass) co_return std::unexpected(pass.error());
  if (kept_.size() >= kKept) kept_.clear();
  kept_[std::move(name)] = *pass;
  co_return *pass;
}

net::Task<Result<PassPtr>> RemotePasses::redeem(std::string ticket, std::string purpose) {
  // Not again: the first time may have used the ticket up.
  return ask_pass(exchange(kTicketType, std::move(ticket), kAudience, purpose), false);
}

net::Task<Result<PassPtr>> RemotePasses::renew(PassPtr held) {
  return ask_pass(exchange(kTokenType, held->token, kAudience, {}), true);
}

net::Task<Result<PassPtr>> RemotePasses::api_token(std::string token, std::string address) {
  if (!is_api_token(token)) co_return fail(Code::unauthenticated, "This is no API token; copy all of it.");
  std::string name = to_hex(sha256(token)) + address;
  auto fields = exchange(kApiTokenType, std::move(token), kAudience, {});
  fields.emplace_back("address", std::move(address));
  co_return co_await kept(std::move(name), std::move(fields));
}

net::Task<Result<PassPtr>> RemotePasses::assistant(Job job) {
  return kept(to_string(job.tenant), exchange(kTokenType, std::move(job.token), kAudience, kAnswer.name));
}

net::Task<Result<std::vector<Job>>> RemotePasses::claim_jobs(int at_most, int hold_seconds) {
  std::vector<net::Header> fields{{"grant_type", text(kCredentialsGrant)},
                                  {"audience", text(to_string(kClaim.audience))},
                                  {"scope", text(kClaim.name)}};
  auto token = co_await ask(std::move(fields), true);
  if (!token) co_return std::unexpected(token.error());
  std::string claim = json::encode(ClaimJobs{{at_most}, {hold_seconds}});
  auto reply = co_await services_.call(kClaim.audience, net::Method::post, "/internal/jobs/claim", std::move(*token),
                                       std::move(claim), false);
  if (!reply) co_return std::unexpected(reply.error());
  auto page = json::decode<Page<ClaimedJob>>(reply->body);
  if (!page) co_return unreadable();
  std::vector<Job> jobs;
  for (ClaimedJob& job : page->items) jobs.push_back({job.tenant_id, job.job_id, std::move(job.token)});
  co_return jobs;
}

void RemotePasses::forget(const door::Pass& pass) {
  std::erase_if(kept_, [&](const auto& entry) { return entry.second->session == pass.session; });
}

net::Task<Result<std::string>> RemotePasses::service_token(PassPtr pass, const Work& work) {
  return ask(exchange(kTokenType, pass->token, to_string(work.audience), work.name), true);
}

net::Task<Result<Done>> learn_keys(ServiceClient& services, KeySet& keys) {
  auto reply = co_await services.call(Service::identity, net::Method::get, "/internal/keys", {}, {}, true);
  if (!reply) co_return std::unexpected(reply.error());
  co_return keys.learn(reply->body);
}

}  // namespace cordon::identity
