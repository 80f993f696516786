// What tells a file that was replaced, or written again, from the one that was read.
#pragma once
#include <cstdint>
#include <filesystem>

namespace cordon {

/// Of what a path leads to, by stat(2): which file, how long, and when it was written and changed, in nanoseconds. All
/// zero where there is none. A file put there by a rename differs whatever its times say.
struct FileStamp {
  uint64_t device = 0, inode = 0;
  int64_t size = 0, written = 0, changed = 0;
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::filesystem::path& file);

}  // namespace cordon
