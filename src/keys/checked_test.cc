#include "keys/checked.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace cordon::keys {
namespace {

TEST(Checked, SumsAsInRfc3720) {
  std::string up(32, '\0'), down(32, '\0');
  for (int i = 0; i < 32; ++i) {
    up[static_cast<size_t>(i)] = static_cast<char>(i);
    down[static_cast<size_t>(i)] = static_cast<char>(31 - i);
  }
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(up), 0x46DD794Eu);
  EXPECT_EQ(crc32c(down), 0x113FDB5Cu);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Checked, WritesBase64AsInRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(to_base64(plain), text);
    const auto read = from_base64(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->view(), plain);
  }
  EXPECT_EQ(to_base64("\xFB\xFF"), "+/8=");
  for (const char* bad : {"Zg", "Zg=", " Zg==", "Zg==\n", "Zm9v\n\n\n\n", "-_8=", "Z===", "Zm=v", "===="})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

}  // namespace
}  // namespace cordon::keys
