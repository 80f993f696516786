// Who is let in, and what is shut: members, colleagues, web origins, one shop or everything.
#pragma once
#include "app/config.h"

namespace CLI {
class App;
}

namespace cordon::app {

/// `cordon invite`, `staff`, `embed`, `suspend`, `resume`, `stop` and `start`.
struct AccessCommands {
  explicit AccessCommands(CLI::App& app);
  AccessCommands(const AccessCommands&) = delete;
  /// Returns the exit status, 2 where it was none of these commands.
  int run(const Config& config) const;

 private:
  int invite(const Config& config) const;
  int invite_staff(const Config& config) const;

  CLI::App *invite_, *staff_, *embed_, *suspend_, *resume_, *stop_, *start_;
  std::string shop_, name_ = "Owner", role_ = "owner", origin_, why_;
  std::string email_, staff_role_;
};

}  // namespace cordon::app
