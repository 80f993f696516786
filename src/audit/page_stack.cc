#include "audit/page_stack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace cordon::audit {

PageStack::PageStack(const std::filesystem::path& folder) {
  std::string name = (folder / ".pages-XXXXXX").string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ >= 0) ::unlink(name.c_str());
}

PageStack::~PageStack() {
  if (fd_ >= 0) ::close(fd_);
}

bool PageStack::push(std::string_view text) {
  std::string sealed;
  key_.seal(sealed, std::to_string(top_), text);
  // Behind each text stands its length.
  const uint64_t length = sealed.size();
  sealed.append(reinterpret_cast<const char*>(&length), sizeof length);
  for (size_t done = 0; done < sealed.size();) {
    const ssize_t some = ::pwrite(fd_, sealed.data() + done, sealed.size() - done, top_ + static_cast<off_t>(done));
    if (some <= 0) return false;
    done += static_cast<size_t>(some);
  }
  top_ += static_cast<off_t>(sealed.size());
  return true;
}

std::optional<std::string> PageStack::pop() {
  uint64_t length = 0;
  if (!take(reinterpret_cast<char*>(&length), sizeof length)) return std::nullopt;
  std::string sealed(length, '\0');
  if (!take(sealed.data(), length)) return std::nullopt;
  return key_.open(std::to_string(top_), sealed);
}

/// The last bytes, which are taken off.
bool PageStack::take(char* out, size_t size) {
  if (static_cast<uint64_t>(top_) < size) return false;
  top_ -= static_cast<off_t>(size);
  for (size_t done = 0; done < size;) {
    const ssize_t some = ::pread(fd_, out + done, size - done, top_ + static_cast<off_t>(done));
    if (some <= 0) return false;
    done += static_cast<size_t>(some);
  }
  return true;
}

}  // namespace cordon::audit
