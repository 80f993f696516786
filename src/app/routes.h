// The declared routes of every domain.
#pragma once
#include "app/station.h"
#include "door/routes.h"
#include "shopify/app.h"

namespace cordon::app {

struct Wiring {
  std::function<Station&()> here;
  chat::Live* live;
  std::shared_ptr<const identity::Signer> signer;  ///< the identity service's
  identity::Proofs* proofs;
  std::shared_ptr<const shopify::App> shopify;
};

/// What browsers and programs ask.
door::Routes declare_routes(const Wiring& wiring);
/// The same for what they say of themselves, without a server: none of them can be asked.
door::Routes declare_routes();
/// What the services ask each other.
door::Routes declare_service_routes(const Wiring& wiring);

}  // namespace cordon::app
