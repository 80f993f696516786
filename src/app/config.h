// Configuration: flags, or the same names in a TOML file given with --config, or CORDON_* in the environment.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "door/service.h"
#include "identity/identity.h"
#include "identity/service_client.h"
#include "keys/lives.h"
#include "shopify/app.h"

namespace cordon::app {

struct Config {
  std::filesystem::path data = ".cordon";  ///< the data folder: private cluster, keys, certificates
  std::string database_url;                ///< a PostgreSQL of one's own; empty: the private cluster
  std::string address = "127.0.0.1";
  int port = 8443;
  /// Callers' connections that one address may hold.
  int connections_of_address = 5'000;
  int threads = 0;               ///< reactors; 0 is one a core
  int connections = 6;           ///< database connections a login and reactor
  std::string certificate, key;  ///< PEM files; empty: self-signed in the data folder
  int seal_seconds = 300;        ///< how long a seal, and the access token around it, lives
  identity::IdleLimits idle;     ///< when sessions that nobody uses end
  double rate_scale = 1;         ///< multiplies every rate limit
  int house_seconds = 60;        ///< how often what is over is deleted, and what ends soon is renewed
  bool demo = false;             ///< serve the demo storefront pages
  std::string public_url;        ///< the console's origin, "https://console.example"; empty: https://localhost:<port>
  std::string kms;               ///< the KMS's URL (keys/kms.h); empty: a key file in the data folder
  keys::KeyringOptions keys;     ///< how long keys are kept
  std::string smtp_url, smtp_user, smtp_from;
  std::filesystem::path smtp_password_file;
  std::string log_origin;  ///< the audit log's name (c2sp.org/tlog-checkpoint), when it is made; empty: one of its own
  std::filesystem::path witnesses;  ///< the policy with who cosigns the audit log (c2sp.org/tlog-policy); empty: nobody
  std::filesystem::path witness_trust;  ///< PEM file of whom to trust as their servers; empty: the system's
  std::string log_level = "info";

  // A server that is split into services, each in processes of its own.
  door::Services services = door::all_services();     ///< what this process is
  std::map<door::Service, identity::Address> others;  ///< where the services are that this process asks
  std::string service_address = "127.0.0.1";
  int service_port = -1;  ///< where the others ask this one; -1: nowhere
  std::optional<net::Credentials>
      service_credentials;   ///< of an authority of one's own; without: one in the data folder
  bool behind_edge = false;  ///< take public requests from the edge only, which says whom each is from
  shopify::Options shopify;
};

}  // namespace cordon::app
