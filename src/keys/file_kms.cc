#include "keys/file_kms.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/memory_resource.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/random.h"

namespace cordon::keys {

namespace fs = std::filesystem;

BOOST_DEFINE_ENUM_CLASS(FileState, primary, enabled, destroyed)

/// A version as the file has it.
struct FileVersion {
  int64_t version = 0;
  FileState state = FileState::primary;
  Time made_at;
  std::optional<std::string> key;  ///< base64url; none once it is destroyed
};
BOOST_DESCRIBE_STRUCT(FileVersion, (), (version, state, made_at, key))

/// How the passphrase becomes a key: Argon2id (RFC 9106) with these parameters.
struct Argon {
  int64_t passes = 0, memory_kib = 0;
  std::string salt;
};
BOOST_DESCRIBE_STRUCT(Argon, (), (passes, memory_kib, salt))

struct KeyFile {
  std::string format = "cordon-kms-1";
  std::optional<Argon> passphrase;
  std::vector<FileVersion> versions;

  KeyFile() = default;
  KeyFile(KeyFile&&) = default;
  ~KeyFile() {
    for (FileVersion& v : versions)
      if (v.key) OPENSSL_cleanse(v.key->data(), v.key->size());
  }
};
BOOST_DESCRIBE_STRUCT(KeyFile, (), (format, passphrase, versions))

namespace {

/// OWASP's second choice for Argon2id, four times over: this is asked once a start.
constexpr int64_t kPasses = 3, kMemoryKib = 64 * 1024;

std::string aad_of(int64_t version) { return "cordon-kms-1/" + std::to_string(version); }

/// Memory that is wiped when it is given back. Not the keys' own, which has no room for a file that grows with every
/// version that there ever was. Boost gives texts back with another alignment than it took them with: every one here is
/// what `new` gives, which is enough for all that JSON has.
class WipedMemory final : public boost::json::memory_resource {
  void* do_allocate(size_t bytes, size_t) override { return ::operator new(bytes); }
  void do_deallocate(void* at, size_t bytes, size_t) override {
    OPENSSL_cleanse(at, bytes);
    ::operator delete(at);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

/// A key file while it is read: what it says, in one piece that is never moved, and wiped at the end.
class KeyFileText {
 public:
  explicit KeyFileText(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0 || ::fstat(fd_, &state_) != 0) return;
    text_.resize(static_cast<size_t>(state_.st_size));
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < text_.size()) {
      got = ::read(fd_, text_.data() + size, text_.size() - size);
      if (got > 0) size += static_cast<size_t>(got);
    }
    read_ = size == text_.size();
  }
  ~KeyFileText() {
    OPENSSL_cleanse(text_.data(), text_.size());
    if (fd_ >= 0) ::close(fd_);
  }
  KeyFileText(const KeyFileText&) = delete;
  bool was_read() const { return read_; }
  bool is_of_others() const { return (state_.st_mode & 0077) != 0; }
  std::string_view text() const { return text_; }

 private:
  int fd_;
  struct stat state_{};
  std::string text_;
  bool read_ = false;
};

Result<Xaes> closing_key(const Argon& how, const Secret& passphrase) {
  const std::string salt = from_base64url(how.salt);
  Secret key(kKeyBytes);
  if (salt.size() != crypto_pwhash_SALTBYTES || how.passes < 1 || how.passes > 100 || how.memory_kib < 8 ||
      how.memory_kib > (4 << 20) ||
      crypto_pwhash(key.bytes().data(), kKeyBytes, passphrase.view().data(), passphrase.size(),
                    reinterpret_cast<const uint8_t*>(salt.data()), static_cast<unsigned long long>(how.passes),
                    static_cast<size_t>(how.memory_kib) * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(Code::internal, "The key file's passphrase could not be made a key.");
  return Xaes(std::move(key));
}

Result<KeyFile> read_file(const fs::path& path) {
  const KeyFileText read(path);
  if (!read.was_read()) return fail(Code::invalid, "cannot read the key file " + path.string());
  if (read.is_of_others())
    return fail(Code::invalid, "others may read the key file " + path.string() + ": chmod 600 it");
  WipedMemory memory;
  auto file = json::decode<KeyFile>(read.text(), &memory);
  if (!file || file->format != "cordon-kms-1" || file->versions.empty())
    return fail(Code::invalid, path.string() + " is not a key file of ours");
  return file;
}

Result<Done> write_file(const fs::path& path, const KeyFile& file) {
  std::string text;
  // Room for all of it: what grows leaves pieces of itself behind.
  text.reserve(1024 + 256 * file.versions.size());
  json::write(text, file);
  auto written = write_whole(path, text += '\n');
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

/// A new version's bytes, as the file keeps them.
Result<std::string> fresh_key(const KeyFile& file, int64_t version, const std::optional<Secret>& passphrase) {
  const Secret key = Secret::random(kKeyBytes);
  if (!file.passphrase) return to_base64url({key.data(), key.size()});
  auto closing = closing_key(*file.passphrase, *passphrase);
  if (!closing) return std::unexpected(closing.error());
  std::string closed;
  closing->seal(closed, aad_of(version), key.view());
  return to_base64url({reinterpret_cast<const uint8_t*>(closed.data()), closed.size()});
}

/// A version's 32 bytes; `closing` opens them where the file has a passphrase.
Result<Secret> open_key(const fs::path& path, const FileVersion& v, std::optional<Xaes>& closing) {
  Secret room(v.key->size());
  size_t size = 0;
  sodium_base642bin(room.bytes().data(), room.size(), v.key->data(), v.key->size(), nullptr, &size, nullptr,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  const std::string_view bytes = room.view().substr(0, size);
  std::optional<Secret> key = closing ? closing->open_secret(aad_of(v.version), bytes) : Secret::of(bytes);
  if (!key) return fail(Code::invalid, "this is not the passphrase of " + path.string());
  if (key->size() != kKeyBytes) return fail(Code::invalid, path.string() + " has a key that is not 32 bytes long");
  return std::move(*key);
}

KmsVersion known(const FileVersion& v) {
  const auto state = v.state == FileState::primary     ? VersionState::primary
                     : v.state == FileState::destroyed ? VersionState::destroyed
                                                       : VersionState::enabled;
  return {std::to_string(v.version), state, v.made_at};
}

/// Whether it was this that made it.
Result<bool> make_file(const fs::path& path, const std::optional<Secret>& passphrase) {
  std::error_code ec;
  fs::create_directories(path.parent_path(), ec);
  const FileLock lock(path.string() + ".lock");
  if (!lock.held()) return fail(Code::internal, "cannot write " + path.string() + ".lock");
  if (fs::exists(path, ec)) return false;
  KeyFile file;
  if (passphrase) {
    std::array<uint8_t, crypto_pwhash_SALTBYTES> salt;
    fill_random(salt);
    file.passphrase = Argon{kPasses, kMemoryKib, to_base64url(salt)};
  }
  auto key = fresh_key(file, 1, passphrase);
  if (!key) return std::unexpected(key.error());
  file.versions.push_back({1, FileState::primary, now(), std::move(*key)});
  log::info("made a key file", {{"file", path.string()}, {"passphrase", passphrase ? "yes" : "no"}});
  if (auto written = write_file(path, file); !written) return std::unexpected(written.error());
  return true;
}

}  // namespace

Result<std::unique_ptr<FileKms>> FileKms::open(const fs::path& path, std::optional<Secret> passphrase, bool make) {
  Result<bool> made = false;
  if (std::error_code ec; !fs::exists(path, ec)) {
    if (!make) return fail(Code::not_found, "there is no key file " + path.string());
    made = make_file(path, passphrase);
    if (!made) return std::unexpected(made.error());
  }
  std::unique_ptr<FileKms> kms(new FileKms(path, std::move(passphrase)));
  if (*made) kms->made_ = "1";
  if (auto read = kms->read(); !read) return std::unexpected(read.error());
  return kms;
}

Result<Done> FileKms::read() {
  const FileStamp stamp = stamp_of(path_);  // before it is read: what changes meanwhile is read again
  auto file = read_file(path_);
  if (!file) return std::unexpected(file.error());
  if (file->passphrase.has_value() != passphrase_.has_value())
    return fail(Code::invalid, path_.string() + (passphrase_ ? " has no passphrase" : " wants its passphrase"));
  std::optional<Xaes> closing;
  std::map<int64_t, Version> versions;
  for (const FileVersion& v : file->versions) {
    Version& made = versions[v.version];
    made.known = known(v);
    // Argon2id takes its time: not again for what is known already.
    if (!v.key || had(v.version)) continue;
    if (file->passphrase && !closing) {
      auto opened = closing_key(*file->passphrase, *passphrase_);
      if (!opened) return std::unexpected(opened.error());
      closing = std::move(*opened);
    }
    auto key = open_key(path_, v, closing);
    if (!key) return std::unexpected(key.error());
    made.key.emplace(std::move(*key));
  }
  for (const FileVersion& v : file->versions)
    if (v.key && had(v.version)) versions[v.version].key = std::move(versions_[v.version].key);
  versions_ = std::move(versions);
  read_ = stamp;
  return Done{};
}

bool FileKms::had(int64_t version) const {
  const auto found = versions_.find(version);
  return found != versions_.end() && found->second.key;
}

/// Reads the file again if another process has changed it.
Result<Done> FileKms::refresh() {
  // Not by its time alone: two changes may fall on one tick of the clock.
  if (stamp_of(path_) == read_) return Done{};
  auto done = read();
  if (!done) {
    log::error("the key file cannot be read", {{"why", done.error().detail}});
    return fail(Code::unavailable, "The keys are out of reach for the moment; try again.");
  }
  return done;
}

Result<Done> FileKms::change(const std::function<Result<Done>(KeyFile&)>& how) {
  const FileLock lock(path_.string() + ".lock");
  if (!lock.held()) return fail(Code::unavailable, "cannot lock " + path_.string());
  auto file = read_file(path_);
  if (!file) return std::unexpected(file.error());
  auto done = how(*file);
  if (done) done = write_file(path_, *file);
  return done ? read() : done;
}

net::Task<Result<Wrapped>> FileKms::wrap(std::string_view plain, std::string_view aad) {
  if (auto fresh = refresh(); !fresh) co_return std::unexpected(fresh.error());
  for (auto& [number, version] : versions_) {
    if (version.known.state != VersionState::primary) continue;
    Wrapped wrapped{version.known.name, {}};
    version.key->seal(wrapped.bytes, aad, plain);
    co_return wrapped;
  }
  co_return fail(Code::internal, "The key file has no primary version.");
}

net::Task<Result<Secret>> FileKms::unwrap(const Wrapped& wrapped, std::string_view aad) {
  if (auto fresh = refresh(); !fresh) co_return std::unexpected(fresh.error());
  for (auto& [number, version] : versions_) {
    if (version.known.name != wrapped.version || !version.key) continue;
    auto plain = version.key->open_secret(aad, wrapped.bytes);
    if (!plain) co_return fail(Code::internal, "This is not what the key file has wrapped.");
    co_return std::move(*plain);
  }
  co_return fail(Code::not_found, "That version of the key is not there any more.");
}

net::Task<Result<std::vector<KmsVersion>>> FileKms::versions() {
  if (auto fresh = refresh(); !fresh) co_return std::unexpected(fresh.error());
  std::vector<KmsVersion> out;
  for (const auto& [number, version] : versions_) out.push_back(version.known);
  co_return out;
}

net::Task<Result<std::string>> FileKms::rotate() {
  std::string name;
  auto done = change([&](KeyFile& file) -> Result<Done> {
    const int64_t next = file.versions.back().version + 1;
    auto key = fresh_key(file, next, passphrase_);
    if (!key) return std::unexpected(key.error());
    for (FileVersion& v : file.versions)
      if (v.state == FileState::primary) v.state = FileState::enabled;
    file.versions.push_back({next, FileState::primary, now(), std::move(*key)});
    name = std::to_string(next);
    return Done{};
  });
  if (!done) co_return std::unexpected(done.error());
  co_return name;
}

net::Task<Result<Done>> FileKms::destroy(const std::string& version) {
  co_return change([&](KeyFile& file) -> Result<Done> {
    for (FileVersion& v : file.versions) {
      if (std::to_string(v.version) != version) continue;
      if (v.state == FileState::primary)
        return fail(Code::conflict, "The primary version stays; make another one first.");
      if (v.key) OPENSSL_cleanse(v.key->data(), v.key->size());
      v.key.reset();
      v.state = FileState::destroyed;
      return Done{};
    }
    return fail(Code::not_found, "The key file has no such version.");
  });
}

}  // namespace cordon::keys
