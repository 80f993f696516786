#include "audit/page_stack.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/world.h"

namespace cordon::audit {
namespace {

namespace fs = std::filesystem;

/// What this process has in the nameless file of a folder.
std::string nameless_bytes(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (!fs::read_symlink(entry.path(), gone).string().starts_with((folder / ".pages-").string())) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  return {};
}

TEST(PageStack, GivesBackTheLastFirstAndShowsItsFileToNobody) {
  const testing::TemporaryFolder folder;
  PageStack pages(folder.path());
  EXPECT_TRUE(fs::is_empty(folder.path()));
  const std::string first = "zebra one", second(200'000, 'z');
  EXPECT_TRUE(pages.push(first) && pages.push(second) && pages.push(""));
  const std::string bytes = nameless_bytes(folder.path());
  EXPECT_GT(bytes.size(), second.size());
  EXPECT_EQ(bytes.find("zebra"), bytes.npos);
  EXPECT_EQ(bytes.find("zzzzzzzz"), bytes.npos);
  EXPECT_EQ(pages.pop(), "");
  EXPECT_EQ(pages.pop(), second);
  EXPECT_FALSE(pages.empty());
  EXPECT_EQ(pages.pop(), first);
  EXPECT_TRUE(pages.empty());
  EXPECT_EQ(pages.pop(), std::nullopt);
}

TEST(PageStack, TellsWhereThereIsNoPlaceForIt) {
  PageStack pages("/proc/nowhere");
  EXPECT_FALSE(pages.push("x"));
}

}  // namespace
}  // namespace cordon::audit
