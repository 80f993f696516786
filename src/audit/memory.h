// The log's memory outside of the database: the newest checkpoint that was signed here, in a file. A database that was
// put back to an earlier state says nothing of it, and whoever went on signing there would fork the log.
#pragma once
#include <filesystem>

#include "audit/log_store.h"
#include "net/workers.h"

namespace cordon::audit {

/// Where it is in a data folder.
std::filesystem::path memory_file(const std::filesystem::path& data);
/// Puts a checkpoint in the file's place, whole and durable. Blocks. Code::internal, naming the file.
Result<Done> write_memory(const std::filesystem::path& file, const std::string& note);

/// One reactor's.
class Memory {
 public:
  explicit Memory(std::filesystem::path file, std::chrono::milliseconds pause = std::chrono::seconds(1))
      : file_(std::move(file)), pause_(pause) {}

  /// Whether the log is the one that the file is of, and continues it; so it is where there is no file. Code::conflict,
  /// with the cure, where it is not; the store's errors.
  net::Task<Result<Done>> check(LogStore& store, const Log& log) const;
  /// What is to be kept: a checkpoint that was signed just now.
  void hold(std::string note) { held_ = std::move(note); }
  /// Writes it, on a thread of its own, where that is not done yet: no sooner than `pause` after the last time unless
  /// `at_once`. Until then a crash forgets it, and the file's is an older one.
  net::Task<Result<Done>> keep(bool at_once);

 private:
  std::filesystem::path file_;
  std::chrono::milliseconds pause_;
  std::string held_, kept_;
  std::chrono::steady_clock::time_point due_{};
  net::Workers thread_{1, 1};
};

}  // namespace cordon::audit
