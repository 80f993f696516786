#include "app/milestones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cordon::app {
namespace {

TEST(Milestones, ArePassedHoweverTheCountGrows) {
  Milestones milestones(500);
  std::vector<int64_t> told;
  // Every tenant's last batch is a partial one; some are larger than a step.
  for (const int64_t done : {0, 300, 500, 1000, 1137, 1137, 1637, 1999, 2137, 5000, 5001, 5499, 5500})
    if (milestones.passed(done)) told.push_back(done);
  EXPECT_THAT(told, ::testing::ElementsAre(500, 1000, 1637, 2137, 5000, 5500));
}

}  // namespace
}  // namespace cordon::app
