#include "chat/assistant.h"

#include <gtest/gtest.h>

namespace cordon::chat {
namespace {

Finding product(std::string title, int64_t share) {
  return {commerce::SourceKind::product,
          new_uuid(),
          std::move(title),
          "It is warm. It is light.",
          2'500,
          3'000,
          "EUR",
          true,
          share};
}
Finding policy(std::string title, std::string text, int64_t share) {
  return {commerce::SourceKind::policy, new_uuid(), std::move(title), std::move(text), 0, 0, "", true, share};
}

TEST(Assistant, SearchesForWhatAQuestionIsAbout) {
  EXPECT_EQ(essence("Hello, I'm looking for a tent, can you help?"), "i for a tent you");
  EXPECT_EQ(essence("What's the R-value of the mat?"), "what the r-value of the mat");
  EXPECT_EQ(essence("ok thanks!"), "");
  EXPECT_EQ(essence("ein Zelt für den Föhn"), "ein zelt für den föhn");
}

TEST(Assistant, AnswersAProductWithItsPriceAndSource) {
  const auto answer = compose("How warm is the fleece?", {product("Tussock Fleece", 700), product("Other", 300)});
  EXPECT_EQ(answer.text, "Tussock Fleece: 25.00 EUR to 30.00 EUR. It is warm. It is light.");
  ASSERT_EQ(answer.sources.size(), 1u);
  EXPECT_EQ(answer.sources[0].title, "Tussock Fleece");
  EXPECT_FALSE(answer.hands_over);
}

TEST(Assistant, NamesAtMostThreeProductsThatFitEquallyWell) {
  const auto answer = compose(
      "silver rings", {product("A", 900), product("B", 900), product("C", 900), product("D", 900), product("E", 600)});
  EXPECT_EQ(answer.sources.size(), 3u);
}

TEST(Assistant, SaysThatSomethingIsSoldOut) {
  auto tent = product("Tent", 900);
  tent.available = false;
  EXPECT_NE(compose("tent", {tent}).text.find("sold out"), std::string::npos);
}

TEST(Assistant, AnswersAPolicyInItsWords) {
  const auto answer =
      compose("Can I return it?", {policy("Returns", "Within 60 days.", 800), product("Return Ticket", 800)});
  EXPECT_EQ(answer.text, "Within 60 days.");
  EXPECT_EQ(answer.sources[0].kind, commerce::SourceKind::policy);
}

TEST(Assistant, RatherHandsOverThanGuesses) {
  for (const auto& found : {std::vector<Finding>{}, std::vector<Finding>{product("Tent", 499)}}) {
    const auto answer = compose("Do you sell unicorn saddles?", found);
    EXPECT_TRUE(answer.hands_over);
    EXPECT_TRUE(answer.sources.empty());
    EXPECT_NE(answer.text.find("don't know"), std::string::npos);
  }
}

TEST(Assistant, HandsOverToWhoeverAsksForAPerson) {
  EXPECT_TRUE(compose("Can I talk to someone?", {product("Tent", 1'000)}).hands_over);
}

TEST(Assistant, TakesSmallTalkAsSmallTalk) {
  for (const char* said : {"Hi!", "thank you", "OK", "Good morning"}) {
    const auto answer = compose(said, {});
    EXPECT_FALSE(answer.hands_over) << said;
    EXPECT_TRUE(answer.sources.empty()) << said;
  }
}

TEST(Assistant, CutsLongTextsAtASentenceAndNeverInsideACharacter) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "ö";
  const auto answer = compose("x", {policy("Long", text, 900)});
  EXPECT_LE(answer.text.size(), 604u);
  EXPECT_NE(static_cast<unsigned char>(answer.text[answer.text.size() - 4]), 0xc3) << "half an ö before the dots";
  const auto sentences =
      compose("x", {policy("Long", std::string(500, 'a') + ". " + std::string(300, 'b') + ".", 900)});
  EXPECT_EQ(sentences.text, std::string(500, 'a') + ".");
}

}  // namespace
}  // namespace cordon::chat
