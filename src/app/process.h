// The process: reactors, pools, routes and the server, put together.
#pragma once
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "app/config.h"
#include "app/gateway.h"
#include "chat/answering.h"
#include "chat/bus.h"
#include "door/routes.h"
#include "net/server.h"
#include "shopify/token_box.h"

namespace cordon::app {

/// Finds a login's connection: "cordon_api" -> conninfo.
using Conninfo = std::function<std::string(std::string_view login)>;

/// The declared routes of every domain. Also without a server: `cordon openapi` prints them.
struct Wiring {
  std::function<Station&()> here;
  chat::Live* live;
  std::shared_ptr<const identity::Signer> signer;
  identity::Proofs* proofs;
  std::shared_ptr<const shopify::App> shopify;
  std::shared_ptr<const shopify::TokenBox> box;
};
door::Routes declare_routes(const Wiring& wiring);

/// What staff's sign-in needs besides the database; `port` is the one that the console is served on.
std::unique_ptr<staff::Shared> share_staff(const Config& config, std::function<uint16_t()> port);

class Process {
 public:
  Process(const Config& config, Conninfo conninfo);
  /// Drains: finishes what is under way, closes sockets so that clients come back elsewhere, then stops. At most
  /// `limit`.
  ~Process();

  uint16_t port() const;
  /// Waits until a connection of each login has worked once, or says why not.
  Result<Done> ready(std::chrono::seconds limit);
  void drain(std::chrono::milliseconds limit);
  net::Server& server() { return *server_; }
  chat::Hub& hub() { return *hub_; }

 private:
  struct Worker;  ///< one reactor with its pools
  void run(Worker& worker, bool first);
  net::Task<net::Response> handle(net::Request& request);
  Worker& here();

  Config config_;
  std::shared_ptr<identity::Signer> signer_;
  identity::Proofs proofs_;
  std::atomic<uint16_t> port_{0};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<staff::Shared> staff_;  ///< goes before the reactors: its threads resume coroutines on them
  std::unique_ptr<chat::Hub> hub_;
  std::unique_ptr<chat::Bus> bus_;
  std::unique_ptr<chat::Live> live_;
  door::Routes routes_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::Server> server_;
  std::atomic<bool> stopping_{false};
};

}  // namespace cordon::app
