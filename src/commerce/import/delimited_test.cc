#include "commerce/import/delimited.h"

#include <gtest/gtest.h>

namespace cordon::commerce {
namespace {

using Cells = std::vector<std::string>;

std::string refusal(std::string_view text, char delimiter = ',') {
  const auto table = read_delimited(text, delimiter, {"a"});
  return table ? "" : table.error().detail;
}

TEST(Delimited, ReadsQuotesAndLineBreaksInsideThem) {
  const auto table = read_delimited("a,b\n1,\"x, \"\"y\"\"\nz\"\n\n3,4\n", ',', {"a", "b"});
  ASSERT_TRUE(table) << table.error().detail;
  ASSERT_EQ(table->rows.size(), 2u);
  EXPECT_EQ(table->rows[0].cells, (Cells{"1", "x, \"y\"\nz"}));
  EXPECT_EQ(table->rows[1].cells, (Cells{"3", "4"}));
}

TEST(Delimited, KnowsRowAndLineOfEachRow) {
  const auto table = read_delimited("a\n\"1\n1\"\n\n2\n", ',', {"a"});
  ASSERT_TRUE(table) << table.error().detail;
  EXPECT_EQ(table->rows[0].number, 2u);
  EXPECT_EQ(table->rows[0].line, 2u);
  EXPECT_EQ(table->rows[1].number, 3u);
  EXPECT_EQ(table->rows[1].line, 5u);
}

TEST(Delimited, TakesWindowsLineEndsAByteOrderMarkAndNoLastLineEnd) {
  const auto table = read_delimited(
      "\xEF\xBB\xBF"
      "a,b\r\n1,2\r\n3,",
      ',', {"a"});
  ASSERT_TRUE(table) << table.error().detail;
  EXPECT_EQ(table->header, (Cells{"a", "b"}));
  EXPECT_EQ(table->rows[0].cells, (Cells{"1", "2"}));
  EXPECT_EQ(table->rows[1].cells, (Cells{"3", ""}));
}

TEST(Delimited, KeepsEmptyCellsBetweenTabs) {
  const auto table = read_delimited("a\tb\tc\n\t\tx\n", '\t', {"a"});
  ASSERT_TRUE(table) << table.error().detail;
  EXPECT_EQ(table->rows[0].cells, (Cells{"", "", "x"}));
}

TEST(Delimited, RefusesAnEmptyFile) {
  EXPECT_EQ(refusal(""), "the file is empty; its first line has to name the columns");
  EXPECT_EQ(refusal("\n\n"), "the file is empty; its first line has to name the columns");
}

TEST(Delimited, NamesAMissingColumn) {
  const auto table = read_delimited("a,b\n1,2\n", ',', {"a", "c"});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().detail, "row 1: the column c is missing");
  EXPECT_EQ(table.error().field, "c");
}

TEST(Delimited, NamesAColumnThatIsThereTwice) { EXPECT_EQ(refusal("a,b,a\n"), "row 1: the column a is there twice"); }

TEST(Delimited, NamesTheRowOfTheWrongWidth) {
  EXPECT_EQ(refusal("a,b\n1,2\n3\n"), "row 3 (line 3) has 1 cells, the header 2");
  EXPECT_EQ(refusal("a,b\n1,2,3\n"), "row 2 (line 2) has 3 cells, the header 2");
}

TEST(Delimited, NamesTheRowOfAnUnterminatedQuote) {
  EXPECT_TRUE(refusal("a,b\n1,2\n3,\"4\n5,6\n").starts_with("row 3 (line 3), cell 2: a quote is left open"))
      << refusal("a,b\n1,2\n3,\"4\n5,6\n");
}

TEST(Delimited, NamesTheRowOfAStrayQuote) {
  EXPECT_TRUE(refusal("a,b\n1,2\n3,x\"y\"\n").starts_with("row 3 (line 3), cell 2")) << refusal("a,b\n1,2\n3,x\"y\"\n");
  EXPECT_TRUE(refusal("a,b\n\"1\"x,2\n").starts_with("row 2 (line 2), cell 1")) << refusal("a,b\n\"1\"x,2\n");
}

TEST(Delimited, NamesTheLineThatIsNotUtf8) {
  EXPECT_EQ(refusal("a\nok\ncaf\xE9\n"), "line 3: the text is not UTF-8; save the file as UTF-8");
}

}  // namespace
}  // namespace cordon::commerce
