// `cordon serve`: its options, and the process from its start to its end.
#pragma once
#include "app/config.h"

namespace CLI {
class App;
}

namespace cordon::app {

struct ServeCommand {
  /// What most options say goes into `config`.
  ServeCommand(CLI::App& app, Config& config);
  ServeCommand(const ServeCommand&) = delete;
  /// Serves until SIGINT or SIGTERM. Returns the exit status.
  int run(Config config) const;

  CLI::App* all;

 private:
  void add_service_options(Config& config);
  void add_server_options(Config& config);
  void add_shopify_options(Config& config);
  /// The services that this process is, and where the others are.
  Result<Done> read_services(Config& config) const;

  std::vector<std::string> services_;
  std::map<door::Service, std::string> others_;
  std::string certificate_, key_, authority_;
};

}  // namespace cordon::app
