#include "commerce/import/money.h"

#include <gtest/gtest.h>

namespace cordon::commerce {
namespace {

TEST(Money, ReadsDecimalsAsMinorUnits) {
  EXPECT_EQ(parse_minor("19.99"), 1999);
  EXPECT_EQ(parse_minor("50"), 5000);
  EXPECT_EQ(parse_minor("44.9"), 4490);
  EXPECT_EQ(parse_minor("0"), 0);
  EXPECT_EQ(parse_minor("0.07"), 7);
  EXPECT_EQ(parse_minor("12.500"), 1250);
  EXPECT_EQ(parse_minor("92233720368547758.07"), 9223372036854775807);
}

TEST(Money, KnowsCurrenciesWithOtherDecimals) {
  EXPECT_EQ(parse_minor("1500", 0), 1500);
  EXPECT_EQ(parse_minor("1500.00", 0), 1500);
  EXPECT_EQ(parse_minor("1.234", 3), 1234);
  EXPECT_FALSE(parse_minor("15.5", 0));
}

TEST(Money, RefusesWhatIsNotAPrice) {
  for (const char* wrong : {"", ".", "5.", ".5", "-1", "+1", " 1", "1 ", "12,50", "1,299.00", "$5", "1e3", "1.2.3",
                            "nan", "12.345", "0x10", "92233720368547758.08", "99999999999999999999"}) {
    const auto price = parse_minor(wrong);
    ASSERT_FALSE(price) << wrong;
    EXPECT_EQ(price.error().code, Code::invalid);
    EXPECT_NE(price.error().detail.find("is not a price"), std::string::npos);
  }
}

}  // namespace
}  // namespace cordon::commerce
