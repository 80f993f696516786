#include "net/url.h"

#include <gtest/gtest.h>

#include "support/world.h"

namespace cordon::net {
namespace {

TEST(Url, HasAHostAPortAndAPath) {
  const auto whole = testing::must(Url::parse("https://log.example:8443/of/audit/"));
  EXPECT_EQ(whole.host, "log.example");
  EXPECT_EQ(whole.port, 8443);
  EXPECT_EQ(whole.path, "/of/audit");
  const auto bare = testing::must(Url::parse("https://log.example"));
  EXPECT_EQ(bare.port, 443);
  EXPECT_EQ(bare.path, "");
}

TEST(Url, IsReadStrictly) {
  for (const char* bad :
       {"", "log.example", "http://log.example", "https://", "https:///audit", "https://:443", "https://log.example:0",
        "https://log.example:65536", "https://log.example:44x", "https://log.example:", "https://log.example/a?b",
        "https://log.example/a#b", "https://me@log.example", "https://log example"})
    EXPECT_FALSE(Url::parse(bad)) << bad;
}

}  // namespace
}  // namespace cordon::net
