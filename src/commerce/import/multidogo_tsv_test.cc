#include "commerce/import/multidogo_tsv.h"

#include <gtest/gtest.h>

#include "commerce/import/test_files.h"

namespace cordon::commerce {
namespace {

constexpr std::string_view kHeader = "conversationId\tturnNumber\tutteranceId\tutterance\tslot-labels\tintent\n";

Error refusal(std::string_view rows) {
  const auto conversations = parse_multidogo_tsv(std::string(kHeader) + std::string(rows));
  EXPECT_FALSE(conversations) << "this was taken: " << rows;
  return conversations ? Error{} : conversations.error();
}

TEST(MultidogoTsv, GroupsTurnsAndJoinsTheWordsOfASlot) {
  const auto conversations =
      parse_multidogo_tsv(std::string(kHeader) +
                          "c1\t0\tu\thi\tO\topeninggreeting\n"
                          "c2\t1\tu\t\tO\toutofdomain\n"
                          "c1\t4\tu\t\"hamburg ny \n to perth amboy\"\tfrom from O O to to\tcontentonly\n");
  ASSERT_TRUE(conversations) << conversations.error().detail;
  ASSERT_EQ(conversations->size(), 2u);
  const MultidogoConversation& first = (*conversations)[0];
  ASSERT_EQ(first.turns.size(), 2u);
  EXPECT_EQ(first.turns[1].number, 4);
  EXPECT_EQ(first.turns[1].text, "hamburg ny to perth amboy");
  ASSERT_EQ(first.turns[1].slots.size(), 2u);
  EXPECT_EQ(first.turns[1].slots[0].label, "from");
  EXPECT_EQ(first.turns[1].slots[0].text, "hamburg ny");
  EXPECT_EQ(first.turns[1].slots[1].text, "perth amboy");
  EXPECT_EQ((*conversations)[1].turns[0].text, "");
}

TEST(MultidogoTsv, NamesRowAndColumnOfBadInput) {
  EXPECT_EQ(refusal("c1\tx\tu\thi\tO\tgreeting\n").field, "turnNumber");
  EXPECT_EQ(refusal("c1\t99999999999999999999\tu\thi\tO\tgreeting\n").field, "turnNumber");
  EXPECT_EQ(refusal("c1\t-1\tu\thi\tO\tgreeting\n").field, "turnNumber");
  EXPECT_EQ(refusal("c1\t2\tu\thi\tO\tgreeting\nc1\t2\tu\tho\tO\tgreeting\n").detail,
            "row 3 (line 3), column turnNumber: it has to grow from turn to turn of a conversation");
  EXPECT_EQ(refusal("c1\t1\tu\thi there\tO\tgreeting\n").detail,
            "row 2 (line 2), column slot-labels: 1 labels for 2 words");
  EXPECT_EQ(refusal("\t1\tu\thi\tO\tgreeting\n").field, "conversationId");
  EXPECT_EQ(refusal("c1\t1\tu\thi\tO\n").detail, "row 2 (line 2) has 5 cells, the header 6");
  EXPECT_NE(refusal("c1\t1\tu\t\"hi\tO\tgreeting\n").detail.find("a quote is left open"), std::string::npos);
  EXPECT_NE(refusal("c1\t1\tu\thi\xFF\tO\tgreeting\n").detail.find("not UTF-8"), std::string::npos);
  EXPECT_EQ(parse_multidogo_tsv("conversationId\tturnNumber\n").error().field, "utterance");
}

TEST(RealDataMultidogoTsv, ReadsAllFourDomains) {
  NEEDS_OUTSIDE_DATA("multidogo");
  struct Expected {
    const char* file;
    std::size_t conversations, turns, empty;
  };
  for (const Expected& expected : {Expected{"airline.tsv", 1682, 13519, 16}, Expected{"fastfood.tsv", 1563, 14059, 11},
                                   Expected{"media.tsv", 1694, 11944, 7}, Expected{"software.tsv", 1653, 13137, 9}}) {
    const auto conversations = parse_multidogo_tsv(file_text(outside_data_dir() / "multidogo" / expected.file));
    ASSERT_TRUE(conversations) << expected.file << ": " << conversations.error().detail;
    std::size_t turns = 0, empty = 0;
    for (const auto& conversation : *conversations)
      for (const auto& turn : conversation.turns) {
        ++turns;
        empty += turn.text.empty();
        EXPECT_EQ(turn.text.find_first_of("\t\n\""), std::string::npos) << turn.text;
      }
    EXPECT_EQ(conversations->size(), expected.conversations) << expected.file;
    EXPECT_EQ(turns, expected.turns) << expected.file;
    EXPECT_EQ(empty, expected.empty) << expected.file;
  }
}

}  // namespace
}  // namespace cordon::commerce
