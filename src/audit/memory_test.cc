// The log's memory: what a file says that was signed is not unsaid by a database.
#include "audit/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "audit/log_key.h"
#include "base/file.h"
#include "support/served.h"
#include "support/signing_key.h"

namespace cordon::audit {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::must;
using testing::SqlSession;
using testing::TemporaryFolder;
using testing::World;

class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest() {
    EXPECT_TRUE(eventually([&] { return world.sql().value("SELECT size > 0 FROM audit.log") == "t"; }));
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      auto store = backend.recorder.log();
      log = must(co_await store.log());
      const std::string no_name;
      auto key = co_await log_key(backend.identities, identity::kPlatform, no_name);
      signer.emplace(must(std::move(key)));
    });
    now = must(Checkpoint::parse(must(Note::parse(log.checkpoint)).text));
  }

  std::string note(const Checkpoint& checkpoint, const keys::SigningKey& key) const {
    const std::string text = checkpoint.to_text();
    return text + "\n" + signature_line(checkpoint.origin, key, text);
  }
  /// Why the log would not grow with this in the file; empty where it would.
  std::string refusal(const std::string& kept) {
    must(write_memory(file, kept));
    std::string out;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      auto store = backend.recorder.log();
      const Memory memory(file);
      auto outcome = co_await memory.check(store, log);
      if (outcome) co_return;
      EXPECT_EQ(outcome.error().code, Code::conflict);
      out = outcome.error().detail;
    });
    return out;
  }

  World& world = World::shared();
  TemporaryFolder folder;
  std::filesystem::path file = memory_file(folder.path());
  Log log;
  std::optional<keys::SigningKey> signer;
  Checkpoint now;
};

TEST_F(MemoryTest, HoldsADatabaseToWhatWasSigned) {
  EXPECT_EQ(refusal(log.checkpoint), "");
  EXPECT_EQ(refusal(note({log.key.name, 0, empty_root()}, *signer)), "") << "a log that was begun just now";
  Checkpoint ahead = now;
  ahead.size += 1'000'000;
  EXPECT_THAT(refusal(note(ahead, *signer)), HasSubstr("gone back behind the checkpoint of"));
  Checkpoint other = now;
  other.root[0] ^= 1;
  EXPECT_THAT(refusal(note(other, *signer)), HasSubstr("does not continue the checkpoint of"));
}

TEST_F(MemoryTest, IsOfOneLogAndItsKey) {
  Checkpoint another = now;
  another.origin = "another.log/audit";
  EXPECT_THAT(refusal(note(another, *signer)), HasSubstr("is of the log another.log/audit"));
  const auto key = testing::signing_key('x');
  EXPECT_THAT(refusal(note(now, key)), HasSubstr("is not signed with the key"));
}

TEST_F(MemoryTest, IsNotBelievedInPart) {
  for (const size_t length : {size_t(0), size_t(1), log.checkpoint.size() / 2, log.checkpoint.size() - 1}) {
    const std::string why = refusal(log.checkpoint.substr(0, length));
    EXPECT_THAT(why, HasSubstr(file.string() + " holds no whole checkpoint")) << length;
  }
}

TEST_F(MemoryTest, OfNothingStandsInNobodysWay) {
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    auto store = backend.recorder.log();
    const Memory memory(file);
    must(co_await memory.check(store, log));
  });
}

TEST_F(MemoryTest, IsWrittenNowAndThenAndWhenItIsTold) {
  Checkpoint next = now;
  testing::run([&]() -> net::Task<void> {
    Memory memory(file, std::chrono::hours(1));
    must(co_await memory.keep(false));
    EXPECT_FALSE(std::filesystem::exists(file)) << "nothing was signed";
    const std::string first = note(now, *signer);
    memory.hold(first);
    must(co_await memory.keep(false));
    EXPECT_EQ(must(read_whole(file)), first);
    next.size += 1;
    const std::string second = note(next, *signer);
    memory.hold(second);
    must(co_await memory.keep(false));
    EXPECT_EQ(must(read_whole(file)), first) << "it is too soon";
    must(co_await memory.keep(true));
    EXPECT_EQ(must(read_whole(file)), second);
  });
  struct stat of{};
  ASSERT_EQ(::stat(file.c_str(), &of), 0);
  EXPECT_EQ(of.st_mode & 0777, 0600u);
}

TEST_F(MemoryTest, OfALogThatWasBegunSinceIsNotWrittenOver) {
  Checkpoint begun{"begun.since/audit", 0, empty_root()};
  const std::string fresh = note(begun, *signer);
  testing::run([&]() -> net::Task<void> {
    Memory memory(file);
    memory.hold(log.checkpoint);
    must(write_memory(file, fresh));
    must(co_await memory.keep(true));
  });
  EXPECT_EQ(must(read_whole(file)), fresh);
}

TEST_F(MemoryTest, ThatCannotBeWrittenIsAnError) {
  std::ofstream(folder.path() / "audit") << "no folder";
  testing::run([&]() -> net::Task<void> {
    Memory memory(file);
    memory.hold(log.checkpoint);
    auto kept = co_await memory.keep(true);
    EXPECT_FALSE(kept);
  });
}

}  // namespace
}  // namespace cordon::audit
