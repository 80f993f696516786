#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/id.h"
#include "base/limiter.h"
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"

namespace cordon {

TEST(Id, IsAVersion7UuidThatReadsBack) {
  const auto id = ConversationId::fresh();
  const std::string text = to_string(id);
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
  EXPECT_EQ(ConversationId::parse(text), id);
}

TEST(Secret, IsTheSameOnlyByteForByte) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("hush\xff", "hush\xff"));
  for (const char* other : {"", "hus", "hush!", "hUsh", "husi", "xush"})
    EXPECT_FALSE(same_secret("hush", other)) << other;
}

TEST(Id, SortsByTheTimeItWasMade) {
  const auto early = new_uuid();
  for (const Time until{now().micros + 2'000}; now() < until;) {}
  EXPECT_LT(early, new_uuid());
  auto before = new_uuid();
  for (int i = 0; i < 10'000; ++i) {
    const auto next = new_uuid();
    ASSERT_LT(before, next);
    before = next;
  }
  const auto seconds = std::stoull(to_string(before).substr(0, 8) + to_string(before).substr(9, 4), nullptr, 16) / 1000;
  EXPECT_NEAR(static_cast<double>(seconds), static_cast<double>(now().micros / 1'000'000), 2);
}

TEST(Id, RefusesAnythingButTheCanonicalForm) {
  for (const char* bad : {"", "0190", "0190a5d0-0000-7000-8000-00000000000", "0190a5d0-0000-7000-8000-0000000000000",
                          "0190a5d0x0000-7000-8000-000000000000", "0190a5d0-0000-7000-8000-00000000000g",
                          "{190a5d0-0000-7000-8000-00000000000}"})
    EXPECT_FALSE(parse_uuid(bad)) << bad;
}

// Times with their offsets from RFC 3339 section 5.8.
TEST(Time, ReadsTheExamplesOfRfc3339) {
  EXPECT_EQ(parse_time("1985-04-12T23:20:50.52Z")->micros, 482196050520000);
  EXPECT_EQ(parse_time("1996-12-19T16:39:57-08:00")->micros, 851042397000000);
  EXPECT_EQ(parse_time("1937-01-01T12:00:27.87+00:20")->micros, -1041337172130000);
}

TEST(Time, PrintsWhatItReads) {
  const Time time{1'764'000'000'123'456};
  EXPECT_EQ(parse_time(to_string(time)), time);
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "2026-11-24", "2026-13-24T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T00:00:00",
        "2026-11-24T00:00:00Zz", "2026-11-24T00:00:00.Z", "-026-11-24T00:00:00Z", "2026-11-24T00:00:00+24:00"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

// FIPS 180-4's example of one block.
TEST(Random, Sha256IsTheStandards) {
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 pieces;
  for (const char* piece : {"a", "", "bc"}) pieces.update(piece);
  EXPECT_EQ(pieces.finish(), sha256("abc"));
}

// RFC 4648 section 10, without padding.
// RFC 4231, sections 4.2 to 4.5, 4.7 and 4.8: short keys, keys and texts of any bytes, and ones longer than a block.
TEST(Random, HmacIsTheStandards) {
  const auto mac = [](const std::string& key, const std::string& data) { return to_hex(hmac_sha256(key, data)); };
  std::string counting;
  for (char byte = 1; byte <= 25; ++byte) counting += byte;
  const std::string longer(131, '\xaa');
  EXPECT_EQ(mac(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(mac(counting, std::string(50, '\xcd')), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(mac(longer, "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(
      mac(longer,
          "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
          "hashed before being used by the HMAC algorithm."),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(Random, Base64urlIsTheStandards) {
  const std::pair<const char*, const char*> kVectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : kVectors) {
    EXPECT_EQ(to_base64url(std::span(reinterpret_cast<const uint8_t*>(plain), std::string_view(plain).size())),
              encoded);
    EXPECT_EQ(from_base64url(encoded), plain);
  }
  EXPECT_EQ(from_base64url("Zg=="), "");
  EXPECT_EQ(from_base64url("Zm9+"), "");
}

TEST(Random, SecretsDoNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random_secret()).second);
  EXPECT_EQ(seen.begin()->size(), 43u);
}

TEST(Log, MasksEverythingThatCouldBeASecret) {
  const std::string secret = random_secret();
  const std::string seal = to_hex(sha256("x"));
  const std::string jwt = secret + "." + secret + "." + secret;
  const std::string masked =
      log::mask("link=" + secret + " seal=" + seal + " bearer " + jwt + " id=0190a5d0-0000-7000-8000-000000000000");
  EXPECT_EQ(masked, "link=[masked] seal=[masked] bearer [masked] id=0190a5d0-0000-7000-8000-000000000000");
}

TEST(Limiter, GivesTheBurstAndThenTheRate) {
  Limiter limiter;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.take("a", 0.001, 5));
  EXPECT_FALSE(limiter.take("a", 0.001, 5));
  EXPECT_TRUE(limiter.take("b", 0.001, 5)) << "callers do not share a bucket";
}

TEST(Limiter, GivesNoMoreToThreadsThatTakeTogether) {
  Limiter limiter;
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int one = 0; one < 1000; ++one) taken += limiter.take("a", 0.001, 100);
      });
  }
  EXPECT_EQ(taken, 100);
}

}  // namespace cordon
