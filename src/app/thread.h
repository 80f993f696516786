// One reactor's thread with everything that it alone uses.
#pragma once
#include <thread>

#include "app/config.h"
#include "app/station.h"
#include "keys/keyring.h"
#include "net/authority.h"

namespace cordon::app {

/// Finds a login's connection: "cordon_api" -> conninfo.
using Conninfo = std::function<std::string(std::string_view login)>;

/// What all threads of the process use.
struct Shared {
  Config config;
  Conninfo conninfo;
  std::shared_ptr<identity::Signer> signer;  ///< null unless this is the identity service
  std::shared_ptr<identity::KeySet> keys;    ///< the signer, or what was learnt of the identity service's
  identity::Proofs proofs;
  std::optional<Limiter> addresses;             ///< of callers of whom nothing is known but their address
  std::unique_ptr<staff::Shared> staff;         ///< null unless this is the identity service
  std::optional<net::Credentials> credentials;  ///< towards the other services, where there are some
  audit::GroupCommit commits;

  bool is(door::Service service) const { return config.services.contains(service); }
};

class Thread {
 public:
  explicit Thread(Shared& shared);

  std::vector<db::Pool*> pools() { return {&api_, &visitor_, &worker_, &identities_, &audits_}; }
  /// Starts the reactor; everything below is of its thread from then on.
  void start();

  net::Reactor reactor;
  std::thread thread;

 private:
  db::Pool api_, visitor_, worker_, identities_, audits_;
  keys::Keyring keyring_;
  identity::Identity identity_;
  std::optional<staff::Staff> staff_;
  audit::Recorder recorder_;
  Limiter limiter_;
  identity::ApiTokens api_tokens_;
  identity::SupportGrants grants_;
  std::optional<identity::ServiceClient> services_;
  std::unique_ptr<identity::Passes> passes_;

 public:
  Station station;
  std::unique_ptr<chat::Answering> answering;

 private:
  std::optional<identity::Exchange> exchange_;
};

/// The station of the thread that calls.
Station& here();

}  // namespace cordon::app
