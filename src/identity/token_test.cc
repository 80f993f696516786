// Access tokens: the standard's own vectors through the code that verifies, and everything that must be refused.
#include "identity/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <fstream>

#include "base/json.h"
#include "base/random.h"
#include "support/world.h"

namespace cordon {
namespace {

using identity::Key;
using identity::Signer;
using identity::Verifier;
using testing::must;
using testing::TemporaryFolder;

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

/// RFC 8037 appendix A.1's private key `d`, as PKCS #8 (RFC 8410 section 7).
void write_rfc_key(const std::filesystem::path& file) {
  std::string der("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
  der += from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  std::string base64 = encode(der);
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  std::ofstream(file) << "-----BEGIN PRIVATE KEY-----\n" << base64 << "\n-----END PRIVATE KEY-----\n";
}

TEST(Token, VerifiesWhatRfc8037Signed) {
  TemporaryFolder folder;
  write_rfc_key(folder.path() / "key.pem");
  const auto key = must(Key::read(folder.path() / "key.pem"));
  EXPECT_EQ(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // A.3
  EXPECT_EQ(key.x(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");           // A.2
  const std::string input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string signature =
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(key.verify(input, from_base64url(signature)));  // A.4, A.5
  EXPECT_FALSE(key.verify(input + "x", from_base64url(signature)));
  std::string wrong = from_base64url(signature);
  wrong[0] = static_cast<char>(wrong[0] ^ 1);
  EXPECT_FALSE(key.verify(input, wrong));
  // A good signature is not yet an access token.
  EXPECT_FALSE(Verifier(must(Signer::open(folder.path()))).verify(input + "." + signature));
}

/// The one key's file.
std::filesystem::path key_file(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) return entry.path();
  return {};
}

class Tokens : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  std::shared_ptr<const Signer> signer = must(Signer::open(folder.path()));
  door::Pass pass = [] {
    door::Pass made;
    made.tenant = TenantId::fresh();
    made.subject = SubjectId::fresh();
    made.session = SessionId::fresh();
    made.role = "owner";
    made.permissions = {"customer.read", "order.read"};
    made.expires_at = {now().micros + 60'000'000};
    made.seal = door::Seal(std::string(64, 'a'));
    return made;
  }();

  /// Signs whatever it is given with the real key.
  std::string sign(const std::string& header, const std::string& claims) const {
    const std::string input = encode(header) + "." + encode(claims);
    return input + "." + encode(signer->signs()->sign(input));
  }
  std::string header(const std::string& alg = "EdDSA", const std::string& typ = "at+jwt") const {
    return R"({"alg":")" + alg + R"(","typ":")" + typ + R"(","kid":")" + signer->signs()->thumbprint() + "\"}";
  }
  /// The claims of a good token, with one replacement.
  std::string claims(const std::string& from = {}, const std::string& to = {}) const {
    const std::string token = issue(*signer, pass);
    const size_t first = token.find('.');
    std::string text = from_base64url(token.substr(first + 1, token.find('.', first + 1) - first - 1));
    if (from.empty()) return text;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " in " << text;
    return text.replace(at, from.size(), to);
  }
  bool holds(const std::string& token) const {
    auto verified = Verifier(signer).verify(token);
    EXPECT_TRUE(verified || verified.error().code == Code::unauthenticated);
    return verified.has_value();
  }
};

TEST_F(Tokens, CarryAPassThereAndBack) {
  Verifier verifier(signer);
  const std::string token = issue(*signer, pass);
  for (int again = 0; again < 2; ++again) {  // the second time from memory
    const auto back = must(verifier.verify(token));
    EXPECT_EQ(back->tenant, pass.tenant);
    EXPECT_EQ(back->subject, pass.subject);
    EXPECT_EQ(back->session, pass.session);
    EXPECT_EQ(back->role, "owner");
    EXPECT_EQ(back->permissions, pass.permissions);
    EXPECT_EQ(back->seal.hex(), pass.seal.hex());
  }
  EXPECT_TRUE(holds(sign(header(), claims())));
}

TEST_F(Tokens, HaveTheClaimsOfRfc9068InTheirForms) {
  const auto read = must(json::parse_object(claims()));
  for (const char* required : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"})  // section 2.2
    EXPECT_TRUE(read.contains(required)) << required;
  EXPECT_EQ(json::text_of(read, "client_id"), identity::kOwnClient);
  EXPECT_EQ(json::text_of(read, "scope"), "customer.read order.read");  // section 2.2.3, RFC 8693 section 4.2
  EXPECT_FALSE(holds(sign(header(), claims("\"client_id\":\"cordon\",", ""))));
  // Section 4: both spellings of the type are one.
  EXPECT_TRUE(holds(sign(header("EdDSA", "application/at+jwt"), claims())));
}

TEST_F(Tokens, TakeAScopeOfSpaceSeparatedNamesOnly) {
  const auto with = [&](const std::string& scope) {
    return sign(header(), claims(R"("customer.read order.read")", scope));
  };
  for (const char* wrong : {R"(["customer.read","order.read"])", R"(" order.read")", R"("order.read ")", R"(" ")",
                            R"("a  b")", R"("a\tb")", R"("a\u00e4")", R"("a\"b")", R"("a\\b")", "null"})
    EXPECT_FALSE(holds(with(wrong))) << wrong;
  EXPECT_EQ(must(Verifier(signer).verify(with(R"("order.read")")))->permissions,
            std::vector<std::string>{"order.read"});
  pass.permissions.clear();
  EXPECT_TRUE(must(Verifier(signer).verify(issue(*signer, pass)))->permissions.empty());
}

TEST_F(Tokens, AreRefusedWithAnyOtherAlgorithm) {
  for (const char* alg : {"none", "None", "HS256", "ES256", "RS256", "Ed25519", "eddsa", ""}) {
    EXPECT_FALSE(holds(sign(header(alg), claims()))) << alg;
    EXPECT_FALSE(holds(encode(header(alg)) + "." + encode(claims()) + ".")) << alg;
  }
  // The public key as an HMAC secret: "key confusion".
  const std::string input = encode(header("HS256")) + "." + encode(claims());
  std::array<uint8_t, 32> mac;
  unsigned size = mac.size();
  const std::string jwks = signer->jwks();
  const std::string key = from_base64url(jwks.substr(jwks.find("\"x\":\"") + 5, 43));
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const uint8_t*>(input.data()),
       input.size(), mac.data(), &size);
  EXPECT_FALSE(holds(input + "." + to_base64url(mac)));
}

TEST_F(Tokens, AreRefusedWithAnotherKeyTypeOrHeader) {
  TemporaryFolder elsewhere;
  EXPECT_FALSE(holds(issue(*must(Signer::open(elsewhere.path())), pass)));
  for (const char* typ :
       {"JWT", "jwt", "at+JWT", "application/", "application/jwt", "text/at+jwt", "application/application/at+jwt", ""})
    EXPECT_FALSE(holds(sign(header("EdDSA", typ), claims()))) << typ;
  const std::string kid = signer->signs()->thumbprint();
  for (const std::string& bad : std::vector<std::string>{
           R"({"alg":"EdDSA","typ":"at+jwt"})", R"({"alg":"EdDSA","typ":"at+jwt","kid":"../../etc/passwd"})",
           R"({"alg":"EdDSA","typ":"at+jwt","kid":null})",
           R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + R"(","jwk":{}})",
           R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + R"(","crit":["x"]})",
           R"({"alg":["EdDSA"],"typ":"at+jwt","kid":")" + kid + R"("})", std::string("[]"), std::string("{"),
           std::string()})
    EXPECT_FALSE(holds(sign(bad, claims()))) << bad;
}

TEST_F(Tokens, AreRefusedForAnotherAudienceIssuerOrTime) {
  const std::string time = std::to_string(pass.expires_at.micros / 1'000'000);
  EXPECT_FALSE(holds(sign(header(), claims("\"cordon-api\"", "\"cordon\""))));
  EXPECT_FALSE(holds(sign(header(), claims("\"cordon-api\"", "[\"cordon-api\"]"))));
  EXPECT_FALSE(holds(sign(header(), claims("\"iss\":\"cordon\"", "\"iss\":\"other\""))));
  EXPECT_FALSE(holds(sign(header(), claims("\"exp\":" + time, "\"exp\":1"))));
  EXPECT_FALSE(holds(sign(header(), claims("\"exp\":" + time, "\"exp\":\"" + time + "\""))));
  EXPECT_FALSE(holds(sign(header(), claims("\"exp\":" + time + ",", ""))));
  EXPECT_FALSE(holds(sign(header(), claims("\"iat\":", "\"iat\":9"))));  // issued far in the future
  // Seconds of which there are no microseconds.
  EXPECT_FALSE(holds(sign(header(), claims("\"exp\":" + time, "\"exp\":9223372036854775807"))));
  EXPECT_FALSE(holds(sign(header(), claims("\"iat\":", "\"iat\":-9"))));
  EXPECT_FALSE(holds(sign(header(), claims("\"role\":", "\"admin\":true,\"role\":"))));
  EXPECT_FALSE(holds(sign(header(), claims(to_string(pass.tenant), "everybody"))));
  EXPECT_FALSE(holds(sign(header(), "null")));
}

TEST_F(Tokens, EndWithTheirTimeAlsoWhereTheyAreRemembered) {
  pass.expires_at = {now().micros + 1'100'000};
  const std::string token = issue(*signer, pass);
  Verifier verifier(signer);
  EXPECT_TRUE(verifier.verify(token));
  for (const Time until{now().micros + 2'200'000}; now() < until;)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(verifier.verify(token));
  EXPECT_FALSE(verifier.verify(token));
}

TEST_F(Tokens, AreRefusedWhenAnythingOfThemIsChanged) {
  const std::string token = issue(*signer, pass);
  ASSERT_TRUE(holds(token));
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(holds(changed)) << "at " << i;
  }
  // Every spelling of the last character, of which base64 ignores four bits.
  for (char c : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    EXPECT_EQ(holds(token.substr(0, token.size() - 1) + c), c == token.back()) << c;
  for (size_t cut = 1; cut < token.size(); cut += 7) EXPECT_FALSE(holds(token.substr(0, token.size() - cut)));
  for (const std::string& odd :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".", "." + token, token + ".x",
        token + "=", token + " ", " " + token, token + "\n", token + std::string(1, '\0'), std::string(9000, 'a'),
        std::string(4000, '.'), token.substr(token.find('.') + 1)})
    EXPECT_FALSE(holds(odd)) << odd.substr(0, 40);
}

TEST_F(Tokens, AreSignedWithAKeyThatOnlyItsOwnerReadsAndThatStays) {
  struct stat key{};
  ASSERT_EQ(::stat(key_file(folder.path()).c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777, 0600u);
  EXPECT_EQ(must(Signer::open(folder.path()))->signs()->thumbprint(), signer->signs()->thumbprint());
  std::ofstream(key_file(folder.path())) << "rubbish";
  EXPECT_FALSE(Signer::open(folder.path()));
  EVP_PKEY* other = EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
  FILE* out = std::fopen(key_file(folder.path()).c_str(), "w");
  PEM_write_PrivateKey(out, other, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  EVP_PKEY_free(other);
  EXPECT_FALSE(Signer::open(folder.path()));
}

}  // namespace
}  // namespace cordon
