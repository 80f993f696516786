// The heap of keys without any room.
#pragma once
#include <thread>
#include <vector>

#include "keys/secret.h"

namespace cordon::testing {

/// Everything that is left of it, as long as this is kept. Taken by a thread that has no keys to give back.
inline std::vector<keys::Secret> fill_heap() {
  std::vector<keys::Secret> all;
  std::thread filling([&] {
    for (size_t size = size_t{1} << 20; size >= 32; size /= 2) try {
        for (;;) all.emplace_back(size);
      } catch (const std::bad_alloc&) {}
  });
  filling.join();
  return all;
}

}  // namespace cordon::testing
