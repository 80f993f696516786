// What a stranger may speak to the server, as Debian's openssl sees it: protocol, groups, ciphers.
#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include "support/openssl.h"
#include "support/served.h"

namespace cordon::net {
namespace {

using testing::greet;
using testing::openssl;
using testing::Served;

/// What `openssl s_client` with these options says of its handshake.
std::string handshake(const Served& served, const std::string& options) {
  return openssl("s_client -connect 127.0.0.1:" + std::to_string(served.port()) + " " + options + " < /dev/null")
      .output;
}

bool agrees(const std::string& said) { return said.find("New, TLSv1.3") != std::string::npos; }

TEST(Tls, TakesItsThreeGroupsAndNoOther) {
  Served served(greet);
  for (const char* group : {"X25519", "P-256", "P-384"})
    EXPECT_TRUE(agrees(handshake(served, std::string("-groups ") + group))) << group;
  for (const char* group : {"P-521", "X448", "ffdhe2048", "ffdhe8192"})
    EXPECT_FALSE(agrees(handshake(served, std::string("-groups ") + group))) << group;
}

TEST(Tls, ChoosesTheCipherItself) {
  Served served(greet);
  const auto chosen = [&](const std::string& offer) {
    const std::string said = handshake(served, "-ciphersuites " + offer);
    const size_t at = said.find("Cipher is ");
    return at == std::string::npos ? said : said.substr(at + 10, said.find('\n', at) - at - 10);
  };
  const std::string large = "TLS_AES_256_GCM_SHA384", small = "TLS_AES_128_GCM_SHA256",
                    software = "TLS_CHACHA20_POLY1305_SHA256";
  EXPECT_EQ(chosen(small + ":" + software + ":" + large), large);
  EXPECT_EQ(chosen(small), small);
  EXPECT_EQ(chosen(software + ":" + large), software) << "who wants it first has no AES in hardware";
  EXPECT_FALSE(agrees(handshake(served, "-ciphersuites TLS_AES_128_CCM_SHA256")));
}

TEST(Tls, RefusesWhatIsOlder) {
  Served served(greet);
  for (const char* version : {"-tls1_2", "-tls1_1", "-tls1"}) {
    const std::string said = handshake(served, std::string(version) + " -cipher ALL:@SECLEVEL=0");
    EXPECT_NE(said.find("Cipher is (NONE)"), std::string::npos) << said;
  }
}

TEST(Tls, AnswersNothingToPlainHttp) {
  Served served(greet);
  const std::string at = "127.0.0.1:" + std::to_string(served.port());
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> tcp(BIO_new_connect(at.c_str()), BIO_free_all);
  ASSERT_GT(BIO_puts(tcp.get(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  std::string said;
  char buffer[256];
  for (int got; (got = BIO_read(tcp.get(), buffer, sizeof buffer)) > 0;) said.append(buffer, static_cast<size_t>(got));
  // At most an alert, which is two bytes in a record of type 21 (RFC 8446 section 6).
  EXPECT_LE(said.size(), 7u) << said;
  EXPECT_TRUE(said.empty() || said[0] == 21) << said;
}

}  // namespace
}  // namespace cordon::net
