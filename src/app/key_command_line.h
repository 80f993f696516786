// The subcommands of `cordon keys`, and what they are told.
#pragma once
#include "app/config.h"

namespace CLI {
class App;
}

namespace cordon::app {

struct KeyCommands {
  explicit KeyCommands(CLI::App& app);
  KeyCommands(const KeyCommands&) = delete;
  /// Returns the exit status.
  int run(const Config& config) const;

  CLI::App* all;

 private:
  CLI::App *status_, *rotate_, *renew_, *rewrap_, *destroy_, *withdraw_;
  std::optional<std::string> shop_, customer_;
  std::string why_, by_, destruction_;
  bool legal_ = false;
};

}  // namespace cordon::app
