// Where a verifier who has no database gets a log from: the server that publishes it, or a folder with a copy.
#pragma once
#include <filesystem>
#include <string>

#include "audit/tile.h"
#include "net/client.h"

namespace cordon::audit {

/// A log at an address, such as https://log.example/audit.
class PublishedLog : public TileSource {
 public:
  /// `prefix` is the path before `/checkpoint`. Waits and asks again where the server says that it is asked too often.
  PublishedLog(net::ClientOptions server, std::string prefix)
      : client_(std::move(server)), prefix_(std::move(prefix)) {}

  net::Task<Result<std::string>> checkpoint();
  net::Task<Result<std::vector<std::string>>> read(std::vector<TilePath> paths) override;

 private:
  net::Task<Result<std::string>> get(std::string path);
  net::Client client_;
  std::string prefix_;
};

/// A folder that has `checkpoint` and `tile/`, as a web server would serve it.
class LogFolder : public TileSource {
 public:
  explicit LogFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<std::string> checkpoint() const;
  net::Task<Result<std::vector<std::string>>> read(std::vector<TilePath> paths) override;

 private:
  std::filesystem::path folder_;
};

/// Copies a log of `size` entries, what `folder` does not have of it yet, and its checkpoint last.
net::Task<Result<Done>> copy_log(TileSource& source, const std::string& checkpoint, uint64_t size,
                                 std::filesystem::path folder);

}  // namespace cordon::audit
