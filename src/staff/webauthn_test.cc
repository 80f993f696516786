// WebAuthn: what a key that is the same, for this site, with its user verified, can do; and nobody else. (Chromium's
// own authenticator goes the whole way in tests/e2e/staff.test.mjs.)
#include "staff/webauthn.h"

#include <gtest/gtest.h>

#include "support/authenticator.h"

namespace cordon::staff {
namespace {

using testing::Authenticator;

const RelyingParty kParty{"https://localhost:8443", "localhost"};

class WebAuthn : public ::testing::Test {
 protected:
  Authenticator key;
  std::string challenge = random_secret();

  Result<Passkey> registered(const std::string& of, const std::string& data) {
    return read_registration(kParty, challenge, of, data);
  }
  Passkey passkey() { return registered(key.client_data("create", challenge), key.registration()).value(); }
  bool answers(const Passkey& by, const std::string& client, const std::string& data, const std::string& signature) {
    return verify_assertion(kParty, by, challenge, client, data, signature).has_value();
  }
  bool answers(const Passkey& by, const Authenticator& with) {
    const std::string client = with.client_data("get", challenge), data = with.assertion();
    return answers(by, client, data, with.sign(data, client));
  }
};

TEST_F(WebAuthn, AKeyThatWasRegisteredAnswers) {
  const Passkey made = passkey();
  EXPECT_EQ(made.credential, key.credential);
  EXPECT_EQ(made.algorithm, -7);
  EXPECT_EQ(made.sign_count, 1);
  key.count = 2;
  const std::string client = key.client_data("get", challenge), data = key.assertion();
  EXPECT_EQ(verify_assertion(kParty, made, challenge, client, data, key.sign(data, client)), 2);
}

TEST_F(WebAuthn, RegistersOnlyForThisSiteThisQuestionAndAVerifiedUser) {
  const std::string good = key.registration(), client = key.client_data("create", challenge);
  ASSERT_TRUE(registered(client, good).has_value());
  EXPECT_FALSE(registered(key.client_data("get", challenge), good).has_value());
  EXPECT_FALSE(registered(key.client_data("create", random_secret()), good).has_value());
  EXPECT_FALSE(registered(Authenticator("localhost", "https://evil.example").client_data("create", challenge), good)
                   .has_value());
  EXPECT_FALSE(registered(client, Authenticator("evil.example").registration()).has_value());
  EXPECT_FALSE(registered("nonsense", good).has_value());
  EXPECT_FALSE(registered(client, key.assertion()).has_value()) << "no credential in it";
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(registered(client, good.substr(0, size)).has_value()) << size;
  key.flags = 0x01;
  EXPECT_FALSE(registered(client, key.registration()).has_value()) << "present, but nobody was verified";
}

// (What a false claim would cost in memory, tests/fuzz/access.cc sees: get-data-claims.)
TEST_F(WebAuthn, TakesExtensionsThatNobodyAskedForAndRefusesWhatClaimsMoreThanItHas) {
  const Passkey made = passkey();
  key.flags = 0x85;  // with extensions
  key.count = 2;
  const std::string client = key.client_data("get", challenge), create = key.client_data("create", challenge);
  const auto answers_with = [&](const std::string& extensions) {
    const std::string data = key.assertion() + extensions;
    return answers(made, client, data, key.sign(data, client));
  };
  EXPECT_TRUE(
      answers_with("\xa1\x6b"
                   "credProtect\x02"))
      << "extensions that nobody asked for are no harm";
  for (const char start : {'\x9a', '\xba'})
    for (const char* claim : {"\x10\x01\x01\x01", "\xff\xff\xff\xff"}) {
      EXPECT_FALSE(answers_with(start + std::string(claim)));
      EXPECT_FALSE(registered(create, key.registration() + start + claim).has_value());
    }
}

TEST_F(WebAuthn, RefusesAnotherKeyAnotherSiteAndAnythingChanged) {
  const Passkey made = passkey();
  key.count = 2;
  ASSERT_TRUE(answers(made, key));
  EXPECT_FALSE(answers(made, Authenticator())) << "another key";
  const std::string client = key.client_data("get", challenge), data = key.assertion();
  const std::string signature = key.sign(data, client);
  EXPECT_FALSE(answers(made, client, data, ""));
  EXPECT_FALSE(answers(made, client + " ", data, signature));
  EXPECT_FALSE(answers(made, key.client_data("get", random_secret()), data, signature));
  for (size_t i = 0; i < data.size(); ++i) {
    std::string bent = data;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(answers(made, client, bent, signature)) << i;
  }
  const std::string create = key.client_data("create", challenge);
  EXPECT_FALSE(answers(made, create, data, key.sign(data, create)));
  key.flags = 0x01;
  EXPECT_FALSE(answers(made, key)) << "nobody was verified";
  key.flags = 0x04;
  EXPECT_FALSE(answers(made, key)) << "nobody was present";
}

TEST_F(WebAuthn, RefusesACopyWhoseCounterFellBack) {
  Passkey made = passkey();
  made.sign_count = 7;
  for (const uint32_t count : {0u, 6u, 7u}) {
    key.count = count;
    EXPECT_FALSE(answers(made, key)) << count;
  }
  key.count = 8;
  EXPECT_TRUE(answers(made, key));
  made.sign_count = 0;
  key.count = 0;
  EXPECT_TRUE(answers(made, key)) << "some do not count";
}

}  // namespace
}  // namespace cordon::staff
