// Files that several processes share: written whole, and locked while they are looked at and changed.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cordon {

/// Writes `bytes` to a new file of mode 0600 beside `file`, makes them durable and puts it in `file`'s place: nobody
/// reads half of it, whatever happens. Code::internal, naming the file.
Result<Done> write_whole(const std::filesystem::path& file, std::string_view bytes);

/// All of a file. Code::not_found, naming it, where it cannot be read.
Result<std::string> read_whole(const std::filesystem::path& file);

/// Held by one process or thread at a time (flock), until it goes. Makes the file.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  bool held() const { return held_; }

 private:
  int fd_;
  bool held_;
};

}  // namespace cordon
