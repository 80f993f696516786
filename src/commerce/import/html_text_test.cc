#include "commerce/import/html_text.h"

#include <gtest/gtest.h>

namespace cordon::commerce {
namespace {

TEST(HtmlText, KeepsPlainTextAsItIs) {
  EXPECT_EQ(html_to_text(" Wool,  for 5 > 4 people\n"), "Wool, for 5 > 4 people");
}

TEST(HtmlText, MakesALineOfEachBlock) {
  EXPECT_EQ(html_to_text("<p>One <b>bold</b>\n word</p><p>Two<br>three</p>"), "One bold word\nTwo\nthree");
  EXPECT_EQ(html_to_text("Intro <ul>\n<li>14k gold</li>\n<li> Leather </li></ul>After"),
            "Intro\n- 14k gold\n- Leather\nAfter");
  EXPECT_EQ(html_to_text("<table><tr><td>Weight</td><td>2 kg</td></tr><tr><td>Care</td></tr></table>"),
            "Weight 2 kg\nCare");
}

TEST(HtmlText, DecodesEntitiesAndKeepsUtf8) {
  EXPECT_EQ(html_to_text("<p>caf&eacute; &amp; 0.9 m² &#x2014; &euro;5&nbsp;off</p>"), "café & 0.9 m² — €5\u00A0off");
}

TEST(HtmlText, DropsScriptStyleAndComments) {
  EXPECT_EQ(html_to_text("<script>alert(1)</script><style>p{}</style><!-- no --><p onclick=x>yes</p>"), "yes");
  EXPECT_EQ(html_to_text("<img src=x onerror=alert(1)>"), "");
}

TEST(HtmlText, ReadsBrokenMarkup) {
  EXPECT_EQ(html_to_text("<p>open <b>never closed"), "open never closed");
  EXPECT_EQ(html_to_text("</div></p>end"), "end");
  EXPECT_EQ(html_to_text("fits < 12 kg & more"), "fits < 12 kg & more");
  EXPECT_TRUE(html_to_text("<"));
  EXPECT_EQ(html_to_text(""), "");
}

TEST(HtmlText, SurvivesDeepNesting) {
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "<b>";
  EXPECT_EQ(html_to_text("<p>first</p>" + deep + "x"), "first") << "the parser's limit drops what is deeper";
}

TEST(HtmlText, RefusesMoreThanShopifyWouldStore) {
  const auto text = html_to_text(std::string(512 * 1024 + 1, 'x'));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::too_large);
}

}  // namespace
}  // namespace cordon::commerce
