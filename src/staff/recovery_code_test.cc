// Recovery codes: how they look, and how they are typed.
#include "staff/recovery_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace cordon::staff {
namespace {

TEST(RecoveryCodes, HaveAHundredAndTwentyBitsInGroupsOfFour) {
  const auto codes = fresh_recovery_codes();
  EXPECT_EQ(std::set(codes.begin(), codes.end()).size(), 10u);
  for (const std::string& code : codes) {
    EXPECT_THAT(code, ::testing::MatchesRegex("[a-z2-7-]*"));
    ASSERT_EQ(code.size(), 29u) << "24 characters of five bits";
    for (size_t i = 0; i < code.size(); ++i) EXPECT_EQ(code[i] == '-', i % 5 == 4) << code;
  }
}

TEST(RecoveryCodes, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(plain_recovery_code("ABCD efgh-2345"), "abcdefgh2345");
  EXPECT_EQ(plain_recovery_code("abcdefgh2345"), "abcdefgh2345");
}

}  // namespace
}  // namespace cordon::staff
