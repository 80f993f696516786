#include "keys/sealed_object.h"

#include <gtest/gtest.h>

#include "support/stores.h"

namespace cordon::keys {
namespace {

using testing::kMiB;
using testing::must;
using testing::patterned;
using testing::run;
using testing::sink_to;
using testing::source_of;

/// Sealed objects, in either kind of store.
class Sealed : public testing::Stores {
 protected:
  Secret key() const { return Secret::of(std::string(32, 'k')); }
  net::Task<void> put(std::string of, std::string text) {
    const Source source = source_of(text, 300'001);
    const Secret with = key();
    EXPECT_EQ(must(co_await put_sealed(store(), name(of), with, aad(of), source)), text.size());
  }
  net::Task<Result<std::string>> get(std::string of, ByteRange range = {}) { return get_as(of, aad(of), range); }
  net::Task<Result<std::string>> get_as(std::string of, std::string as, ByteRange range) {
    const Secret with = key();
    auto object = co_await SealedObject::open(store(), name(of), with, as);
    if (!object) co_return std::unexpected(object.error());
    std::string text;
    auto done = co_await object->read(range, sink_to(text));
    if (!done) co_return std::unexpected(done.error());
    co_return text;
  }
  static std::string aad(const std::string& of) { return "tenant 1, object " + of; }
  /// What the store has, as it has it, and something else in its place.
  net::Task<void> change(std::string of, std::function<std::string(std::string)> how) {
    constexpr ByteRange all;
    std::string bytes;
    must(co_await store().get(name(of), all, sink_to(bytes)));
    const Source changed = source_of(how(bytes), kMiB);
    must(co_await store().put(name(of), changed));
  }
};
INSTANTIATE_TEST_SUITE_P(Folder, Sealed, ::testing::Values("folder"));
INSTANTIATE_TEST_SUITE_P(S3, Sealed, ::testing::Values("s3"));

TEST_P(Sealed, ComesBackWholeAndInAnyRange) {
  run([&]() -> net::Task<void> {
    for (const size_t size : {size_t{0}, size_t{1}, kMiB - 56, 10 * kMiB}) {
      const std::string text = patterned(size);
      co_await put("one", text);
      EXPECT_EQ(must(co_await store().size(name("one"))), sealed_size(size));
      for (const ByteRange range : {ByteRange{}, ByteRange{0, 0}, ByteRange{5, 65'480}, ByteRange{65'480, 3 * kMiB},
                                    ByteRange{size / 2, 70'000}, ByteRange{size, 5}, ByteRange{size + 5, 5}}) {
        auto part = co_await get("one", range);
        EXPECT_TRUE(must(part) == text.substr(std::min<uint64_t>(range.offset, size), range.length))
            << size << ": " << range.offset << " " << range.length;
      }
    }
  });
}

TEST_P(Sealed, IsRefusedWhereTheStoreChangedIt) {
  const std::string text = patterned(3 * kMiB);
  const std::vector<std::function<std::string(std::string)>> ways{
      [](std::string s) { return s.substr(0, 20 * kSegmentBytes); },
      [](std::string s) { return s.substr(0, s.size() - 1); },
      [](std::string s) { return s + "x"; },
      [](std::string s) { return s.substr(0, 30); },
      [](std::string) { return std::string(); },
      [](std::string s) {
        const std::string second = s.substr(kSegmentBytes, kSegmentBytes);
        return s.substr(0, kSegmentBytes) + s.substr(2 * kSegmentBytes, kSegmentBytes) + second +
               s.substr(3 * kSegmentBytes);
      }};
  run([&]() -> net::Task<void> {
    for (const auto& way : ways) {
      co_await put("one", text);
      co_await change("one", way);
      EXPECT_EQ((co_await get("one")).error().code, Code::internal);
    }
  });
}

TEST_P(Sealed, IsRefusedUnderTheNameOfAnother) {
  run([&]() -> net::Task<void> {
    co_await put("one", "what is one's");
    co_await put("other", "what is the other's");
    EXPECT_EQ(must(co_await get("one")), "what is one's");
    const ByteRange all;
    EXPECT_EQ((co_await get_as("one", aad("other"), all)).error().code, Code::internal);
    EXPECT_EQ((co_await get("neither")).error().code, Code::not_found);
    // Two of one tenant, under one key, change places.
    const std::string one = co_await contents(name("one"), all), other = co_await contents(name("other"), all);
    co_await change("one", [&](std::string) { return other; });
    co_await change("other", [&](std::string) { return one; });
    EXPECT_EQ((co_await get("one")).error().code, Code::internal);
    EXPECT_EQ((co_await get("other")).error().code, Code::internal);
    EXPECT_EQ(must(co_await get_as("one", aad("other"), all)), "what is the other's") << "the bytes are whole";
  });
}

TEST_P(Sealed, IsRefusedAtTheEndOfARangeWhereItWasCut) {
  run([&]() -> net::Task<void> {
    const std::string text = patterned(3 * kMiB);
    // Anywhere in its last segment, and between two: what is left ends with a segment that is whole.
    for (const size_t left : {20 * kSegmentBytes, 20 * kSegmentBytes - 1, sealed_size(text.size()) - 1}) {
      co_await put("one", text);
      co_await change("one", [&](std::string s) { return s.substr(0, left); });
      const ByteRange end{left - 2 * kSegmentBytes, UINT64_MAX}, before{5, 100};
      EXPECT_EQ((co_await get("one", end)).error().code, Code::internal) << left;
      EXPECT_EQ(must(co_await get("one", before)), text.substr(5, 100)) << "what is before the cut is as it was";
    }
  });
}

TEST_P(Sealed, IsNotMixedWithTheOneThatTakesItsPlace) {
  run([&]() -> net::Task<void> {
    const std::string old = patterned(9 * kMiB);
    co_await put("one", old);
    const Secret with = key();
    auto opened = must(co_await SealedObject::open(store(), name("one"), with, aad("one")));
    EXPECT_EQ(opened.size(), old.size());
    std::string text;
    bool replaced = false;
    const Sink sink = [&](std::string_view piece) -> net::Task<Result<Done>> {
      text += piece;
      if (!replaced) {
        replaced = true;
        co_await put("one", std::string(9 * kMiB, 'n'));
      }
      co_return Done{};
    };
    const ByteRange all;
    EXPECT_EQ((co_await opened.read(all, sink)).error().code, Code::conflict);
    EXPECT_TRUE(old.starts_with(text));
  });
}

/// A store that counts what is read of it.
class Counting : public ObjectStore {
 public:
  explicit Counting(ObjectStore& of) : of_(of) {}
  net::Task<Result<uint64_t>> put(std::string name, Source source) override { return of_.put(name, source); }
  net::Task<Result<StoredObject>> look(std::string name) override { return of_.look(name); }
  net::Task<Result<std::string>> read(StoredObject object, uint64_t offset, uint64_t length) override {
    bytes += length;
    return of_.read(object, offset, length);
  }
  uint64_t read_bytes() const override { return of_.read_bytes(); }
  net::Task<Result<Done>> remove(std::string name) override { return of_.remove(name); }
  net::Task<Result<std::vector<std::string>>> list(std::string prefix) override { return of_.list(prefix); }

  uint64_t bytes = 0;

 private:
  ObjectStore& of_;
};

TEST_P(Sealed, IsReadNoFurtherThanARangeNeeds) {
  run([&]() -> net::Task<void> {
    const std::string text = patterned(10 * kMiB);
    co_await put("one", text);
    Counting counting(store());
    const Secret with = key();
    auto opened = must(co_await SealedObject::open(counting, name("one"), with, aad("one")));
    std::string part;
    const ByteRange range{5 * kMiB, 100};
    must(co_await opened.read(range, sink_to(part)));
    EXPECT_EQ(part, text.substr(5 * kMiB, 100));
    EXPECT_EQ(counting.bytes, kStreamHeaderBytes + kSegmentBytes);
  });
}

}  // namespace
}  // namespace cordon::keys
