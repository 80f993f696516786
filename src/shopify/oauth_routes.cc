#include <charconv>

#include "base/random.h"
#include "identity/cookie.h"
#include "identity/identity_routes.h"
#include "shopify/session_token.h"
#include "shopify/shopify_routes.h"
#include "shopify/sign_in.h"

namespace cordon::shopify {

using door::AnyQuery;
using door::AuditAction;
using door::Call;
using door::Rate;
using net::Method;

namespace {

constexpr std::string_view kStateCookie = "__Host-cordon_shopify_state";
constexpr std::string_view kOffline = "offline.", kOnline = "online.";
constexpr int kStateSeconds = 60;

struct Session {
  std::string access_token, token_type;
  int64_t expires_in = 0;
  SessionId session_id;
  TenantId tenant_id;
  SubjectId subject_id;
  std::string name, role;
};
inline constexpr std::string_view json_name(const Session*) { return "ShopifySession"; }
BOOST_DESCRIBE_STRUCT(Session, (),
                      (access_token, token_type, expires_in, session_id, tenant_id, subject_id, name, role))

struct GoOn {
  SessionId session_id;
};
BOOST_DESCRIBE_STRUCT(GoOn, (), (session_id))

/// Lax, because it has to come back with a link from Shopify's page; the session's own cookie is strict.
net::Header state_cookie(std::string_view state, int seconds) {
  return identity::set_cookie(kStateCookie, state, seconds, identity::SameSite::lax);
}

/// What comes back, when it was made, and what nobody guesses. That we made it the cookie shows, which no other host
/// can set.
std::string make_state(Kind kind) {
  return fmt::format("{}{}.{}", kind == Kind::offline ? kOffline : kOnline, now().micros / 1'000'000, random_secret());
}

/// Whether a state was made within the last minute: a cookie may be kept for longer than the browser was told.
bool is_recent(std::string_view state) {
  const char* const begin = state.data() + state.find('.') + 1;
  const char* const end = state.data() + state.size();
  uint32_t made = 0;
  const auto read = std::from_chars(begin, end, made);
  return read.ec == std::errc() && read.ptr != end && *read.ptr == '.' &&
         std::abs(now().micros / 1'000'000 - int64_t{made}) <= kStateSeconds;
}

identity::From from(const Call& call) {
  return {"shopify", std::string(call.request.header("user-agent")), call.request.address};
}

std::string bearer(const Call& call) {
  const auto value = call.request.header("authorization");
  return std::string(value.starts_with("Bearer ") ? value.substr(7) : std::string_view());
}

net::Response redirect(std::string location) {
  net::Response response;
  response.status = 302;
  response.headers.emplace_back("Location", std::move(location));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

/// To Shopify's own page, where the shop grants (offline) or somebody says who they are (online). The state goes along,
/// and stays in this browser's cookie for a minute.
net::Response authorize(const App& app, const Call& call, const ShopDomain& shop, Kind kind) {
  const std::string state = make_state(kind);
  const std::string own = "https://" + std::string(call.request.header("host"));
  auto response = redirect("https://" + shop.text() + "/admin/oauth/authorize?" +
                           net::write_query({{"client_id", app.client_id},
                                             {"scope", join_scopes(app.scopes)},
                                             {"redirect_uri", own + "/v1/shopify/callback"},
                                             {"state", state},
                                             {"grant_options[]", kind == Kind::offline ? "" : "per-user"}}));
  response.headers.push_back(state_cookie(state, kStateSeconds));
  return response;
}

/// Somebody opens the app in Shopify: in a frame of its admin, which shows no page of Shopify's that asks for anything
/// (the console signs in there by App Bridge), or in a window of its own.
net::Task<Result<net::Response>> begin(const Wiring& wiring, Call& call, AnyQuery in) {
  if (!wiring.app) co_return no_app();
  auto query = check_oauth(std::move(in.fields), wiring.app->secrets, now());
  if (!query) co_return std::unexpected(query.error());
  if (query->at("embedded") == "1" && !query->at("host").empty()) {
    auto page = wiring.framed(*wiring.app, query->shop);
    if (!page) co_return fail(Code::not_found, "This server has no console.");
    co_return std::move(*page);
  }
  const Asking asking{wiring.here(), *wiring.app};
  auto tenant = co_await find_installed(asking, query->shop);
  if (!tenant) co_return std::unexpected(tenant.error());
  co_return authorize(*wiring.app, call, query->shop, *tenant ? Kind::online : Kind::offline);
}

/// The second half of an install: the shop has granted; next is who this is.
net::Task<Result<net::Response>> finish_install(Asking asking, Call& call, ShopDomain shop, std::string code) {
  auto known = co_await find_tenant(asking.backend.identities, shop);
  if (!known) co_return std::unexpected(known.error());
  const Whose whose{shop, *known};
  auto grant = co_await redeem_code(asking.app, whose, std::move(code), Kind::offline);
  if (!grant) co_return std::unexpected(grant.error());
  auto event = audit::event_of(call.request);
  auto tenant = co_await install(asking, std::move(event), shop, std::move(*grant));
  if (!tenant) co_return std::unexpected(tenant.error());
  co_return authorize(asking.app, call, shop, Kind::online);
}

/// The second half of a sign-in, but for the session: our own page opens it (POST /v1/sign-in), because a request that
/// Shopify began does not bring the strict cookie of the session that is to end.
net::Task<Result<net::Response>> finish_sign_in(Asking asking, Call& call, ShopDomain shop, std::string code) {
  auto tenant = co_await find_tenant(asking.backend.identities, shop);
  if (!tenant) co_return std::unexpected(tenant.error());
  if (!*tenant)
    co_return fail(Code::not_found, "This shop has not installed the app; open it in Shopify again.", "shop");
  const Whose whose{shop, *tenant};
  auto grant = co_await redeem_code(asking.app, whose, std::move(code), Kind::online);
  if (!grant) co_return std::unexpected(grant.error());
  auto event = audit::event_of(call.request);
  auto who = co_await meet_person(asking.backend.identities, event, **tenant, std::move(*grant->person));
  if (!who) co_return std::unexpected(who.error());
  event.id = EventId::fresh();
  event.action = "shopify.callback";
  auto link = co_await add_link(asking.backend.identities, std::move(event), std::move(*who));
  if (!link) co_return std::unexpected(link.error());
  auto response = redirect("/console/sign-in#shopify");
  response.headers.push_back(identity::link_cookie(*link, kLinkSeconds));
  response.headers.push_back(state_cookie("", 0));
  co_return response;
}

net::Task<Result<net::Response>> finish(const Wiring& wiring, Call& call, AnyQuery in) {
  if (!wiring.app) co_return no_app();
  const std::string state(call.request.cookie(kStateCookie));
  auto query = check_oauth(std::move(in.fields), wiring.app->secrets, now());
  if (!query) co_return std::unexpected(query.error());
  if (state.empty() || !same_secret(query->at("state"), state))
    co_return fail(Code::unauthenticated, "This sign-in was not begun in this browser; open the app in Shopify again.",
                   "state");
  if (!is_recent(state))
    co_return fail(Code::unauthenticated, "This sign-in was begun too long ago; open the app in Shopify again.",
                   "state");
  std::string code(query->at("code"));
  if (code.empty())
    co_return fail(Code::unauthenticated, "Shopify sent no code; open the app in Shopify again.", "code");
  const Asking asking{wiring.here(), *wiring.app};
  if (state.starts_with(kOffline)) co_return co_await finish_install(asking, call, query->shop, std::move(code));
  co_return co_await finish_sign_in(asking, call, query->shop, std::move(code));
}

/// The state is good once, whatever comes of it.
net::Task<Result<net::Response>> callback(const Wiring& wiring, Call& call, AnyQuery in) {
  auto finished = co_await finish(wiring, call, std::move(in));
  if (finished) co_return finished;
  auto response = net::problem(finished.error(), call.request.id);
  response.headers.push_back(state_cookie("", 0));
  co_return response;
}

/// Whom a session token shows, which what it is shown for uses up.
net::Task<Result<SessionToken>> shown_by(Asking asking, std::string token) {
  auto shown = check_session_token(token, asking.app.secrets, asking.app.client_id, now());
  if (!shown) co_return shown;
  auto unused = co_await check_unused(asking.backend.identities, *shown);
  if (!unused) co_return std::unexpected(unused.error());
  co_return shown;
}

/// What a session token was shown for, if it was not used up meanwhile.
Result<identity::SignedIn> once(Result<identity::SignedIn> made) {
  if (!made && made.error().code == Code::conflict) return used_before();
  return made;
}

/// A page inside Shopify's admin shows who looks at it. Shopify is asked each time who that is, so that somebody who is
/// no longer of the shop does not come in.
net::Task<Result<net::Response>> open_session(const Wiring& wiring, Call& call, Nothing) {
  if (!wiring.app) co_return no_app();
  const Asking asking{wiring.here(), *wiring.app};
  const std::string token = bearer(call);
  auto shown = co_await shown_by(asking, token);
  if (!shown) co_return std::unexpected(shown.error());
  auto tenant = co_await find_installed(asking, shown->shop);
  if (!tenant) co_return std::unexpected(tenant.error());
  if (!*tenant) {
    auto known = co_await find_tenant(asking.backend.identities, shown->shop);
    if (!known) co_return std::unexpected(known.error());
    const Whose whose{shown->shop, *known};
    auto grant = co_await exchange(asking.app, whose, token, Kind::offline);
    if (!grant) co_return std::unexpected(grant.error());
    auto event = audit::event_of(call.request);
    auto installed = co_await install(asking, std::move(event), shown->shop, std::move(*grant));
    if (!installed) co_return std::unexpected(installed.error());
    *tenant = *installed;
  }
  const Whose whose{shown->shop, *tenant};
  auto online = co_await exchange(asking.app, whose, token, Kind::online);
  if (!online) co_return std::unexpected(online.error());
  if (online->person->user != shown->user)
    co_return fail(Code::unauthenticated, "Shopify's answer is about somebody else; open the app again.");
  auto event = audit::event_of(call.request);
  auto who = co_await meet_person(asking.backend.identities, std::move(event), **tenant, std::move(*online->person));
  if (!who) co_return std::unexpected(who.error());
  const identity::Who met = *who;
  auto name = co_await asking.backend.identity.member_name(met.tenant, met.subject);
  if (!name) co_return std::unexpected(name.error());
  // A frame inside Shopify's admin gets no cookies, and needs none: App Bridge has a new token for it at any time.
  auto whence = from(call);
  whence.keep = identity::Keep::none;
  auto use = use_session_token(*shown);
  auto signed_in =
      once(co_await asking.backend.identity.open(met, std::move(whence), SessionId::fresh(), std::move(use)));
  if (!signed_in) co_return std::unexpected(signed_in.error());
  const auto& access = signed_in->token;
  const Session body{access.access_token,
                     access.token_type,
                     access.expires_in,
                     signed_in->pass->session,
                     met.tenant,
                     met.subject,
                     *name,
                     met.role};
  co_return identity::unkept(body);
}

/// Before its access token ends, such a page shows the next session token. Shopify is not asked for that: it has signed
/// just now that this person is there.
net::Task<Result<net::Response>> renew_session(const Wiring& wiring, Call& call, GoOn in) {
  if (!wiring.app) co_return no_app();
  const Asking asking{wiring.here(), *wiring.app};
  std::string token = bearer(call);
  auto shown = co_await shown_by(asking, std::move(token));
  if (!shown) co_return std::unexpected(shown.error());
  auto who = co_await find_person(asking.backend.identities, shown->shop, shown->user);
  if (!who) co_return std::unexpected(who.error());
  auto whence = from(call);
  auto use = use_session_token(*shown);
  auto renewed =
      once(co_await asking.backend.identity.go_on(std::move(*who), in.session_id, std::move(whence), std::move(use)));
  if (!renewed) co_return std::unexpected(renewed.error());
  co_return identity::unkept(renewed->token);
}

}  // namespace

void add_oauth_routes(door::Routes& routes, const Wiring& wiring) {
  routes.add_raw<AnyQuery>(
      {Method::get, "/v1/shopify/install", door::kAnyone, AuditAction("shopify.begin"), Rate::sign_in,
       "begin_shopify_install", "Where Shopify opens the app: a query that Shopify has signed", 302},
      [wiring](Call& call, AnyQuery in) { return begin(wiring, call, std::move(in)); });
  routes.add_raw<AnyQuery>(
      {Method::get, "/v1/shopify/callback", door::kAnyone, AuditAction("shopify.callback"), Rate::sign_in,
       "finish_shopify_sign_in", "Where Shopify sends people back: a query that Shopify has signed", 302},
      [wiring](Call& call, AnyQuery in) { return callback(wiring, call, std::move(in)); });
  routes.add_json<Nothing, Session>(
      {Method::post, "/v1/shopify/session", door::kAnyone, AuditAction("session.open"), Rate::sign_in,
       "open_shopify_session", "Sign in with App Bridge's session token as the bearer"},
      [wiring](Call& call, Nothing in) { return open_session(wiring, call, in); });
  routes.add_json<GoOn, identity::AccessToken>(
      {Method::post, "/v1/shopify/token", door::kAnyone, AuditAction("session.refresh"), Rate::sign_in,
       "refresh_shopify_session", "A new access token for a session of Shopify's people, for App Bridge's next token"},
      [wiring](Call& call, GoOn in) { return renew_session(wiring, call, in); });
}

}  // namespace cordon::shopify
