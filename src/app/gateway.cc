#include "app/gateway.h"

#include "audit/this_call.h"
#include "base/address.h"
#include "base/log.h"
#include "net/server.h"

namespace cordon::app {

using door::Rate;

namespace {

struct Allowance {
  double per_second, burst;
};

/// By rate class: what one caller (a session, or an address where there is none) may do.
Allowance allowance(Rate rate) {
  switch (rate) {
    case Rate::read: return {50, 200};
    case Rate::write: return {10, 60};
    case Rate::sign_in: return {1, 30};
    case Rate::visit: return {2, 60};
    case Rate::relay: return {200, 1000};  // from servers that stand between us and all of their shoppers
  }
  return {1, 1};
}

/// How often an address may hear why it is turned away.
constexpr Allowance kRefusals{60, 600};

/// Shoppers' routes are called from the shops' own pages.
bool for_shops(std::string_view path) { return path.starts_with("/v1/widget/") || path.starts_with("/v1/storefront/"); }

void allow_origin(const net::Request& request, net::Response& response) {
  const auto origin = request.header("origin");
  if (origin.empty() || !for_shops(request.path)) return;
  // No cookies are involved, so naming the origin grants a page nothing but to read what its own token asked for.
  response.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  response.headers.emplace_back("Vary", "Origin");
}

/// Whether a request comes with an API token.
bool is_program(const net::Request& request) {
  return request.header("authorization").starts_with("Bearer " + std::string(identity::kApiTokenPrefix));
}

/// Whose token a request carries: a shop's API token, or an access token; if that is bound to a key, with a proof that
/// the caller holds it.
net::Task<Result<std::shared_ptr<const door::Pass>>> authenticate(const net::Request& request, Station& station) {
  const auto value = request.header("authorization");
  const bool proving = value.starts_with("DPoP ");
  const auto token = proving ? value.substr(5) : value.starts_with("Bearer ") ? value.substr(7) : std::string_view();
  if (is_program(request)) co_return co_await station.backend.passes.api_token(std::string(token), request.address);
  auto pass = station.verifier.verify(token);
  if (!pass || (!proving && (*pass)->key.empty())) co_return pass;
  // RFC 9449 section 7.2: neither a bound token as a bearer's, nor a bearer's as a bound one.
  auto key = station.proofs.check(request, token);
  if (!key) co_return std::unexpected(key.error());
  if (!proving || key->empty() || *key != (*pass)->key)
    co_return fail(Code::unauthenticated,
                   "Send `Authorization: DPoP` and a proof by the key that this token is bound to.", "DPoP");
  co_return pass;
}

}  // namespace

net::Task<net::Response> Gateway::preflight(net::Request& request) {
  const auto methods = routes_.methods(request.path);
  if (methods.empty() && request.path != "*")
    co_return net::problem({Code::not_found, "There is nothing at this address.", {}}, request.id);
  const auto limit = allowance(Rate::visit);
  if (!here_().backend.addresses.take("preflight" + network_of(request.address), limit.per_second, limit.burst))
    co_return net::problem({Code::rate_limited, "Too many requests from this address; wait a moment.", {}}, request.id);
  net::Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", methods.empty() ? "OPTIONS" : methods + ", OPTIONS");
  // Of any page: which may embed which shop is decided by the request itself, whose refusal the page can then read and
  // show.
  if (!for_shops(request.path)) co_return response;
  allow_origin(request, response);
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
  response.headers.emplace_back("Access-Control-Allow-Headers", "authorization, content-type");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  co_return response;
}

net::Response Gateway::turn_away(const net::Request& request, const Error& why, bool& told) {
  told = here_().backend.addresses.take("refused" + network_of(request.address), kRefusals.per_second, kRefusals.burst);
  if (told) return net::problem(why, request.id);
  return net::problem({Code::rate_limited, "Too many requests from this address came to nothing; wait a moment.", {}},
                      request.id);
}

net::Task<net::Response> Gateway::serve(net::Request& request, door::Call& call, audit::Event& event,
                                        std::optional<door::Scope>& scope, bool& told) {
  auto& station = here_();
  auto found = routes_.find(request.method, request.path, call);
  if (!found) {
    auto refused = turn_away(request, found.error(), told);
    if (refused.status == 405) refused.headers.emplace_back("Allow", routes_.methods(request.path) + ", OPTIONS");
    co_return refused;
  }
  const door::Route* route = *found;
  if (route->service && !services_.contains(*route->service))
    co_return turn_away(request, {Code::misdirected, "Another of the services answers this; ask through the edge.", {}},
                        told);
  event.action = route->info.action;
  event.status = route->info.status;
  const auto limit = allowance(route->info.rate);
  if (route->info.permission.name == door::kAnyone.name) {
    if (!station.backend.addresses.take(std::string(route->info.name) + network_of(request.address), limit.per_second,
                                        limit.burst))
      co_return turn_away(request, {Code::rate_limited, "Too many requests from this address; wait a moment.", {}},
                          told);
    co_return co_await route->run(call);
  }
  auto pass = co_await authenticate(request, station);
  if (!pass) co_return turn_away(request, pass.error(), told);
  event.by(**pass);
  if (!station.backend.limiter.take(std::string(route->info.name) + to_string((*pass)->session), limit.per_second,
                                    limit.burst))
    co_return turn_away(request, {Code::rate_limited, "Too many requests; wait a moment.", {}}, told);
  // What the token says is enough to refuse early; what may be done is decided by PostgreSQL, statement by statement.
  if (route->info.permission.name != door::kSignedIn.name && !(*pass)->allows(route->info.permission.name))
    co_return net::problem(
        {Code::forbidden, "Your role does not include `" + std::string(route->info.permission.name) + "`.", {}},
        request.id);
  scope.emplace(station.backend.scope(*pass, [&event] { return event; }));
  call.scope = &*scope;
  const bool any_role = route->info.permission.name == door::kSignedIn.name;
  if (any_role && is_program(request))
    co_return net::problem(
        {Code::forbidden, "This takes somebody who is signed in; an API token has its own permissions only.", {}},
        request.id);
  if (any_role || route->info.asks == door::Asks::first) {
    auto holds = co_await scope->knock(any_role ? std::string_view() : route->info.permission.name);
    if (!holds) co_return net::problem(holds.error(), request.id);
  }
  net::Response response = co_await route->run(call);
  // The seal behind an API token is dead, and perhaps the token is not: after a suspension it needs a new one.
  if (response.status == 401) station.backend.passes.forget(**pass);
  if (response.status < 400 && !scope->asked()) {
    // Closed by default: an answer about which PostgreSQL was never asked does not leave.
    log::error("a route answers without asking the door: declare it Asks::first", {{"route", route->info.name}});
    co_return net::problem({Code::internal, "This is a fault of ours; it has been logged.", {}}, request.id);
  }
  co_return response;
}

net::Task<net::Response> Gateway::handle(net::Request& request) {
  if (request.method == net::Method::options) co_return co_await preflight(request);
  const audit::Recorder::Coming coming(here_().backend.recorder);
  audit::ThisCall mine(audit::event_of(request));
  co_await net::set_errand(mine);
  audit::Event& event = mine.event;
  event.action = "request.unknown";
  door::Call call{request};
  std::optional<door::Scope> scope;
  bool told = true;
  // What throws is answered here and not by the server: its answer too leaves after its event.
  net::Response response = co_await net::answer_of(serve(request, call, event, scope, told), request);
  std::ranges::move(mine.ran, std::back_inserter(call.ran));
  if (scope) std::ranges::move(scope->take_ran(), std::back_inserter(call.ran));
  // A change that committed carries its event already; what was read after it does not, and is no change.
  const bool done = response.status < 400;
  const bool carried = done && (call.recorded || mine.carried() || (scope && scope->changed()));
  if (carried || (done && scope && scope->in_vain())) event.action = "data.read";
  if (told && (!carried || !call.ran.empty())) {
    if (call.proved) event.by(*call.proved);
    event.queries = std::move(call.ran);
    event.status = response.status;
    event.code = net::code_of(response);
    if (request.method != net::Method::head) {  // whose answer has no body
      event.rows = response.status < 400 ? call.rows : 0;
      event.bytes = static_cast<int64_t>(response.fixed.empty() ? response.body.size() : response.fixed.size());
    }
    auto recorded = co_await here_().backend.recorder.record(std::move(event));
    // What ran is lost with it, and nothing of it leaves.
    if (!recorded) response = net::problem(recorded.error(), request.id);
  }
  allow_origin(request, response);
  co_return response;
}

}  // namespace cordon::app
