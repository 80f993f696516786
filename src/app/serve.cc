#include "app/serve.h"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "app/database.h"
#include "app/edge.h"
#include "app/operator.h"
#include "app/process.h"
#include "app/signals.h"
#include "base/log.h"

namespace cordon::app {

/// A socket is a file, and the usual soft limit of 1,024 is far fewer than the server may hold.
static void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

ServeCommand::ServeCommand(CLI::App& app, Config& config) {
  all = app.add_subcommand("serve", "serve, with every service in this process or with some of them");
  all->add_option("--roles", services_, "the services that this process is: api,chat,identity,worker")
      ->delimiter(',')
      ->check(CLI::IsMember({"api", "chat", "identity", "worker"}));
  add_service_options(config);
  add_server_options(config);
  add_shopify_options(config);
  all->add_flag("--demo", config.demo, "serve the demo storefront pages too");
}

/// Of a server that is split.
void ServeCommand::add_service_options(Config& config) {
  all->add_option("--service-address", config.service_address, "address to take the other services' calls on")
      ->capture_default_str();
  all->add_option("--service-port", config.service_port, "port to take them on, 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  all->add_option("--identity-at", others_[door::Service::identity],
                  "where the identity service takes calls, as 10.0.0.5:9443");
  all->add_option("--worker-at", others_[door::Service::worker], "where the worker service does");
  auto* own = all->add_option("--service-certificate", certificate_,
                              "PEM certificate of these services; without it an authority in the data folder makes one")
                  ->check(CLI::ExistingFile);
  auto* own_key = all->add_option("--service-key", key_, "its PEM private key")->check(CLI::ExistingFile);
  auto* authority = all->add_option("--service-authority", authority_,
                                    "PEM certificate of the authority that every service's has to be of")
                        ->check(CLI::ExistingFile);
  own->needs(own_key)->needs(authority);
  own_key->needs(own);
  authority->needs(own);
  all->add_flag("--behind-edge", config.behind_edge,
                "take public requests only from the edge, a reverse proxy with a certificate of that name");
}

void ServeCommand::add_server_options(Config& config) {
  all->add_option("--threads", config.threads, "threads that serve, 0 is one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  all->add_option("--connections", config.connections, "database connections a login and thread")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  all->add_option("--connections-per-address", config.connections_of_address,
                  "connections of callers that one address may hold")
      ->check(CLI::Range(1, 20'000))
      ->capture_default_str();
  all->add_option("--certificate", config.certificate,
                  "PEM certificate chain, the leaf first; without it a self-signed one is made. Read again when "
                  "the file is replaced, and on SIGHUP");
  all->add_option("--key", config.key, "PEM private key of --certificate");
  all->add_option("--seal-seconds", config.seal_seconds, "how long an access token and its seal live")
      ->check(CLI::Range(10, 3600))
      ->capture_default_str();
  all->add_option("--staff-idle-seconds", config.idle.staff, "how long staff's sessions last unused")
      ->check(CLI::Range(60, 12 * 3600))
      ->capture_default_str();
  all->add_option("--member-idle-seconds", config.idle.members, "how long shops' people's last unused")
      ->check(CLI::Range(60, 12 * 3600))
      ->capture_default_str();
  all->add_option("--rate-scale", config.rate_scale, "multiplies every rate limit")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void ServeCommand::add_shopify_options(Config& config) {
  all->add_option("--shopify-client-id", config.shopify.client_id, "the Shopify app that this server is");
  all->add_option("--shopify-secret-file", config.shopify.secret_file, "file with the app's client secret");
  all->add_option("--shopify-previous-secret-file", config.shopify.previous_secret_file,
                  "the secret before it, accepted for an hour after it was replaced (docs/operations.md)");
  all->add_option("--shopify-scopes", config.shopify.scopes, "what every shop has to grant, as read_orders,...");
  all->add_option("--shopify-base", config.shopify.base, "ask this server in every shop's place (tests)");
  all->add_option("--shopify-trust", config.shopify.trust, "the certificate of --shopify-base (tests)");
}

Result<Done> ServeCommand::read_services(Config& config) const {
  if (!services_.empty()) config.services.clear();
  for (const std::string& name : services_) config.services.insert(*door::read_service(name));
  for (const auto& [service, text] : others_) {
    if (text.empty()) continue;
    const size_t colon = text.rfind(':');
    int port = 0;
    const char* end = text.data() + text.size();
    if (colon == std::string::npos || std::from_chars(text.data() + colon + 1, end, port).ptr != end || port < 1 ||
        port > 65535)
      return fail(Code::invalid, "`" + text + "` is no address of a service, such as 10.0.0.5:9443");
    config.others[service] = {text.substr(0, colon), static_cast<uint16_t>(port)};
  }
  if (!certificate_.empty()) config.service_credentials = net::Credentials{{certificate_, key_}, authority_};
  return check_services(config);
}

int ServeCommand::run(Config config) const {
  if (auto read = read_services(config); !read) return complain(read.error());
  raise_file_limit();
  keys::guard_memory(config.threads);
  const sigset_t signals = block_signals({SIGINT, SIGTERM, SIGHUP});
  // Of several processes on one data folder, the identity service runs the database.
  const bool first = config.services.contains(door::Service::identity);
  auto database = first ? Database::open(config) : Database::attach(config);
  if (!database) return complain(database.error());
  // An operator's own database is migrated when the operator says so; the private one has no other operator.
  if (first && database->is_private())
    if (auto migrated = database->migrate(); !migrated) return complain(migrated.error());
  if (auto able = database->check_login("cordon_audit"); !able) return complain(able.error());
  if (auto fits = first ? check_keys(*database, config) : Done{}; !fits) return complain(fits.error());
  Process process(config, [&](std::string_view login) { return database->conninfo(login); });
  if (auto ready = process.ready(std::chrono::seconds(30)); !ready) return complain(ready.error());
  const auto address = [](const std::string& host, uint16_t port) {
    return "https://" + host + ":" + std::to_string(port);
  };
  // Where the other services ask this one, port 0 if nowhere.
  log::info("serving", {{"address", address(config.address, process.port())},
                        {"services", address(config.service_address, process.service_port())}});
  int received = 0;
  while (sigwait(&signals, &received) == 0 && received == SIGHUP) process.reload_certificates();
  log::info("draining", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  process.drain(std::chrono::seconds(10));
  log::info("stopped");
  return 0;
}

}  // namespace cordon::app
