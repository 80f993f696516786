#include "staff/vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <fstream>

#include "base/random.h"

namespace cordon::staff {

namespace {

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);

const uint8_t* bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

/// Writes a fresh key under another name and links it into place, so that of two processes that start at once the first
/// wins and no reader sees half of it.
void make_key(const std::filesystem::path& path) {
  std::array<uint8_t, 32> key;
  fill_random(key);
  std::filesystem::create_directories(path.parent_path());
  const std::string fresh = path.string() + "." + random_secret();
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (written) (void)::link(fresh.c_str(), path.c_str());
  ::unlink(fresh.c_str());
  sodium_memzero(key.data(), key.size());
}

}  // namespace

Result<std::shared_ptr<const Vault>> Vault::open(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) make_key(path);
  auto made = std::make_shared<Vault>();
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(made->key_.data()), 32);
  if (in.gcount() != 32 || in.peek() != std::ifstream::traits_type::eof())
    return fail(Code::internal, path.string() + " cannot be written, or is no key of 32 bytes");
  return made;
}

std::string Vault::seal(std::string_view secret, std::string_view owner) const {
  std::string out(kNonce + secret.size() + kTag, '\0');
  auto* at = reinterpret_cast<uint8_t*>(out.data());
  fill_random({at, kNonce});
  crypto_aead_xchacha20poly1305_ietf_encrypt(at + kNonce, nullptr, bytes(secret), secret.size(), bytes(owner),
                                             owner.size(), nullptr, at, key_.data());
  return out;
}

std::optional<std::string> Vault::open(std::string_view sealed, std::string_view owner) const {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  std::string out(sealed.size() - kNonce - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<uint8_t*>(out.data()), nullptr, nullptr,
                                                 bytes(sealed) + kNonce, sealed.size() - kNonce, bytes(owner),
                                                 owner.size(), bytes(sealed), key_.data()) != 0)
    return std::nullopt;
  return out;
}

}  // namespace cordon::staff
