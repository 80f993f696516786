#include "base/file_stamp.h"

#include <sys/stat.h>

namespace cordon {

static int64_t in_nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, in_nanoseconds(found.st_mtim), in_nanoseconds(found.st_ctim)};
}

}  // namespace cordon
