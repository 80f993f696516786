#include "keys/xaes.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace cordon::keys {
namespace {

constexpr std::array<uint8_t, kNonceBytes> kAlphabet{'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L',
                                                     'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X'};

std::string hex_after_nonce(const std::string& sealed) {
  const std::string_view rest = std::string_view(sealed).substr(kNonceBytes);
  return to_hex({reinterpret_cast<const uint8_t*>(rest.data()), rest.size()});
}

Xaes with(char byte) { return Xaes(Secret::of(std::string(32, byte))); }

// The two vectors of https://c2sp.org/XAES-256-GCM: the first half's CMAC subkey has its top bit clear in one, set in
// the other.
TEST(Xaes, GivesThePublishedVectors) {
  std::string first, second;
  with(1).seal_with(first, kAlphabet, "", "XAES-256-GCM");
  with(3).seal_with(second, kAlphabet, "c2sp.org/XAES-256-GCM", "XAES-256-GCM");
  EXPECT_EQ(hex_after_nonce(first), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  EXPECT_EQ(hex_after_nonce(second), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
  EXPECT_EQ(with(1).open("", first), "XAES-256-GCM");
  EXPECT_EQ(with(3).open("c2sp.org/XAES-256-GCM", second), "XAES-256-GCM");
}

TEST(Xaes, OpensWhatManyWritersSealedInAnyOrder) {
  const std::string key(32, 'k');
  std::vector<std::string> sealed;
  for (int writer = 0; writer < 9; ++writer) {
    Xaes by(Secret::of(key));
    for (int i = 0; i < 3; ++i) by.seal(sealed.emplace_back(), "aad", std::string(static_cast<size_t>(40 * i), 'x'));
  }
  Xaes reader(Secret::of(key));
  for (size_t i = 0; i < sealed.size(); ++i) EXPECT_EQ(reader.open("aad", sealed[i])->size(), 40 * (i % 3));
  for (size_t i = sealed.size(); i-- > 0;) EXPECT_TRUE(reader.open("aad", sealed[i]));
}

TEST(Xaes, NeverUsesANonceTwice) {
  Xaes one = with(7), other = with(7);
  std::set<std::string> nonces;
  for (int i = 0; i < 2000; ++i)
    for (Xaes* by : {&one, &other}) {
      std::string sealed;
      by->seal(sealed, "", "x");
      EXPECT_TRUE(nonces.insert(sealed.substr(0, kNonceBytes)).second);
    }
}

TEST(Xaes, OpensNothingThatIsNotWhole) {
  Xaes key = with(5);
  std::string sealed;
  key.seal(sealed, "customer 1", "ann@shop.example");
  EXPECT_TRUE(key.open("customer 1", sealed));
  EXPECT_FALSE(key.open("customer 2", sealed));
  EXPECT_FALSE(with(6).open("customer 1", sealed));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(key.open("customer 1", changed)) << "byte " << i;
    EXPECT_FALSE(key.open("customer 1", std::string_view(sealed).substr(0, i))) << "first " << i;
  }
}

TEST(Secret, LiesInLockedMemoryAndIsWiped) {
  Secret secret = Secret::random(32);
  EXPECT_NE(secret.view(), std::string(32, '\0'));
  const Secret moved = std::move(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(moved.size(), 32u);
}

}  // namespace
}  // namespace cordon::keys
