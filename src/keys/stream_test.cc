#include "keys/stream.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/file.h"
#include "base/random.h"
#include "support/world.h"

namespace cordon::keys {
namespace {

using testing::must;

constexpr uint64_t kTag = 16, kFirst = kSegmentBytes - kStreamHeaderBytes - kTag, kOther = kSegmentBytes - kTag;
constexpr std::string_view kAad = "tenant 1, object 1";

Secret key() { return Secret::of(std::string(32, 'k')); }

/// Bytes that differ from place to place, the same each time.
std::string text_of(uint64_t size) {
  std::minstd_rand dice(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(dice());
  return text;
}

std::string seal(std::string_view plain, size_t piece = 10'007) {
  StreamEncryptor encryptor(key(), kAad);
  std::string out;
  for (size_t at = 0; at < plain.size(); at += piece) encryptor.update(out, plain.substr(at, piece));
  encryptor.finish(out);
  return out;
}

/// What comes out before it fails, if it does, and whether it was all.
struct Opened {
  std::string plain;
  bool whole = false;
};
Opened open(std::string_view sealed, size_t piece = 9'001, std::string_view aad = kAad) {
  StreamDecryptor decryptor(key(), aad);
  Opened opened;
  bool right = true;
  for (size_t at = 0; right && at < sealed.size(); at += piece)
    right = decryptor.update(opened.plain, sealed.substr(at, piece)).has_value();
  opened.whole = decryptor.finish(opened.plain).has_value();
  return opened;
}

/// A segment of an object, the first one with the header.
std::string block(const std::string& sealed, size_t number) {
  return sealed.substr(number * kSegmentBytes, kSegmentBytes);
}

const std::vector<uint64_t> kBorders{0,
                                     1,
                                     kFirst - 1,
                                     kFirst,
                                     kFirst + 1,
                                     kFirst + kOther - 1,
                                     kFirst + kOther,
                                     kFirst + kOther + 1,
                                     kFirst + 4 * kOther,
                                     kFirst + 4 * kOther + 77};

TEST(Stream, OpensWhatItSealedAtEverySegmentBorder) {
  for (const uint64_t size : kBorders) {
    const std::string plain = text_of(size);
    for (const size_t piece : {size_t{1000}, size_t{kSegmentBytes}, size_t{1} << 20}) {
      const std::string sealed = seal(plain, piece);
      EXPECT_EQ(sealed.size(), sealed_size(size));
      EXPECT_EQ(plain_size(sealed.size()), size);
      const Opened opened = open(sealed, piece + 1);
      EXPECT_TRUE(opened.whole && opened.plain == plain) << size << " bytes in pieces of " << piece;
    }
  }
}

TEST(Stream, KnowsTheLengthsThatNoObjectHas) {
  for (const uint64_t size :
       {uint64_t{0}, uint64_t{55}, kSegmentBytes + 1, kSegmentBytes + kTag, 2 * kSegmentBytes + 3})
    EXPECT_FALSE(plain_size(size)) << size;
  EXPECT_EQ(plain_size(56), 0u);
  EXPECT_EQ(plain_size(kSegmentBytes + kTag + 1), kFirst + 1);
  EXPECT_FALSE(plain_size(UINT64_MAX));
}

TEST(Stream, NeverSealsTwiceAlike) { EXPECT_NE(seal("the same").substr(kStreamHeaderBytes), seal("the same")); }

TEST(Stream, RefusesATruncatedObject) {
  for (const uint64_t size : {uint64_t{1}, kFirst, kFirst + 1, kFirst + 3 * kOther, kFirst + 3 * kOther + 5}) {
    const std::string plain = text_of(size), sealed = seal(plain);
    std::vector<uint64_t> cuts{
        0, 1, kStreamHeaderBytes, kStreamHeaderBytes + kTag, sealed.size() - 1, sealed.size() - kTag};
    for (uint64_t border = kSegmentBytes; border < sealed.size(); border += kSegmentBytes)
      cuts.insert(cuts.end(), {border - 1, border, border + 1, border + kTag});
    for (const uint64_t cut : cuts) {
      const Opened opened = open(std::string_view(sealed).substr(0, cut));
      EXPECT_FALSE(opened.whole) << cut << " of " << sealed.size();
      EXPECT_TRUE(plain.starts_with(opened.plain) && opened.plain.size() < plain.size());
    }
  }
}

TEST(Stream, RefusesSegmentsThatAreNotInTheirPlaces) {
  const std::string plain = text_of(kFirst + 4 * kOther), sealed = seal(plain);
  const auto of = [&](std::initializer_list<size_t> order) {
    std::string mixed;
    for (const size_t number : order) mixed += block(sealed, number);
    return mixed;
  };
  EXPECT_TRUE(open(of({0, 1, 2, 3, 4})).whole);
  for (const auto& mixed : {of({0, 2, 1, 3, 4}), of({0, 1, 3, 4}), of({0, 1, 1, 2, 3, 4}), of({0, 1, 2, 4, 3}),
                            of({1, 2, 3, 4}), of({0, 4}), of({0, 1, 2, 3, 4, 4})}) {
    const Opened opened = open(mixed);
    EXPECT_FALSE(opened.whole);
    EXPECT_TRUE(plain.starts_with(opened.plain));
  }
}

TEST(Stream, RefusesASegmentOfAnotherObjectOfTheSameKey) {
  const std::string plain = text_of(kFirst + 2 * kOther), one = seal(plain), other = seal(plain);
  EXPECT_FALSE(open(block(one, 0) + block(other, 1) + block(one, 2)).whole);
  EXPECT_FALSE(open(block(one, 0) + block(one, 1) + block(other, 2)).whole);
  EXPECT_FALSE(open(other.substr(0, kStreamHeaderBytes) + one.substr(kStreamHeaderBytes)).whole);
}

TEST(Stream, RefusesAFlippedBitWhereverItIs) {
  const std::string plain = text_of(kFirst + kOther + 100), sealed = seal(plain);
  for (const uint64_t at :
       {uint64_t{0}, uint64_t{1}, kStreamHeaderBytes - 1, kStreamHeaderBytes, kSegmentBytes - kTag, kSegmentBytes - 1,
        kSegmentBytes, 2 * kSegmentBytes - 1, 2 * kSegmentBytes + 50, uint64_t{sealed.size() - 1}}) {
    std::string bad = sealed;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const Opened opened = open(bad);
    EXPECT_FALSE(opened.whole) << at;
    // What came before the segment that is wrong, and nothing of it.
    const uint64_t segment = at / kSegmentBytes;
    EXPECT_EQ(opened.plain, plain.substr(0, segment == 0 ? 0 : kFirst + (segment - 1) * kOther)) << at;
  }
}

TEST(Stream, RefusesAnotherTenantsOrObjectsNameAndAnotherKey) {
  const std::string sealed = seal("an attachment");
  EXPECT_TRUE(open(sealed).whole);
  EXPECT_FALSE(open(sealed, 100, "tenant 2, object 1").whole);
  EXPECT_FALSE(open(sealed, 100, "").whole);
  StreamDecryptor other(Secret::of(std::string(32, 'K')), kAad);
  std::string out;
  EXPECT_TRUE(other.update(out, sealed));
  EXPECT_FALSE(other.finish(out));
  EXPECT_EQ(out, "");
}

TEST(Stream, RefusesWhateverComesAfterTheEnd) {
  for (const uint64_t size : {uint64_t{3}, kFirst, kFirst + kOther}) {
    const std::string sealed = seal(text_of(size));
    for (const std::string& more : {std::string("x"), std::string(kTag, 'x'), sealed})
      EXPECT_FALSE(open(sealed + more).whole);
    StreamDecryptor decryptor(key(), kAad);
    std::string out;
    EXPECT_TRUE(decryptor.update(out, sealed) && decryptor.finish(out));
    EXPECT_FALSE(decryptor.update(out, "x"));
    EXPECT_FALSE(decryptor.finish(out));
  }
}

TEST(Stream, GoesOnRefusingOnceItHas) {
  const std::string sealed = seal(text_of(kFirst + 2 * kOther));
  std::string bad = sealed;
  bad[100] = static_cast<char>(bad[100] ^ 1), bad += "and more";
  StreamDecryptor decryptor(key(), kAad);
  std::string out;
  EXPECT_FALSE(decryptor.update(out, bad));
  EXPECT_EQ(decryptor.update(out, sealed).error().code, Code::internal);
  EXPECT_EQ(decryptor.finish(out).error().code, Code::internal);
  EXPECT_EQ(out, "");
}

/// A range by itself, read from what a store would have; nullopt where it is refused.
std::optional<std::string> read(const std::string& sealed, uint64_t offset, uint64_t length) {
  auto reader = SegmentReader::open(key(), kAad, std::string_view(sealed).substr(0, kStreamHeaderBytes), sealed.size());
  if (!reader) return std::nullopt;
  const SegmentRange range = reader->locate(offset, length);
  std::string plain;
  uint64_t at = range.from;
  for (uint64_t segment = range.first; segment <= range.last; ++segment) {
    const uint64_t size = reader->segment_size(segment);
    if (!reader->read(plain, segment, std::string_view(sealed).substr(at, size))) return std::nullopt;
    at += size;
  }
  EXPECT_EQ(at, range.to);
  return plain.substr(range.skip, range.length);
}

TEST(StreamRange, IsThatSliceOfThePlaintext) {
  for (const uint64_t size : kBorders) {
    const std::string plain = text_of(size), sealed = seal(plain);
    for (const uint64_t offset : kBorders)
      for (const uint64_t length :
           {uint64_t{0}, uint64_t{1}, uint64_t{100}, kFirst, kOther, kSegmentBytes, 2 * kOther, UINT64_MAX}) {
        const auto part = read(sealed, offset, length);
        EXPECT_TRUE(part && *part == plain.substr(std::min(offset, size), length)) << offset << " " << length;
      }
  }
}

TEST(StreamRange, ReadsNoMoreSegmentsThanItNeeds) {
  const std::string sealed = seal(text_of(kFirst + 4 * kOther));
  auto reader = must(SegmentReader::open(key(), kAad, sealed.substr(0, kStreamHeaderBytes), sealed.size()));
  EXPECT_EQ(reader.plain_size(), kFirst + 4 * kOther);
  const auto segments = [&](uint64_t offset, uint64_t length) {
    const SegmentRange range = reader.locate(offset, length);
    return std::pair(range.first, range.last);
  };
  EXPECT_EQ(segments(0, kFirst), std::pair(uint64_t{0}, uint64_t{0}));
  EXPECT_EQ(segments(0, kFirst + 1), std::pair(uint64_t{0}, uint64_t{1}));
  EXPECT_EQ(segments(kFirst, kOther), std::pair(uint64_t{1}, uint64_t{1}));
  EXPECT_EQ(segments(kFirst + kOther - 1, 2), std::pair(uint64_t{1}, uint64_t{2}));
  EXPECT_EQ(segments(kFirst + 4 * kOther, 10), std::pair(uint64_t{4}, uint64_t{4}));
}

TEST(StreamRange, OfATruncatedObjectIsRefusedWhereItTouchesTheEnd) {
  const std::string plain = text_of(kFirst + 3 * kOther), sealed = seal(plain);
  const std::string cut = sealed.substr(0, 3 * kSegmentBytes), shorter = sealed.substr(0, sealed.size() - 100);
  for (const std::string& bad : {cut, shorter}) {
    EXPECT_FALSE(read(bad, plain.size() - kOther - 10, kOther));
    EXPECT_FALSE(read(bad, plain.size() + 10, 0));
    EXPECT_FALSE(read(bad, 0, UINT64_MAX));
    // The middle is what it was.
    EXPECT_EQ(read(bad, kFirst - 5, 20), plain.substr(kFirst - 5, 20));
  }
  EXPECT_FALSE(read(sealed + "x", 0, 10));
  EXPECT_FALSE(read(sealed.substr(0, 50), 0, 10));
}

TEST(StreamRange, RefusesASegmentFromElsewhere) {
  const std::string sealed = seal(text_of(kFirst + 3 * kOther)), other = seal(text_of(kFirst + 3 * kOther));
  auto reader = must(SegmentReader::open(key(), kAad, sealed.substr(0, kStreamHeaderBytes), sealed.size()));
  std::string out;
  EXPECT_FALSE(reader.read(out, 1, block(sealed, 2)));
  EXPECT_FALSE(reader.read(out, 1, block(other, 1)));
  EXPECT_FALSE(reader.read(out, 4, block(sealed, 3)));
  EXPECT_FALSE(reader.read(out, 1, block(sealed, 1).substr(1)));
  EXPECT_EQ(out, "");
  EXPECT_TRUE(reader.read(out, 1, block(sealed, 1)));
}

/// What `node tests/outside/tink_stream.mjs` says to `input`: a reader and writer of Tink's format that shares nothing
/// with ours but the description (it is tested itself, with Tink's own vectors: tests/outside/objects.test.mjs).
std::string by_node(const std::string& verb, const std::string& input) {
  const testing::TemporaryFolder folder;
  const auto in = folder.path() / "in", out = folder.path() / "out";
  must(write_whole(in, input));
  const std::string command = fmt::format("node {}/tests/outside/tink_stream.mjs {} {} '{}' {} {}", CORDON_SOURCE_DIR,
                                          verb, to_hex({key().data(), 32}), kAad, in.string(), out.string());
  if (std::system(command.c_str()) != 0) return "failed";
  std::ifstream result(out, std::ios::binary);
  return {std::istreambuf_iterator<char>(result), {}};
}

TEST(StreamOutside, IsReadAndWrittenByAnotherProgram) {
  for (const uint64_t size : {uint64_t{0}, kFirst + kOther, kFirst + kOther + 1}) {
    const std::string plain = text_of(size);
    EXPECT_TRUE(by_node("open", seal(plain)) == plain) << size;
    const Opened opened = open(by_node("seal", plain));
    EXPECT_TRUE(opened.whole && opened.plain == plain) << size;
  }
}

}  // namespace
}  // namespace cordon::keys
