#include "keys/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace cordon::keys {

Result<Secret> read_secret_file(const std::filesystem::path& file) {
  Secret room(4096);
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? -1 : ::read(fd, room.bytes().data(), room.size());
  if (fd >= 0) ::close(fd);
  std::string_view line = room.view().substr(0, got < 0 ? 0 : static_cast<size_t>(got));
  line = line.substr(0, line.find('\n'));
  if (line.empty()) return fail(Code::invalid, "there is no secret in " + file.string());
  return Secret::of(line);
}

}  // namespace cordon::keys
