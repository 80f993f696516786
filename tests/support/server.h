// The `cordon` binary as a process of its own, for tests of starting, dying and stopping.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "net/client.h"

namespace cordon::testing {

class ServerProcess {
 public:
  /// Starts `cordon serve` on a data folder, on a free port, with `options` besides.
  explicit ServerProcess(const std::filesystem::path& data, std::vector<std::string> options = {});
  /// Ends it if it still runs.
  ~ServerProcess();

  /// Waits until it serves; false if it ended instead, or does not come up.
  bool wait_until_serving();
  void signal(int number);
  /// Its exit status, -1 if it was killed. Waits for its end.
  int wait();
  /// Everything it has said.
  std::string log() const;
  net::ClientOptions client() const;

 private:
  std::filesystem::path data_, log_;
  pid_t pid_ = -1;
};

/// Runs another command of the binary to its end.
struct Outcome {
  int status;
  std::string output;
};
Outcome run_cordon(std::vector<std::string> arguments, const std::filesystem::path& log);

/// The postmaster that a private cluster's folder names, 0 if none runs.
pid_t postmaster_of(const std::filesystem::path& data);

}  // namespace cordon::testing
