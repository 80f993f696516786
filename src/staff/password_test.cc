// Passwords: what is refused, that a hash carries its parameters, and that nobody's takes as long as somebody's.
#include "staff/password.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "support/cpu_time.h"

namespace cordon::staff {
namespace {

bool taken(std::string_view password, std::string_view email = "ann.archer@shop.example") {
  return check_password(password, email).has_value();
}

TEST(Password, IsVerifiedByItsHashAndNothingElseIs) {
  const std::string hash = hash_password("correct horse battery staple");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  EXPECT_NE(hash, hash_password("correct horse battery staple"));
  EXPECT_TRUE(verify_password("correct horse battery staple", hash));
  EXPECT_FALSE(verify_password("correct horse battery stapl", hash));
  EXPECT_FALSE(verify_password("", hash));
  EXPECT_FALSE(verify_password("correct horse battery staple", ""));
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("correct horse battery staple", "$argon2id$nonsense"));
}

TEST(Password, IsHashedAnewWhereParametersWereOthers) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> weak;
  ASSERT_EQ(crypto_pwhash_argon2id_str(weak.data(), "x", 1, 1, 8192), 0);
  EXPECT_TRUE(is_outdated(weak.data()));
  EXPECT_FALSE(is_outdated(hash_password("x")));
}

TEST(Password, OfNobodyTakesAsLongAsOfSomebodyWhateverTheParametersWere) {
  constexpr std::string_view kRight = "correct horse battery staple";
  const std::string hash = hash_password(kRight);
  std::array<char, crypto_pwhash_argon2id_STRBYTES> weak;
  ASSERT_EQ(crypto_pwhash_argon2id_str(weak.data(), kRight.data(), kRight.size(), 1, 8 * 1024 * 1024), 0);
  const auto least = [](const std::string& with) {
    std::chrono::nanoseconds best = std::chrono::nanoseconds::max();
    for (int i = 0; i < 15; ++i) {
      const auto start = testing::cpu_of_thread();
      EXPECT_FALSE(verify_password("wrong horse battery staple", with));
      best = std::min(best, testing::cpu_of_thread() - start);
    }
    return static_cast<double>(best.count());
  };
  const double now = least(hash);
  EXPECT_NEAR(least("") / now, 1, 0.5);
  EXPECT_NEAR(least(weak.data()) / now, 1, 0.5);
}

TEST(Password, IsRefusedWhereItIsShortKnownOrOnesOwnName) {
  EXPECT_FALSE(taken("elevenchars"));
  EXPECT_TRUE(taken("twelve chars"));
  EXPECT_TRUE(taken("zwölf zeiche")) << "characters are counted, not bytes";
  EXPECT_TRUE(taken(std::string(250, 'x') + "abcdef"));
  EXPECT_FALSE(taken(std::string(251, 'x') + "abcdef"));
  for (const char* breached : {"unbelievable", "UNBELIEVABLE", "1q2w3e4r5t6y", "qwertyuiop123", "password1234"})
    EXPECT_FALSE(taken(breached)) << breached;
  EXPECT_FALSE(taken("abababababababab"));
  for (const char* own : {"my Archer lives in x", "ann.archer and x 12", "the SHOP is closed", "Cordon is the best"})
    EXPECT_FALSE(taken(own)) << own;
  EXPECT_TRUE(taken("marmalade at seven"));
  EXPECT_EQ(check_password("short", "a@b.example").error().field, "password");
}

}  // namespace
}  // namespace cordon::staff
