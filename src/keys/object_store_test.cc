#include "keys/object_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/stores.h"

namespace cordon::keys {
namespace {

using testing::kMiB;
using testing::must;
using testing::patterned;
using testing::run;
using testing::sink_to;
using testing::source_of;
using testing::Stores;

constexpr ByteRange kAll;

INSTANTIATE_TEST_SUITE_P(Folder, Stores, ::testing::Values("folder"));
INSTANTIATE_TEST_SUITE_P(S3, Stores, ::testing::Values("s3"));

TEST_P(Stores, KeepsWhatItIsGivenAtEveryLength) {
  run([&]() -> net::Task<void> {
    for (const size_t size : {size_t{0}, size_t{1}, kMiB - 1, kMiB, kMiB + 1, 8 * kMiB, 17 * kMiB + 3}) {
      const std::string text = patterned(size);
      const Source source = source_of(text, 700'001);
      EXPECT_EQ(must(co_await store().put(name(), source)), size);
      EXPECT_EQ(must(co_await store().size(name())), size);
      const std::string back = co_await contents(name(), kAll);
      EXPECT_TRUE(back == text) << size;
    }
  });
}

TEST_P(Stores, GivesAnyRangeAsFarAsThereIsOne) {
  const std::string text = patterned(10 * kMiB);
  run([&]() -> net::Task<void> {
    const Source source = source_of(text, text.size());
    must(co_await store().put(name(), source));
    for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, uint64_t{8 * kMiB - 1}, uint64_t{10 * kMiB - 1},
                                  uint64_t{10 * kMiB}, uint64_t{11 * kMiB}})
      // One byte from the start is not among them: s3rver takes 0-0 for everything.
      for (const uint64_t length : {uint64_t{0}, uint64_t{2}, uint64_t{2 * kMiB}, UINT64_MAX}) {
        const ByteRange range{offset, length};
        const std::string part = co_await contents(name(), range);
        EXPECT_TRUE(part == text.substr(std::min<uint64_t>(offset, text.size()), length)) << offset << " " << length;
      }
  });
}

TEST_P(Stores, PutsOneObjectInThePlaceOfAnotherAndForgetsIt) {
  run([&]() -> net::Task<void> {
    EXPECT_EQ((co_await store().look(name())).error().code, Code::not_found);
    for (const char* text : {"the first", "another"}) {
      const Source source = source_of(text, 3);
      must(co_await store().put(name(), source));
      EXPECT_EQ(co_await contents(name(), kAll), text);
    }
    must(co_await store().remove(name()));
    EXPECT_EQ((co_await store().look(name())).error().code, Code::not_found);
    must(co_await store().remove(name()));
  });
}

TEST_P(Stores, ListsNamesByTheirBeginning) {
  run([&]() -> net::Task<void> {
    for (const char* one : {"b/2", "a", "b/1", "b-other/3", "c/deep/er/4"}) {
      const Source source = source_of("x", 1);
      must(co_await store().put(name(one), source));
    }
    const std::vector<std::string> all{name("a"), name("b-other/3"), name("b/1"), name("b/2"), name("c/deep/er/4")};
    EXPECT_EQ(must(co_await store().list(name(""))), all);
    const std::vector<std::string> some{name("b/1"), name("b/2")};
    EXPECT_EQ(must(co_await store().list(name("b/"))), some);
    EXPECT_EQ(must(co_await store().list(name("b"))).size(), 3u);
    EXPECT_TRUE(must(co_await store().list(name("nothing/"))).empty());
  });
}

TEST_P(Stores, RefusesNamesThatLeadElsewhere) {
  const std::vector<std::string> bad_names{"",     "..",    "../x",     "a/../../x",           "/etc/passwd",
                                           "a//b", "a/",    "a b",      ".incoming/x",         "a/.x",
                                           "a?b",  "a%2Fb", "\xc3\xa4", std::string(513, 'x'), std::string("a\0b", 3)};
  const std::vector<std::string> bad_beginnings{"../", "/", "a//", ".incoming/", "a b"};
  run([&]() -> net::Task<void> {
    for (const std::string& bad : bad_names) {
      const Source source = source_of("x", 1);
      EXPECT_EQ((co_await store().put(bad, source)).error().code, Code::invalid) << bad;
      EXPECT_EQ((co_await store().look(bad)).error().code, Code::invalid) << bad;
      EXPECT_EQ((co_await store().remove(bad)).error().code, Code::invalid) << bad;
      const StoredObject object{bad, 1, "1"};
      EXPECT_EQ((co_await store().read(object, 0, 1)).error().code, Code::invalid) << bad;
    }
    for (const std::string& bad : bad_beginnings)
      EXPECT_EQ((co_await store().list(bad)).error().code, Code::invalid) << bad;
  });
}

TEST_P(Stores, KeepsNothingOfWhatFailsHalfway) {
  run([&]() -> net::Task<void> {
    const Error failure{Code::timeout, "the client was too slow"};
    for (const size_t size : {size_t{10}, 9 * kMiB}) {
      const Source broken = source_of(patterned(size), 500'000, failure);
      EXPECT_EQ((co_await store().put(name(), broken)).error().code, Code::timeout);
      EXPECT_EQ((co_await store().look(name())).error().code, Code::not_found);
    }
    const Source whole = source_of("whole", 5), broken = source_of(patterned(17 * kMiB), 500'000, failure);
    must(co_await store().put(name(), whole));
    EXPECT_FALSE((co_await store().put(name(), broken)).has_value());
    EXPECT_EQ(co_await contents(name(), kAll), "whole");
  });
}

TEST_P(Stores, TellsAReaderThatTheObjectIsAnotherOneByNow) {
  run([&]() -> net::Task<void> {
    const Source first = source_of("the first", 9), second = source_of("the other", 9);
    must(co_await store().put(name(), first));
    const StoredObject object = must(co_await store().look(name()));
    EXPECT_EQ(must(co_await store().read(object, 4, 5)), "first");
    EXPECT_EQ((co_await store().read(object, 4, 6)).error().code, Code::conflict);
    must(co_await store().put(name(), second));
    EXPECT_EQ((co_await store().read(object, 4, 5)).error().code, Code::conflict);
    must(co_await store().remove(name()));
    EXPECT_EQ((co_await store().read(object, 4, 5)).error().code, Code::not_found);
  });
}

TEST_P(Stores, StopsWhenNobodyTakesWhatItReads) {
  run([&]() -> net::Task<void> {
    const Source source = source_of(patterned(20 * kMiB), kMiB);
    must(co_await store().put(name(), source));
    int taken = 0;
    const Sink sink = [&](std::string_view) -> net::Task<Result<Done>> {
      ++taken;
      co_return fail(Code::timeout, "gone");
    };
    EXPECT_EQ((co_await store().get(name(), kAll, sink)).error().code, Code::timeout);
    EXPECT_EQ(taken, 1);
  });
}

/// A folder by itself.
class FolderOnly : public Stores {};
INSTANTIATE_TEST_SUITE_P(Folder, FolderOnly, ::testing::Values("folder"));

TEST_P(FolderOnly, IsForItsOwnerAloneAndKeepsNoUnfinishedFile) {
  run([&]() -> net::Task<void> {
    const Source good = source_of("x", 1), broken = source_of("x", 1, Error{});
    must(co_await store().put("a/b", good));
    EXPECT_FALSE((co_await store().put("a/c", broken)).has_value());
  });
  const auto mode = [](const std::filesystem::path& path) {
    struct stat state{};
    return ::stat(path.c_str(), &state) == 0 ? state.st_mode & 0777 : 0;
  };
  EXPECT_EQ(mode(folder()), 0700u);
  EXPECT_EQ(mode(folder() / "a"), 0700u);
  EXPECT_EQ(mode(folder() / "a/b"), 0600u);
  EXPECT_TRUE(std::filesystem::is_empty(folder() / ".incoming"));
}

TEST_P(FolderOnly, ClearsAwayWhatADeadProcessLeft) {
  const auto old = folder() / ".incoming/old", fresh = folder() / ".incoming/fresh";
  std::ofstream(old) << "x";
  std::ofstream(fresh) << "x";
  std::filesystem::last_write_time(old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  net::Workers workers(1, 1);
  must(open_store(url(), workers));
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(fresh));
}

TEST_P(FolderOnly, FollowsNoLinkOutOfItself) {
  std::ofstream(folder().parent_path() / "secret") << "secret";
  std::filesystem::create_symlink(folder().parent_path() / "secret", folder() / "link");
  run([&]() -> net::Task<void> {
    EXPECT_EQ((co_await store().look("link")).error().code, Code::not_found);
    EXPECT_TRUE(must(co_await store().list("")).empty());
  });
}

TEST(ObjectStoreUrl, IsRefusedWhereItNamesNoStore) {
  net::Workers workers(1, 1);
  for (const char* bad : {"", "folder", "folder:", "folder:here", "folder:/proc/objects", "ftp:/x", "/objects"})
    EXPECT_EQ(open_store(bad, workers).error().code, Code::invalid) << bad;
}

}  // namespace
}  // namespace cordon::keys
