#include "base/address.h"

#include <gtest/gtest.h>

#include <string>

namespace cordon {

TEST(Address, IsOneThatCannotBreakAMail) {
  for (const char* good : {"ann@shop.example", "ann+x.y@shop.example", "a@b"}) EXPECT_TRUE(is_email(good)) << good;
  for (const char* bad : {"", "ann", "@b", "ann@", "a@b@c", "ann @b.example", "ann@b\r\nBcc: x@y", "<ann@b>", "a,b@c",
                          "\"a\"@b", "-oQ@b", "ann@b.", "ann@.b"})
    EXPECT_FALSE(is_email(bad)) << bad;
  EXPECT_FALSE(is_email(std::string(65, 'a') + "@b.example"));
  EXPECT_FALSE(is_email("a@" + std::string(260, 'b')));
}

TEST(Address, IsAnOriginThatABrowserWouldSend) {
  for (const char* good : {"https://shop.example", "http://localhost:3000", "https://www.shop-1.example:8443"})
    EXPECT_TRUE(is_origin(good)) << good;
  for (const char* bad :
       {"", "null", "https://", "shop.example", "ftp://shop.example", "https://Shop.example", "https://shop.example/",
        "https://shop.example/x", "https://ann@shop.example", "https://*.shop.example",
        "https://shop.example:", "https://shop.example:443", "http://shop.example:80", "https://shop.example:123456",
        "https://a:1:2", "https://a=b", "https://a b"})
    EXPECT_FALSE(is_origin(bad)) << bad;
  EXPECT_TRUE(is_origin("https://" + std::string(253, 'a')));
  EXPECT_FALSE(is_origin("https://" + std::string(254, 'a')));
}

TEST(Address, CountsAsItsNetwork) {
  EXPECT_EQ(network_of("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(network_of("2001:db8:1:2::"), network_of("2001:0DB8:1:2:ffff::1"));
  EXPECT_NE(network_of("2001:db8:1:3::1"), network_of("2001:db8:1:2::1"));
  // IPv4 on a socket that takes both: all of it would lie in one /64.
  EXPECT_EQ(network_of("::ffff:203.0.113.9"), "::ffff:203.0.113.9");
  EXPECT_EQ(network_of(""), "");
}

}  // namespace cordon
