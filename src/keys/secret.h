// Key bytes, and where they lie while the process has them.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace cordon::keys {

/// Bytes in OpenSSL's secure heap: locked in memory, between guard pages, left out of core dumps, wiped when freed.
/// Moves, never copies. Throws std::bad_alloc where the heap is full, also after whoever keeps keys has given back what
/// they could (on_full_heap): a key that has no such place has none at all.
class Secret {
 public:
  Secret() = default;
  /// A place for `size` bytes, all zero.
  explicit Secret(size_t size);
  /// Takes over what `bytes` says. The source is the caller's to wipe.
  static Secret of(std::string_view bytes);
  /// Fresh random bytes (RAND_priv_bytes).
  static Secret random(size_t size);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const uint8_t* data() const { return data_; }
  std::span<uint8_t> bytes() { return {data_, size_}; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

/// Lets go of keys that the calling thread keeps and can read again; false where it keeps none.
using GiveBack = bool (*)();
/// What a thread does where the heap is full. Returns what it was before.
GiveBack on_full_heap(GiveBack how);

/// How large the heap is to be, in bytes: room for what the keyrings of so many reactors keep (0: one a core).
size_t heap_bytes(int reactors);

/// Makes the process's memory hard to come by from outside: no core dump, no reading by other processes of the same
/// user (PR_SET_DUMPABLE), and no swap where the system lets this process lock that much (RLIMIT_MEMLOCK). The secure
/// heap that `Secret` uses, for the keyrings of so many reactors, is locked in any case; tells in the log if not even
/// that could be, or only a smaller one. At the start, before any key; again does no harm.
void guard_memory(int reactors = 0);

}  // namespace cordon::keys
