#include "commerce/cursor.h"

#include <gtest/gtest.h>

namespace cordon::commerce {
namespace {

const Listing kListing{"orders", TenantId::fresh()};
const Position kPosition{{1'764'000'000'123'456}, new_uuid(), 1'000'000'300'000};

Result<Position> read(const Listing& listing, std::string cursor) {
  return from_cursor(listing, Text<1, 200>{std::move(cursor)});
}

TEST(Cursor, ComesBackAsItWas) {
  for (const Time time : {Time{0}, kPosition.time, Time{-62'135'596'800'000'000}, Time{253'402'300'799'000'000}}) {
    const auto back = read(kListing, to_cursor(kListing, {time, kPosition.id, kPosition.rank}));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->time, time);
    EXPECT_EQ(back->id, kPosition.id);
    EXPECT_EQ(back->rank, kPosition.rank);
  }
  EXPECT_GT(from_cursor(kListing, {})->time, kPosition.time);
  EXPECT_GT(from_cursor(kListing, {})->rank, kPosition.rank);
}

TEST(Cursor, IsRefusedInAnotherListingOrShop) {
  const std::string cursor = to_cursor(kListing, kPosition);
  EXPECT_EQ(read({"customers", kListing.tenant}, cursor).error().field, "cursor");
  EXPECT_EQ(read({"orders", TenantId::fresh()}, cursor).error().code, Code::invalid);
}

TEST(Cursor, IsRefusedWhenGarbled) {
  const std::string cursor = to_cursor(kListing, kPosition);
  for (size_t i = 0; i < cursor.size(); ++i) {
    std::string bad = cursor;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(read(kListing, bad)) << i;
    EXPECT_FALSE(read(kListing, cursor.substr(0, i))) << i;
  }
  for (const char* bad : {"1", "abc", "' OR 1=1 --", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\xff\xfe"})
    EXPECT_FALSE(read(kListing, bad)) << bad;
  EXPECT_FALSE(read(kListing, cursor + "A"));
  EXPECT_FALSE(read(kListing, cursor + "="));
}

}  // namespace
}  // namespace cordon::commerce
