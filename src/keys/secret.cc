#include "keys/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/log.h"

namespace cordon::keys {

namespace {

/// Room for some 60,000 keys of 32 bytes; under what an ordinary user may lock on Debian (8 MiB).
constexpr size_t kHeapBytes = 4 << 20;

/// 1: locked; 2: there, but not locked; 0: not there.
int heap() {
  static const int state = CRYPTO_secure_malloc_initialized() != 0 ? 1 : CRYPTO_secure_malloc_init(kHeapBytes, 32);
  return state;
}

}  // namespace

Secret::Secret(size_t size) : size_(size) {
  if (size == 0) return;
  if (heap() == 0) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(OPENSSL_secure_zalloc(size));
  // OpenSSL goes on with ordinary memory where the secure heap is full; a key does not.
  if (data_ == nullptr || CRYPTO_secure_allocated(data_) == 0) {
    OPENSSL_secure_clear_free(data_, size);
    throw std::bad_alloc();
  }
}

Secret Secret::of(std::string_view bytes) {
  Secret made(bytes.size());
  if (!bytes.empty()) std::memcpy(made.data_, bytes.data(), bytes.size());
  return made;
}

Secret Secret::random(size_t size) {
  Secret made(size);
  if (RAND_priv_bytes(made.data_, static_cast<int>(size)) != 1) throw std::runtime_error("no random bytes");
  return made;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() { OPENSSL_secure_clear_free(data_, size_); }

void guard_memory() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (heap() != 1) log::warn("the memory for keys could not be locked (RLIMIT_MEMLOCK) and may be swapped out");
  // What OpenSSL makes of a key while it works (round keys) lies in its ordinary memory.
  rlimit most{};
  if (getrlimit(RLIMIT_MEMLOCK, &most) == 0 && most.rlim_cur == RLIM_INFINITY)
    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

}  // namespace cordon::keys
