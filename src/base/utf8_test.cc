#include "base/utf8.h"

#include <gtest/gtest.h>

namespace cordon {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, TakesEveryLengthOfSequence) {
  EXPECT_EQ(first_bad_utf8(""), std::nullopt);
  EXPECT_EQ(first_bad_utf8("plain \t\r\n"), std::nullopt);
  EXPECT_EQ(first_bad_utf8("é € 😀 \xEF\xBF\xBD \xF4\x8F\xBF\xBF"), std::nullopt);
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(first_bad_utf8("ab\xFF"), 2u);
  EXPECT_EQ(first_bad_utf8("a\x80"), 1u) << "a tail without a lead";
  EXPECT_EQ(first_bad_utf8("a\xC3"), 1u) << "cut off";
  EXPECT_EQ(first_bad_utf8("a\xE2\x82"), 1u) << "cut off";
  EXPECT_EQ(first_bad_utf8("\xC0\xAF"), 0u) << "overlong";
  EXPECT_EQ(first_bad_utf8("\xE0\x80\xAF"), 0u) << "overlong";
  EXPECT_EQ(first_bad_utf8("\xF0\x80\x80\xAF"), 0u) << "overlong";
  EXPECT_EQ(first_bad_utf8("\xED\xA0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(first_bad_utf8("\xF4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(first_bad_utf8("a\0b"sv), 1u) << "NUL";
}

TEST(Utf8, MakesAnythingStorable) {
  EXPECT_EQ(storable("caf\xC3\xA9", 100), "caf\xC3\xA9");
  EXPECT_EQ(storable("a\xFF\0b"sv, 100), "a??b");
  EXPECT_EQ(storable("caf\xC3\xA9", 4), "caf") << "not cut inside a character";
}

TEST(Utf8, LowersNothingButAsciiCapitals) { EXPECT_EQ(lower_case("@AZaz[`{0 \xC3\x89"), "@azaz[`{0 \xC3\x89"); }

TEST(Utf8, CollapsesWhiteSpace) {
  EXPECT_EQ(collapse_spaces("  a \t\n b  "), "a b");
  EXPECT_EQ(collapse_spaces(" \n "), "");
}

}  // namespace
}  // namespace cordon
