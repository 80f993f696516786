// Proofs of possession: the RFC's own example, and everything of a proof that must be refused.
#include "identity/proof.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/random.h"
#include "identity/key.h"
#include "support/wire.h"
#include "support/world.h"

namespace cordon {
namespace {

using identity::Key;
using identity::Proofs;
using testing::must;
using testing::World;

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

boost::json::object jwk(const std::string& text) { return boost::json::parse(text).get_object(); }

TEST(Proof, ReadsTheExampleOfRfc9449) {
  const Key key = must(Key::from_jwk(jwk(
      R"({"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"})")));
  EXPECT_EQ(key.algorithm(), "ES256");
  EXPECT_EQ(key.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");  // section 6.1
  const std::string input =                                                    // section 4.1
      "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo"
      "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19."
      "eyJq"
      "dGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0Ijox"
      "NTYyMjYyNjE2fQ";
  const std::string signature =
      from_base64url("2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg");
  EXPECT_TRUE(key.verify(input, signature));
  EXPECT_FALSE(key.verify(input + "x", signature));
  net::Request request;
  request.method = net::Method::post;
  request.path = "/token";
  request.headers = {{"Host", "server.example.com"}, {"DPoP", input + "." + encode(signature)}};
  const auto old = Proofs().check(request, {});  // all of it holds but its time, 2019
  EXPECT_NE(old.error().detail.find("too old"), std::string::npos) << old.error().detail;
}

TEST(Proof, TakesPublicKeysOfItsTwoKindsOnly) {
  const std::string ed = R"("kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
  EXPECT_TRUE(Key::from_jwk(jwk("{" + ed + "}")));
  EXPECT_TRUE(Key::from_jwk(jwk("{" + ed + R"(,"use":"sig","kid":"x"})")));
  const std::string x = R"("x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs")";
  for (const std::string& bad :
       {"{" + ed + R"(,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})", std::string("{}"),
        std::string(R"({"kty":"oct","k":"AAAA"})"), R"({"kty":"EC","crv":"P-256",)" + x + "}",
        R"({"kty":"EC","crv":"P-256",)" + x + R"(,"y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDB"})",
        R"({"kty":"EC","crv":"P-384",)" + x + R"(,"y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"})",
        std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"), std::string(R"({"kty":"OKP","crv":"X25519"})"),
        std::string(R"({"kty":["OKP"],"crv":"Ed25519","x":5})")})
    EXPECT_FALSE(Key::from_jwk(jwk(bad))) << bad;
}

class ProofTest : public ::testing::Test {
 protected:
  ProofTest() {
    request.method = net::Method::get;
    request.path = "/v1/me";
    request.query = "a=b";
    request.headers = {{"Host", "cordon.example"}};
  }
  std::string proof(const std::string& htm = "GET", const std::string& htu = "https://cordon.example/v1/me",
                    int64_t late = 0, const std::string& extra = {}) {
    return sign(R"({"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":")" + key.x() + "\"}}",
                R"({"jti":")" + random_secret() + R"(","htm":")" + htm + R"(","htu":")" + htu + R"(","iat":)" +
                    std::to_string(now().micros / 1'000'000 - late) + extra + "}");
  }
  std::string sign(const std::string& header, const std::string& claims) {
    const std::string input = encode(header) + "." + encode(claims);
    return input + "." + encode(key.sign(input));
  }
  Result<std::string> check(const std::string& text, std::string_view token = {}) {
    net::Request sent = request;
    sent.headers.emplace_back("DPoP", text);
    return proofs.check(sent, token);
  }
  std::string ath(std::string_view token) { return R"(,"ath":")" + to_base64url(sha256(token)) + "\""; }

  Key key = Key::generate();
  Proofs proofs;
  net::Request request;
};

TEST_F(ProofTest, HoldsForTheRequestItNamesOnce) {
  const std::string one = proof();
  EXPECT_EQ(must(check(one)), key.thumbprint());
  EXPECT_EQ(check(one).error().code, Code::unauthenticated) << "a second time";
  for (const char* same : {"HTTPS://Cordon.Example/v1/me", "https://cordon.example:443/v1/me",
                           "https://cordon.example/v1/me?x=y", "https://cordon.example/v1/me#z"})
    EXPECT_TRUE(check(proof("GET", same))) << same;
  for (const char* other :
       {"https://cordon.example/v1/me/", "https://cordon.example/", "https://cordon.example", "/v1/me", "",
        "http://cordon.example/v1/me", "https://evil.example/v1/me", "https://cordon.example.evil/v1/me",
        "https://cordon.example:8443/v1/me", "https://cordon.example/V1/me", "https://x@cordon.example/v1/me"})
    EXPECT_FALSE(check(proof("GET", other))) << other;
  for (const char* method : {"POST", "get", ""}) EXPECT_FALSE(check(proof(method))) << method;
}

TEST_F(ProofTest, IsFreshAndForItsToken) {
  EXPECT_TRUE(check(proof("GET", "https://cordon.example/v1/me", 50)));
  EXPECT_TRUE(check(proof("GET", "https://cordon.example/v1/me", -50)));
  EXPECT_FALSE(check(proof("GET", "https://cordon.example/v1/me", 70)));
  EXPECT_FALSE(check(proof("GET", "https://cordon.example/v1/me", -70)));
  EXPECT_FALSE(check(proof(), "token")) << "names no token";
  const std::string htu = "https://cordon.example/v1/me";
  EXPECT_TRUE(check(proof("GET", htu, 0, ath("token")), "token"));
  EXPECT_FALSE(check(proof("GET", htu, 0, ath("other")), "token"));
}

TEST_F(ProofTest, IsRefusedInAnyOtherForm) {
  const std::string good = R"({"jti":"x","htm":"GET","htu":"https://cordon.example/v1/me","iat":)" +
                           std::to_string(now().micros / 1'000'000) + "}";
  const std::string k = R"({"kty":"OKP","crv":"Ed25519","x":")" + key.x() + "\"}";
  const auto header = [&](const std::string& typ, const std::string& alg, const std::string& more = {}) {
    return R"({"typ":")" + typ + R"(","alg":")" + alg + R"(","jwk":)" + k + more + "}";
  };
  for (const std::string& bad :
       {header("JWT", "EdDSA"), header("dpop+jwt", "none"), header("dpop+jwt", "ES256"), header("dpop+jwt", "HS256"),
        header("dpop+jwt", "EdDSA", R"(,"crit":["x"])"), std::string(R"({"typ":"dpop+jwt","alg":"EdDSA"})"),
        std::string("[]"), std::string("{")})
    EXPECT_FALSE(check(sign(bad, good))) << bad;
  for (const std::string& bad : {std::string("{}"), std::string("null"), std::string(R"({"jti":5})")})
    EXPECT_FALSE(check(sign(header("dpop+jwt", "EdDSA"), bad))) << bad;
  std::string forged = sign(header("dpop+jwt", "EdDSA"), good);
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(check(forged));
  for (const std::string& rubbish : {std::string("x"), std::string(".."), std::string(9000, 'a')})
    EXPECT_FALSE(check(rubbish)) << rubbish.substr(0, 10);
  request.headers.emplace_back("dpop", proof());
  EXPECT_FALSE(check(proof())) << "two of them";
}

TEST_F(ProofTest, ABoundTokenIsOfNoUseWithoutItsKey) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  std::string link;
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    link = must(co_await backend.identity.sign_in_link(shop.tenant, shop.owner, 60));
  });
  const std::string origin = "https://127.0.0.1";  // as the wire's Host says
  const auto headers = [&](const std::string& htm, const std::string& path, const std::string& token = {}) {
    std::vector<net::Header> made{{"DPoP", proof(htm, origin + path, 0, token.empty() ? "" : ath(token))}};
    if (!token.empty()) made.emplace_back("Authorization", "DPoP " + token);
    return made;
  };
  const auto ask = [&](const char* method, const char* path, std::vector<net::Header> sent, std::string body = {}) {
    return testing::ask(world.port(), method, path, sent, body);
  };
  const auto in =
      ask("POST", "/v1/sign-in", headers("POST", "/v1/sign-in"), R"({"link":")" + link + R"(","keep":"token"})");
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(in.header("set-cookie"), "");
  const auto body = testing::json_of(in);
  EXPECT_EQ(testing::field(body, "token_type"), "DPoP");
  const std::string token = testing::field(body, "access_token"), refresh = testing::field(body, "refresh_token");
  EXPECT_EQ(ask("GET", "/v1/me", headers("GET", "/v1/me", token)).status, 200);
  EXPECT_EQ(ask("GET", "/v1/me", {{"Authorization", "Bearer " + token}}).status, 401);
  EXPECT_EQ(ask("GET", "/v1/me", {{"Authorization", "DPoP " + token}}).status, 401);
  auto bearing = headers("GET", "/v1/me", token);
  bearing[1].second = "Bearer " + token;
  EXPECT_EQ(ask("GET", "/v1/me", bearing).status, 401) << "a proof beside a bearer's token";
  const Key mine = std::exchange(key, Key::generate());
  EXPECT_EQ(ask("GET", "/v1/me", headers("GET", "/v1/me", token)).status, 401) << "another key";
  const std::string again = R"({"refresh_token":")" + refresh + "\"}";
  EXPECT_EQ(ask("POST", "/v1/token", headers("POST", "/v1/token"), again).status, 401);
  EXPECT_EQ(ask("POST", "/v1/token", {}, again).status, 401);
  key = mine;
  EXPECT_EQ(ask("POST", "/v1/token", headers("POST", "/v1/token"), again).status, 200);
  // A token that is bound to no key is no DPoP token.
  const std::string plain = world.token(*world.sign_in(shop, "owner"));
  EXPECT_EQ(ask("GET", "/v1/me", headers("GET", "/v1/me", plain)).status, 401);
}

}  // namespace
}  // namespace cordon
