#include "keys/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace cordon::keys {

Result<Secret> read_secret_whole(const std::filesystem::path& file, size_t most) {
  Secret room(most + 1);
  size_t size = 0;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : 1;
  while (got > 0 && size < room.size()) {
    got = ::read(fd, room.bytes().data() + size, room.size() - size);
    if (got > 0) size += static_cast<size_t>(got);
  }
  if (fd >= 0) ::close(fd);
  if (got < 0 || size == 0 || size > most) return fail(Code::invalid, "there is no secret in " + file.string());
  return Secret::of(room.view().substr(0, size));
}

Result<Secret> read_secret_file(const std::filesystem::path& file) {
  auto whole = read_secret_whole(file, 4096);
  if (!whole) return whole;
  const std::string_view line = whole->view().substr(0, whole->view().find('\n'));
  if (line.empty()) return fail(Code::invalid, "there is no secret in " + file.string());
  return Secret::of(line);
}

}  // namespace cordon::keys
