#include "app/routes.h"

#include <boost/json/serialize.hpp>

#include "app/pages.h"
#include "audit/event_routes.h"
#include "audit/log_routes.h"
#include "chat/chat_routes.h"
#include "chat/job_routes.h"
#include "commerce/routes.h"
#include "identity/access_routes.h"
#include "identity/exchange_routes.h"
#include "identity/identity_routes.h"
#include "identity/member_routes.h"
#include "shopify/shopify_routes.h"
#include "staff/staff_routes.h"

namespace cordon::app {

using door::AuditAction;
using door::Call;
using door::Rate;
using door::Service;
using net::Method;

namespace {

struct Health {
  std::string status = "ok";
  std::string version = CORDON_VERSION;
};
CORDON_TYPE(Health, status, version)

void add_health_routes(door::Routes& routes, std::function<Station&()> here) {
  routes.of(std::nullopt);
  routes.add<Nothing, Health>({Method::get, "/healthz", door::kAnyone, AuditAction("health.read"), Rate::read,
                               "healthz", "Whether the process lives"},
                              [](Call&, Nothing) -> net::Task<Result<Health>> { co_return Health{}; });
  routes.add<Nothing, Health>({Method::get, "/readyz", door::kAnyone, AuditAction("health.read"), Rate::read, "readyz",
                               "Whether the process can answer: its database does"},
                              [here](Call&, Nothing) -> net::Task<Result<Health>> {
                                auto able = co_await here().backend.recorder.answers();
                                if (!able) co_return std::unexpected(able.error());
                                co_return Health{};
                              });
}

void add_document(door::Routes& routes) {
  routes.of(Service::api);
  auto document = std::make_shared<std::string>();
  routes.add_raw<Nothing>(
      {Method::get, "/v1/openapi.json", door::kAnyone, AuditAction("api.read"), Rate::read, "openapi", "This document"},
      [document](Call&, Nothing) -> net::Task<Result<net::Response>> {
        net::Response response;
        response.fixed = *document;
        co_return response;
      });
  *document = boost::json::serialize(routes.openapi());
}

}  // namespace

door::Routes declare_routes(const Wiring& wiring) {
  door::Routes routes;
  const auto here = wiring.here;
  chat::Live* live = wiring.live;
  const auto backend = [here]() -> identity::Backend& { return here().backend; };
  routes.of(Service::identity);
  identity::add_identity_routes(
      routes, [here]() -> identity::Identity& { return here().backend.identity; }, wiring.signer, wiring.proofs);
  identity::add_api_token_routes(routes, [here]() -> identity::ApiTokens& { return here().api_tokens; });
  const identity::Fresh fresh = [here](const door::Pass& pass) { return here().staff->fresh(pass); };
  identity::add_support_grant_routes(
      routes, [here]() -> identity::SupportGrants& { return here().grants; }, wiring.signer, fresh);
  identity::add_key_routes(routes, backend, fresh);
  staff::add_staff_routes(routes, [here]() -> staff::Staff& { return *here().staff; });
  identity::add_member_routes(routes, backend);
  identity::Post post;
  post.ready = [here] { return here().staff->mails(); };
  post.may = [here](std::string to, std::string address) {
    return here().staff->may_mail(std::move(to), std::move(address));
  };
  post.send = [here](TenantId about, std::string to, std::string subject, std::string text) {
    staff::Mail mail{std::move(to), std::move(subject), std::move(text)};
    here().staff->deliver_later(std::move(mail), about);
  };
  post.origin = [here] { return here().staff->origin(); };
  identity::add_member_link_routes(routes, backend, std::move(post));
  const auto recorder = [here]() -> audit::Recorder& { return here().backend.recorder; };
  audit::add_staff_event_routes(routes, recorder, [here]() -> db::Pool& { return here().backend.identities; });
  const auto framed = [](const shopify::App& app, const shopify::ShopDomain& shop) {
    return framed_console(app.client_id, shop.text());
  };
  shopify::add_routes(routes, {backend, wiring.shopify, framed});
  routes.of(Service::api);
  commerce::add_routes(routes,
                       [live](TenantId tenant, ConversationId conversation) { live->changed(tenant, conversation); });
  chat::add_chat_routes(routes, backend, *live);
  audit::add_event_routes(routes, recorder);
  audit::add_log_routes(routes, recorder);
  add_health_routes(routes, here);
  add_document(routes);
  return routes;
}

door::Routes declare_routes() {
  chat::Hub hub({});
  chat::Live live{hub, {}};
  return declare_routes({{}, &live, {}, nullptr, {}});
}

door::Routes declare_service_routes(const Wiring& wiring) {
  door::Routes routes;
  const auto here = wiring.here;
  identity::add_exchange_routes(
      routes, [here]() -> identity::Exchange& { return *here().exchange; },
      [here]() -> identity::Passes& { return here().backend.passes; }, wiring.signer);
  chat::add_job_routes(
      routes, [here]() -> identity::Backend& { return here().backend; },
      [here]() -> chat::Answering& { return *here().answering; });
  add_health_routes(routes, here);
  return routes;
}

}  // namespace cordon::app
