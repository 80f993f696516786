// TOTP against RFC 6238's vectors, RFC 4648's, and Debian's oathtool.
#include "staff/totp.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

#include "base/random.h"
#include "support/tools.h"

namespace cordon::staff {
namespace {

constexpr std::string_view kSecret = "12345678901234567890";  // RFC 6238, appendix B

Time seconds(int64_t at) { return {at * 1'000'000}; }

TEST(Totp, GivesTheCodesOfRfc6238) {
  const std::pair<int64_t, const char*> vectors[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                     {1111111111, "14050471"}, {1234567890, "89005924"},
                                                     {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [at, code] : vectors) EXPECT_EQ(totp_code(kSecret, totp_step(seconds(at)), 8), code) << at;
}

TEST(Totp, WritesBase32AsRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "MY"},
                                                         {"fo", "MZXQ"},
                                                         {"foo", "MZXW6"},
                                                         {"foob", "MZXW6YQ"},
                                                         {"fooba", "MZXW6YTB"},
                                                         {"foobar", "MZXW6YTBOI"}};
  for (const auto& [in, out] : vectors) EXPECT_EQ(to_base32(in), out);
}

TEST(Totp, TakesACodeOnceAndOneStepToEitherSide) {
  const int64_t at = 1'111'111'111, step = totp_step(seconds(at));
  for (const int64_t off : {-1, 0, 1})
    EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step + off), seconds(at), 0), step + off);
  for (const int64_t off : {-2, 2})
    EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step + off), seconds(at), 0), std::nullopt);
  EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step), seconds(at), step), std::nullopt);
  EXPECT_EQ(match_totp(kSecret, totp_code(kSecret, step - 1), seconds(at), step), std::nullopt);
  for (const char* wrong : {"", "12345", "1234567", "abcdef"})
    EXPECT_EQ(match_totp(kSecret, wrong, seconds(at), 0), std::nullopt);
}

std::string oathtool(const std::string& arguments) {
  const std::unique_ptr<FILE, int (*)(FILE*)> out(::popen(("oathtool " + arguments + " 2>&1").c_str(), "r"), ::pclose);
  std::array<char, 64> line{};
  if (!out || !std::fgets(line.data(), line.size(), out.get())) return {};
  const std::string text(line.data());
  return text.substr(0, text.find('\n'));
}

TEST(Totp, AgreesWithOathtool) {
  NEEDS_TOOL(oathtool("--version").find("oathtool") != std::string::npos, "oathtool");
  for (int i = 0; i < 20; ++i) {
    const std::string secret = new_totp_secret();
    const int64_t at = 1'700'000'000 + i * 12'345'678;
    EXPECT_EQ(totp_code(secret, totp_step(seconds(at))),
              oathtool("--totp -b " + to_base32(secret) + " -N @" + std::to_string(at)));
  }
}

TEST(Totp, NamesTheAccountInItsAddress) {
  EXPECT_EQ(totp_uri("foobar", "ann+x@shop.example"),
            "otpauth://totp/Cordon:ann%2Bx%40shop.example?secret=MZXW6YTBOI&issuer=Cordon");
}

}  // namespace
}  // namespace cordon::staff
