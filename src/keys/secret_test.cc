#include "keys/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <bit>
#include <fstream>

#include "support/full_heap.h"
#include "support/world.h"

namespace cordon::keys {
namespace {

using ::testing::HasSubstr;

/// What the kernel says of the memory that something lies in ("VmFlags: rd wr ... lo ... dd").
std::string flags_of(const void* where) {
  std::ifstream in("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(in, line);) {
    unsigned long from = 0, to = 0;
    const auto at = reinterpret_cast<unsigned long>(where);
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) here = from <= at && at < to;
    if (here && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

TEST(Secret, LeavesNothingWhereItStood) {
  const std::string key(64, 'k');
  const volatile uint8_t* stood = nullptr;
  {
    const Secret secret = Secret::of(key);
    stood = secret.data();
    EXPECT_EQ(secret.view(), key);
  }
  // The heap's memory stays mapped; the first bytes of a free block are its list's.
  for (size_t i = 16; i < key.size(); ++i) EXPECT_EQ(stood[i], 0) << i;
}

TEST(Secret, LeavesNothingInWhatItWasMovedFrom) {
  Secret one = Secret::random(32);
  const uint8_t* where = one.data();
  const Secret other = std::move(one);
  EXPECT_EQ(other.data(), where);
  EXPECT_TRUE(one.empty());
  EXPECT_EQ(one.data(), nullptr);
}

TEST(Secret, LiesInMemoryThatIsLockedAndLeftOutOfDumps) {
  const Secret secret = Secret::random(32);
  const std::string flags = flags_of(secret.data());
  EXPECT_THAT(flags, HasSubstr(" dd ")) << "MADV_DONTDUMP";
  rlimit most{};
  ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &most), 0);
  if (most.rlim_cur < heap_bytes(0)) GTEST_SKIP() << "this user may not lock so much (RLIMIT_MEMLOCK)";
  EXPECT_THAT(flags, HasSubstr(" lo "));
}

TEST(Secret, HasRoomForWhatEveryReactorKeeps) {
  for (const int reactors : {1, 2, 8, 64, 256}) {
    const size_t bytes = heap_bytes(reactors);
    EXPECT_TRUE(std::has_single_bit(bytes)) << "OpenSSL wants a power of two";
    EXPECT_GE(bytes, size_t{4} << 20);
    EXPECT_GE(bytes / 32, static_cast<size_t>(reactors) * 4096 * 2) << "two versions of each subject's key";
  }
  EXPECT_GE(heap_bytes(0), heap_bytes(1));
}

std::vector<Secret> kept;

TEST(Secret, AsksForKeysBackBeforeItGivesUp) {
  const GiveBack before = on_full_heap([] {
    if (kept.empty()) return false;
    kept.pop_back();
    return true;
  });
  {
    auto rest = testing::fill_heap();
    EXPECT_THROW(Secret::random(32), std::bad_alloc);
    kept.push_back(std::move(rest.back()));
    rest.pop_back();
    EXPECT_EQ(Secret::random(32).size(), 32u);
    EXPECT_TRUE(kept.empty());
  }
  on_full_heap(before);
  EXPECT_EQ(Secret::random(32).size(), 32u);
}

void expect_guarded() {
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  rlimit core{};
  EXPECT_EQ(::getrlimit(RLIMIT_CORE, &core), 0);
  EXPECT_EQ(core.rlim_cur, 0u);
  EXPECT_EQ(core.rlim_max, 0u);
}

TEST(GuardedMemory, IsNotDumpedAndNotReadByOthers) {
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  guard_memory();
  expect_guarded();
}

TEST(GuardedMemory, IsThatOfAnOperatorsCommandToo) {
  auto& world = testing::World::shared();
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  world.run([](identity::Backend&) -> net::Task<void> {
    expect_guarded();
    co_return;
  });
}

}  // namespace
}  // namespace cordon::keys
