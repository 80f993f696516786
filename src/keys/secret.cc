#include "keys/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/log.h"
#include "keys/lives.h"

namespace cordon::keys {

namespace {

/// Besides what the caches hold, and under what an ordinary user may lock on Debian (8 MiB).
constexpr size_t kLeast = 4 << 20;
/// What OpenSSL gives a key of 32 bytes.
constexpr size_t kBlock = 32;
/// Of a subject's key: two while its rows are closed anew, and as many again that requests are not done with.
constexpr size_t kVersions = 4;

struct Heap {
  int state = 0;  ///< OpenSSL's: 1 locked; 2 there, but not locked; 0 not there
  size_t bytes = 0, wanted = 0;
};

/// Locked rather than large: where so much may not be locked, half of it, and half of that.
Heap make_heap(size_t wanted) {
  if (CRYPTO_secure_malloc_initialized() != 0) return {1, wanted, wanted};
  for (size_t bytes = wanted; bytes >= kLeast / 4; bytes /= 2) {
    const int state = CRYPTO_secure_malloc_init(bytes, kBlock);
    if (state == 1) return {state, bytes, wanted};
    if (state == 2) CRYPTO_secure_malloc_done();
  }
  return {CRYPTO_secure_malloc_init(wanted, kBlock), wanted, wanted};
}

/// Made once, as whoever comes first wants it.
const Heap& heap(int reactors = 0) {
  static const Heap made = make_heap(heap_bytes(reactors));
  return made;
}

std::atomic<GiveBack> give_back = nullptr;

/// Null where the heap is full. OpenSSL goes on with ordinary memory where there is no heap; a key does not.
uint8_t* place(size_t size) {
  if (heap().state == 0) return nullptr;
  void* found = OPENSSL_secure_zalloc(size);
  if (found == nullptr || CRYPTO_secure_allocated(found) != 0) return static_cast<uint8_t*>(found);
  OPENSSL_secure_clear_free(found, size);
  return nullptr;
}

}  // namespace

GiveBack on_full_heap(GiveBack how) { return give_back.exchange(how); }

size_t heap_bytes(int reactors) {
  const size_t keyrings = reactors > 0 ? static_cast<size_t>(reactors) : std::thread::hardware_concurrency();
  return std::max(kLeast, std::bit_ceil(keyrings * KeyringOptions().subjects * kVersions * kBlock));
}

Secret::Secret(size_t size) : size_(size) {
  if (size == 0) return;
  while ((data_ = place(size)) == nullptr) {
    const GiveBack how = give_back;
    if (how == nullptr || !how()) throw std::bad_alloc();
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

void guard_memory(int reactors) {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const Heap& keys = heap(reactors);
  if (keys.state != 1) log::warn("the memory for keys could not be locked (RLIMIT_MEMLOCK) and may be swapped out");
  if (keys.bytes < keys.wanted)
    log::warn(
        "less memory for keys could be locked (RLIMIT_MEMLOCK) than they may need: some are read more often",
        {{"mib", static_cast<long long>(keys.bytes >> 20)}, {"wanted", static_cast<long long>(keys.wanted >> 20)}});
  // What OpenSSL makes of a key while it works (round keys) lies in its ordinary memory.
  rlimit most{};
  if (getrlimit(RLIMIT_MEMLOCK, &most) == 0 && most.rlim_cur == RLIM_INFINITY)
    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

}  // namespace cordon::keys
