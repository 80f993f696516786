#include "keys/folder_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/log.h"
#include "base/random.h"
#include "net/workers.h"

namespace cordon::keys {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kIncoming = ".incoming";

/// What errno says about an operation on a file.
std::unexpected<Error> refused(const char* what, const fs::path& path) {
  const int why = errno;
  if (why == ENOENT || why == ENOTDIR || why == EISDIR) return fail(Code::not_found, "There is no such object.");
  log::error("the object store's folder", {{"cannot", what}, {"file", path.string()}, {"why", std::strerror(why)}});
  const bool full = why == ENOSPC || why == EDQUOT || why == EMFILE || why == ENFILE;
  if (full) return fail(Code::unavailable, "The object store is full for the moment.");
  return fail(Code::internal, "The object store's folder is out of order.");
}

Result<Done> flush_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool ok = fd >= 0 && ::fsync(fd) == 0;
  auto result = ok ? Result<Done>(Done{}) : refused("flush", folder);
  if (fd >= 0) ::close(fd);
  return result;
}

/// Makes the folders between `root` and a file, each as durable as the entry in the one above it.
Result<Done> make_folders(const fs::path& root, const fs::path& file) {
  fs::path folder = root;
  for (const auto& part : file.parent_path().lexically_relative(root)) {
    if (part == ".") continue;
    const fs::path above = folder;
    folder /= part;
    if (::mkdir(folder.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      return refused("make", folder);
    }
    if (auto flushed = flush_folder(above); !flushed) return flushed;
  }
  return Done{};
}

/// A file that is being written. It goes with this, unless it was put in its place.
class Incoming {
 public:
  explicit Incoming(fs::path path)
      : path_(std::move(path)), fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {}
  ~Incoming() {
    if (fd_ >= 0) ::close(fd_);
    if (fd_ >= 0 && !placed_) ::unlink(path_.c_str());
  }
  Incoming(const Incoming&) = delete;

  Result<Done> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written <= 0) return refused("write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Done{};
  }

  Result<Done> place(const fs::path& root, const fs::path& file) {
    if (auto made = make_folders(root, file); !made) return made;
    if (::fsync(fd_) != 0) return refused("flush", path_);
    if (::rename(path_.c_str(), file.c_str()) != 0) return refused("rename", file);
    placed_ = true;
    return flush_folder(file.parent_path());
  }

 private:
  fs::path path_;
  int fd_;
  bool placed_ = false;
};

/// Another file, or the same one with other contents, has another.
std::string version_of(const struct stat& file) {
  return fmt::format("{}-{}.{:09}-{}", file.st_ino, file.st_mtim.tv_sec, file.st_mtim.tv_nsec, file.st_size);
}

Result<StoredObject> look_at(const fs::path& path, const std::string& name) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) return refused("look at", path);
  if (!S_ISREG(file.st_mode)) return fail(Code::not_found, "There is no such object.");
  return StoredObject{name, static_cast<uint64_t>(file.st_size), version_of(file)};
}

Result<std::string> read_from(int fd, const fs::path& path, const StoredObject& object, uint64_t offset,
                              uint64_t length) {
  struct stat file{};
  if (fd < 0 || ::fstat(fd, &file) != 0) return refused("read", path);
  const bool whole = offset <= object.size && length <= object.size - offset;
  if (!whole || version_of(file) != object.version) return fail(Code::conflict, "The object is another one by now.");
  std::string bytes(length, '\0');
  for (size_t at = 0; at < length;) {
    const ssize_t got = ::pread(fd, bytes.data() + at, length - at, static_cast<off_t>(offset + at));
    if (got < 0) return refused("read", path);
    if (got == 0) return fail(Code::conflict, "The object has lost its end.");
    at += static_cast<size_t>(got);
  }
  return bytes;
}

Result<std::vector<std::string>> names_in(const fs::path& root, const std::string& prefix) {
  std::vector<std::string> names;
  const fs::path from = root / prefix.substr(0, prefix.rfind('/') + 1);
  std::error_code ec;
  for (fs::recursive_directory_iterator at(from, ec), end; !ec && at != end; at.increment(ec)) {
    if (at->path().filename() == kIncoming) at.disable_recursion_pending();
    std::string name = at->path().lexically_relative(root).generic_string();
    if (at->symlink_status(ec).type() == fs::file_type::regular && name.starts_with(prefix) && check_object_name(name))
      names.push_back(std::move(name));
  }
  if (ec && ec != std::errc::no_such_file_or_directory && ec != std::errc::not_a_directory) {
    errno = ec.value();
    return refused("list", from);
  }
  std::ranges::sort(names);
  return names;
}

/// What nobody has written to for a day, nobody writes any more.
void clear_incoming(const fs::path& folder) {
  std::error_code ec;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec))
    if (std::error_code gone; at->last_write_time(gone) < yesterday && !gone) fs::remove(at->path(), gone);
}

/// Runs `work` on one of the workers and returns what it does.
template <class Work>
net::Task<std::invoke_result_t<Work>> on(net::Workers& workers, Work work) {
  std::invoke_result_t<Work> result = fail(Code::internal, {});
  auto ran = co_await workers.run([&] { result = work(); });
  if (!ran) co_return std::unexpected(ran.error());
  co_return result;
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> FolderStore::open(const fs::path& folder, net::Workers& workers) {
  if (!folder.is_absolute()) return fail(Code::invalid, "a folder for objects is an absolute path: folder:/...");
  std::error_code ec;
  const bool fresh = fs::create_directories(folder, ec);
  if (fresh) fs::permissions(folder, fs::perms::owner_all, ec);
  const fs::path incoming = folder / kIncoming;
  if ((::mkdir(incoming.c_str(), 0700) != 0 && errno != EEXIST) || ::access(incoming.c_str(), W_OK | X_OK) != 0)
    return fail(Code::invalid, "cannot write to the folder for objects, " + folder.string());
  clear_incoming(incoming);
  return std::unique_ptr<ObjectStore>(new FolderStore(folder.lexically_normal(), workers));
}

net::Task<Result<uint64_t>> FolderStore::put(std::string name, Source source) {
  if (auto right = check_object_name(name); !right) co_return std::unexpected(right.error());
  Incoming incoming(folder_ / kIncoming / random_secret());
  Pieces pieces(std::move(source), read_bytes());
  uint64_t size = 0;
  for (;;) {
    auto piece = co_await pieces.next();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) break;
    auto written = co_await on(workers_, [&] { return incoming.write(*piece); });
    if (!written) co_return std::unexpected(written.error());
    size += piece->size();
  }
  auto placed = co_await on(workers_, [&] { return incoming.place(folder_, folder_ / name); });
  if (!placed) co_return std::unexpected(placed.error());
  co_return size;
}

net::Task<Result<StoredObject>> FolderStore::look(std::string name) {
  if (auto right = check_object_name(name); !right) co_return std::unexpected(right.error());
  co_return co_await on(workers_, [&] { return look_at(folder_ / name, name); });
}

net::Task<Result<std::string>> FolderStore::read(StoredObject object, uint64_t offset, uint64_t length) {
  if (auto right = check_object_name(object.name); !right) co_return std::unexpected(right.error());
  co_return co_await on(workers_, [&] {
    const fs::path path = folder_ / object.name;
    const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    auto bytes = read_from(fd, path, object, offset, length);
    if (fd >= 0) ::close(fd);
    return bytes;
  });
}

net::Task<Result<Done>> FolderStore::remove(std::string name) {
  if (auto right = check_object_name(name); !right) co_return std::unexpected(right.error());
  co_return co_await on(workers_, [&]() -> Result<Done> {
    const fs::path path = folder_ / name;
    if (::unlink(path.c_str()) == 0) return flush_folder(path.parent_path());
    auto why = refused("remove", path);
    return why.error().code == Code::not_found ? Result<Done>(Done{}) : why;
  });
}

net::Task<Result<std::vector<std::string>>> FolderStore::list(std::string prefix) {
  if (auto right = check_object_prefix(prefix); !right) co_return std::unexpected(right.error());
  co_return co_await on(workers_, [&] { return names_in(folder_, prefix); });
}

}  // namespace cordon::keys
