// Replaying conversations: shoppers through the widget's own socket, the shop's people through the API.
#pragma once
#include <functional>

#include "app/demo_store.h"
#include "identity/backend.h"
#include "net/client.h"

namespace cordon::app {

/// One shop's side of a replay.
struct ReplayShop {
  std::string shop;
  TenantId tenant;
  std::string owner_token;                                ///< answers what the data has the shop's people say
  std::unordered_map<std::string, CustomerId> customers;  ///< by external id
};

/// What a demo's own rows are written through, with `pass` of a shop's importer.
door::Scope importer(identity::Backend& backend, std::shared_ptr<const door::Pass> pass);

/// Plays one chat from its first turn to its last; each turn is acknowledged before the next, and the assistant's
/// answer awaited. Then moves the conversation to when it took place. `sent` is called after each turn. A message is
/// sent again where the server asks for it, and fails with what the server says where it is refused for good.
net::Task<Result<Done>> replay_chat(identity::Backend& backend, const net::ClientOptions& server,
                                    const ReplayShop& shop, const DemoChat& chat, std::function<void()> sent);

}  // namespace cordon::app
