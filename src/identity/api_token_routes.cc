#include "identity/access_routes.h"
#include "identity/cookie.h"

namespace cordon::identity {

using door::AuditAction;
using door::Call;
using door::Permission;
using door::Rate;
using net::Method;

namespace {

struct OneToken {
  ApiTokenId token_id;
};
BOOST_DESCRIBE_STRUCT(OneToken, (), (token_id))

}  // namespace

void add_api_token_routes(door::Routes& routes, std::function<ApiTokens&()> here) {
  const Permission manage("token.manage");
  const AuditAction make("token.create"), end("token.revoke");
  routes.add_json<NewApiToken, MadeApiToken>(
      {Method::post, "/v1/api-tokens", manage, make, Rate::write, "create_api_token",
       "Make an API token; its secret is shown this once", 200, door::Asks::first},
      [here, make](Call& call, NewApiToken in) -> net::Task<Result<net::Response>> {
        auto event = event_of(call, make);
        auto made = co_await here().create(call.scope->pass(), std::move(in), std::move(event));
        if (!made) co_return std::unexpected(made.error());
        co_return unkept(*made);
      });
  routes.add<Nothing, Page<ApiToken>>(
      {Method::get, "/v1/api-tokens", manage, AuditAction("token.list"), Rate::read, "list_api_tokens",
       "The shop's API tokens, without their secrets", 200, door::Asks::first},
      [here](Call& call, Nothing) { return here().list(call.scope->tenant()); });
  routes.add<OneToken, Done>({Method::delete_, "/v1/api-tokens/{token_id}", manage, end, Rate::write,
                              "revoke_api_token", "End an API token at once", 200, door::Asks::first},
                             [here, end](Call& call, OneToken in) {
                               return here().revoke(call.scope->tenant(), in.token_id, event_of(call, end));
                             });
}

}  // namespace cordon::identity
