#include "identity/identity_routes.h"

#include "identity/access_routes.h"
#include "identity/cookie.h"

namespace cordon::identity {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct SignIn {
  std::optional<Text<20, 100>> link;
  std::optional<Keep> keep;
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (link, keep))

struct Refresh {
  std::optional<Text<20, 100>> refresh_token;
};
BOOST_DESCRIBE_STRUCT(Refresh, (), (refresh_token))

struct WhichSession {
  SessionId session_id;
};
BOOST_DESCRIBE_STRUCT(WhichSession, (), (session_id))

struct Me {
  TenantId tenant_id;
  SubjectId subject_id;
  std::string name, role;
  std::vector<std::string> permissions;
};
CORDON_TYPE(Me, tenant_id, subject_id, name, role, permissions)

constexpr std::string_view kCookie = "__Host-cordon_session";
constexpr std::string_view kLinkCookie = "__Host-cordon_link";

}  // namespace

net::Header session_cookie(std::string_view secret, int seconds) { return set_cookie(kCookie, secret, seconds); }
std::string held_session(const net::Request& request) { return std::string(request.cookie(kCookie)); }
net::Header link_cookie(std::string_view link, int seconds) { return set_cookie(kLinkCookie, link, seconds); }

net::Response answer_with(SignedIn in) {
  if (in.keep == Keep::token) in.token.refresh_token = std::move(in.refresh);
  auto response = unkept(in.token);
  if (in.keep == Keep::cookie) response.headers.push_back(session_cookie(in.refresh, kMemberSeconds));
  return response;
}

namespace {

/// A page of another site can make a browser send the cookie, but cannot add a header of its own without a preflight.
Result<Done> own_page(const net::Request& request) {
  const auto site = request.header("sec-fetch-site");
  if (request.header("x-cordon-csrf") == "1" && (site.empty() || site == "same-origin")) return Done{};
  return fail(Code::forbidden, "Send `X-Cordon-Csrf: 1`, from a page of this server.", "X-Cordon-Csrf");
}

/// The link of whoever was given none, because their browser keeps one.
Result<std::string> kept_link(const net::Request& request) {
  std::string link(request.cookie(kLinkCookie));
  if (link.empty()) return fail(Code::unauthenticated, "Send a `link`, or open the app in Shopify again.", "link");
  if (auto own = own_page(request); !own) return std::unexpected(own.error());
  return link;
}

Result<From> from(const net::Request& request, Proofs& proofs, std::string means, Keep keep) {
  auto key = proofs.check(request, {});
  if (!key) return std::unexpected(key.error());
  if (!key->empty() && keep == Keep::cookie)
    return fail(Code::invalid, "A session that is bound to a key keeps its refresh token itself: send `keep`: `token`.",
                "keep");
  return From{std::move(means), std::string(request.header("user-agent")), request.address, keep, std::move(*key)};
}

void add_token_routes(door::Routes& routes, std::function<Identity&()> here, Proofs* proofs) {
  routes.add_json<SignIn, AccessToken>(
      {Method::post, "/v1/sign-in", door::kAnyone, AuditAction("session.open"), Rate::sign_in, "sign_in",
       "Use up a one-use sign-in link, or the one that a cookie keeps; a DPoP proof binds the session to its key"},
      [here, proofs](Call& call, SignIn in) -> net::Task<Result<net::Response>> {
        const Keep keep = in.keep.value_or(Keep::cookie);
        auto link = in.link ? Result<std::string>(in.link->value) : kept_link(call.request);
        if (!link) co_return std::unexpected(link.error());
        auto where = from(call.request, *proofs, in.link ? "link" : "shopify", keep);
        if (!where) co_return std::unexpected(where.error());
        if (keep == Keep::cookie) where->replaces = held_session(call.request);
        auto signed_in = co_await here().sign_in(std::move(*link), std::move(*where));
        if (!signed_in) co_return std::unexpected(signed_in.error());
        call.proved = signed_in->pass;
        auto response = answer_with(std::move(*signed_in));
        if (!in.link) response.headers.push_back(link_cookie("", 0));
        co_return response;
      });
  routes.add_json<Refresh, AccessToken>(
      {Method::post, "/v1/token", door::kAnyone, AuditAction("session.refresh"), Rate::sign_in, "refresh_token",
       "A new access token for the session cookie, or for a refresh token, which is replaced"},
      [here, proofs](Call& call, Refresh in) -> net::Task<Result<net::Response>> {
        const Keep keep = in.refresh_token ? Keep::token : Keep::cookie;
        std::string secret = in.refresh_token ? in.refresh_token->value : held_session(call.request);
        if (keep == Keep::cookie)
          if (auto own = own_page(call.request); !own) co_return std::unexpected(own.error());
        if (secret.empty()) co_return fail(Code::unauthenticated, "Sign in first.");
        auto where = from(call.request, *proofs, "", keep);
        if (!where) co_return std::unexpected(where.error());
        auto refreshed = co_await here().refresh(std::move(secret), std::move(*where));
        if (!refreshed) co_return std::unexpected(refreshed.error());
        call.proved = refreshed->pass;
        co_return answer_with(std::move(*refreshed));
      });
}

template <class T>
net::Response signed_out(const T& body) {
  net::Response response;
  response.headers.push_back(session_cookie("", 0));
  json::write(response.body, body);
  return response;
}

/// Ends sessions in the tenant of whoever asks: one person's or anybody's, one or all.
net::Task<Result<Ended>> revoke(Identity& identity, const Call& call, AuditAction action,
                                std::optional<SubjectId> whose, std::optional<SessionId> which) {
  auto ended = co_await identity.end_sessions(call.scope->pass(), whose, which, event_of(call, action));
  if (!ended) co_return std::unexpected(ended.error());
  co_return Ended{*ended};
}

void add_session_routes(door::Routes& routes, std::function<Identity&()> here) {
  const AuditAction end("session.end"), revoking("session.revoke");
  routes.add_json<Nothing, Done>(
      {Method::post, "/v1/sign-out", door::kSignedIn, end, Rate::write, "sign_out", "End this session everywhere"},
      [here](Call& call, Nothing) -> net::Task<Result<net::Response>> {
        auto done = co_await here().sign_out(call.scope->pass());
        if (!done) co_return std::unexpected(done.error());
        co_return signed_out(*done);
      });
  routes.add_json<Nothing, Ended>({Method::post, "/v1/sign-out-everywhere", door::kSignedIn, end, Rate::write,
                                   "sign_out_everywhere", "End every session of yours"},
                                  [here, end](Call& call, Nothing) -> net::Task<Result<net::Response>> {
                                    auto ended =
                                        co_await revoke(here(), call, end, call.scope->pass().subject, std::nullopt);
                                    if (!ended) co_return std::unexpected(ended.error());
                                    co_return signed_out(*ended);
                                  });
  routes.add<Nothing, Page<Session>>({Method::get, "/v1/sessions", door::kSignedIn, AuditAction("session.list"),
                                      Rate::read, "list_sessions", "Where you are signed in"},
                                     [here](Call& call, Nothing) -> net::Task<Result<Page<Session>>> {
                                       return here().sessions(call.scope->pass(), call.scope->pass().subject);
                                     });
  routes.add<WhichSession, Ended>({Method::delete_, "/v1/sessions/{session_id}", door::kSignedIn, revoking, Rate::write,
                                   "revoke_session", "End one of your sessions"},
                                  [here, revoking](Call& call, WhichSession in) {
                                    return revoke(here(), call, revoking, call.scope->pass().subject, in.session_id);
                                  });
  const Permission manage("session.manage");
  routes.add<Nothing, Page<Session>>(
      {Method::get, "/v1/shop/sessions", manage, AuditAction("session.list"), Rate::read, "list_shop_sessions",
       "Where the shop's people are signed in", 200, door::Asks::first},
      [here](Call& call, Nothing) -> net::Task<Result<Page<Session>>> {
        return here().sessions(call.scope->pass(), std::nullopt);
      });
  routes.add<WhichSession, Ended>({Method::delete_, "/v1/shop/sessions/{session_id}", manage, revoking, Rate::write,
                                   "revoke_shop_session", "End a session of the shop's people", 200, door::Asks::first},
                                  [here, revoking](Call& call, WhichSession in) {
                                    return revoke(here(), call, revoking, std::nullopt, in.session_id);
                                  });
}

}  // namespace

void add_identity_routes(door::Routes& routes, std::function<Identity&()> here, std::shared_ptr<const Signer> signer,
                         Proofs* proofs) {
  add_token_routes(routes, here, proofs);
  add_session_routes(routes, here);
  routes.add<Nothing, Me>({Method::get, "/v1/me", door::kSignedIn, AuditAction("session.read"), Rate::read, "who_am_i",
                           "Who the access token is for"},
                          [here](Call& call, Nothing) -> net::Task<Result<Me>> {
                            const door::Pass& pass = call.scope->pass();
                            auto name = co_await here().member_name(pass.tenant, pass.subject);
                            if (!name) co_return std::unexpected(name.error());
                            Me me;
                            me.tenant_id = pass.tenant;
                            me.subject_id = pass.subject;
                            me.name = *name;
                            me.role = pass.role;
                            me.permissions = pass.permissions;
                            co_return me;
                          });
  routes.add_raw<Nothing>({Method::get, "/.well-known/jwks.json", door::kAnyone, AuditAction("keys.read"), Rate::read,
                           "jwks", "The keys that sign access tokens"},
                          [signer](Call&, Nothing) -> net::Task<Result<net::Response>> {
                            net::Response response;
                            response.body = signer->jwks();
                            response.headers.emplace_back("Cache-Control", "public, max-age=300");
                            co_return response;
                          });
}

}  // namespace cordon::identity
