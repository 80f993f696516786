// A page that says which test shows what is worth nothing if the test is gone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

static std::set<std::string> tests_there_are() {
  std::set<std::string> out;
  const auto& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const auto& suite = *all.GetTestSuite(i);
    out.insert(std::string(suite.name()) + ".*");
    for (int j = 0; j < suite.total_test_count(); ++j)
      out.insert(std::string(suite.name()) + "." + suite.GetTestInfo(j)->name());
  }
  return out;
}

TEST(AsvsPage, NamesTestsThatExist) {
  const std::filesystem::path source(CORDON_SOURCE_DIR);
  std::ifstream in(source / "docs/asvs.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string page = text.str();
  const auto known = tests_there_are();
  int named = 0;
  const std::regex unit("`([A-Z][A-Za-z0-9]*\\.([A-Z][A-Za-z0-9]*|\\*))`"), file("tests/e2e/[a-z]+\\.test\\.mjs");
  for (std::sregex_iterator it(page.begin(), page.end(), unit), end; it != end; ++it, ++named)
    EXPECT_TRUE(known.contains((*it)[1])) << (*it)[1];
  for (std::sregex_iterator it(page.begin(), page.end(), file), end; it != end; ++it, ++named)
    EXPECT_TRUE(std::filesystem::exists(source / it->str())) << it->str();
  EXPECT_GT(named, 40);
}
