// Pages of what is being exported, until they are written in their order: in a file, for they may be more than memory
// holds.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "keys/xaes.h"

namespace cordon::audit {

/// Texts that are given back last first, sealed with a key that is in memory alone. Their file has no name: nobody else
/// opens it, and it is gone with the process; what a disk keeps of it, nobody reads.
class PageStack {
 public:
  /// In a file of the folder's disk.
  explicit PageStack(const std::filesystem::path& folder);
  ~PageStack();
  PageStack(const PageStack&) = delete;

  bool empty() const { return top_ == 0; }
  /// False where it cannot be written.
  bool push(std::string_view text);
  /// nullopt where it cannot be read, or is not what was pushed.
  std::optional<std::string> pop();

 private:
  bool take(char* out, size_t size);

  keys::Xaes key_{keys::Secret::random(keys::kKeyBytes)};
  int fd_ = -1;
  off_t top_ = 0;
};

}  // namespace cordon::audit
