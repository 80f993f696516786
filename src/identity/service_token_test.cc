#include "identity/service_token.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json.h"
#include "identity/jws.h"
#include "support/world.h"

namespace cordon::identity {
namespace {

namespace bj = boost::json;
using door::Service;
using testing::must;

struct ServiceTokens : ::testing::Test {
  testing::TemporaryFolder folder;
  std::shared_ptr<Signer> signer = must(Signer::open(folder.path()));
  ServiceToken token{Service::chat, "thumbprint", Service::worker, &kAnswer, TenantId::fresh(), SubjectId::fresh()};

  /// The token's claims after a change, signed by our key.
  std::string with(std::function<void(bj::object&)> change, std::string_view type = "st+jwt") {
    const std::string text = issue(*signer, token);
    bj::object claims = must(json::parse_object(split_compact(text)->payload));
    change(claims);
    return sign_compact(*signer, type, bj::serialize(claims));
  }
  Code refusal(const std::string& text, Service audience = Service::worker) {
    auto read = read_service_token(*signer, text, audience);
    EXPECT_FALSE(read);
    return read ? Code::internal : read.error().code;
  }
};

TEST_F(ServiceTokens, SayWhoAsksWhomForWhichTenantsWork) {
  const auto read = must(read_service_token(*signer, issue(*signer, token), Service::worker));
  EXPECT_EQ(read.caller, Service::chat);
  EXPECT_EQ(read.audience, Service::worker);
  EXPECT_EQ(read.work, &kAnswer);
  EXPECT_EQ(read.tenant, token.tenant);
  EXPECT_EQ(read.subject, token.subject);
  EXPECT_EQ(read.certificate, "thumbprint");
}

TEST_F(ServiceTokens, LiveAMinute) {
  const bj::object claims = must(json::parse_object(split_compact(issue(*signer, token))->payload));
  EXPECT_EQ(claims.at("exp").as_int64() - claims.at("iat").as_int64(), 60);
  const int64_t time = now().micros / 1'000'000;
  EXPECT_EQ(refusal(with([&](bj::object& c) { c["exp"] = time; })), Code::unauthenticated);
  EXPECT_TRUE(read_service_token(*signer, with([&](bj::object& c) { c["exp"] = time + 5; }), Service::worker));
}

TEST_F(ServiceTokens, HoldForTheirAudienceOnly) {
  for (const Service other : {Service::api, Service::chat, Service::identity})
    EXPECT_EQ(refusal(issue(*signer, token), other), Code::unauthenticated);
  // Nor for work that its audience does not do.
  EXPECT_EQ(refusal(with([](bj::object& c) { c["aud"] = "identity"; }), Service::identity), Code::unauthenticated);
}

TEST_F(ServiceTokens, AreNoAccessTokensAndNoAccessTokenIsOne) {
  EXPECT_EQ(refusal(with([](bj::object&) {}, "at+jwt")), Code::unauthenticated);
  Verifier verifier(signer);
  EXPECT_FALSE(verifier.verify(issue(*signer, token)));
  door::Pass pass;
  pass.expires_at = {now().micros + 60'000'000};
  EXPECT_EQ(refusal(issue(*signer, pass)), Code::unauthenticated);
}

TEST_F(ServiceTokens, WantEveryClaimInItsForm) {
  for (const char* name : {"iss", "aud", "sub", "act", "scope", "tid", "exp", "cnf"}) {
    EXPECT_EQ(refusal(with([&](bj::object& c) { c.erase(name); })), Code::unauthenticated) << name;
    for (const bj::value& wrong : {bj::value(nullptr), bj::value("x"), bj::value(1.5), bj::value(bj::array()),
                                   bj::value(bj::object{{"sub", 1}, {"x5t#S256", 1}})})
      EXPECT_EQ(refusal(with([&](bj::object& c) { c[name] = wrong; })), Code::unauthenticated) << name;
  }
  for (const char* text : {"", "..", "a.b.c", "not a token"}) EXPECT_EQ(refusal(text), Code::unauthenticated);
}

TEST_F(ServiceTokens, AreSignedByOneOfOurKeys) {
  testing::TemporaryFolder elsewhere;
  const auto other = must(Signer::open(elsewhere.path()));
  EXPECT_EQ(refusal(issue(*other, token)), Code::unauthenticated);
  KeySet learnt;
  EXPECT_FALSE(read_service_token(learnt, issue(*signer, token), Service::worker));
  must(learnt.learn(signer->jwks()));
  EXPECT_TRUE(read_service_token(learnt, issue(*signer, token), Service::worker));
}

TEST_F(ServiceTokens, BelongToOneCertificateOfTheirCaller) {
  EXPECT_TRUE(belongs_to(token, {{"chat"}, "thumbprint"}));
  EXPECT_TRUE(belongs_to(token, {{"api", "chat"}, "thumbprint"}));
  EXPECT_FALSE(belongs_to(token, {{"chat"}, "another"}));
  EXPECT_FALSE(belongs_to(token, {{"api"}, "thumbprint"})) << "a stolen certificate does not make a chat of the api";
  EXPECT_FALSE(belongs_to(token, {{}, "thumbprint"}));
  token.caller = Service::worker;
  EXPECT_FALSE(belongs_to(token, {{"worker"}, "thumbprint"})) << "what a worker gets with a job it sends to nobody";
}

TEST(KeySets, TakeNothingThatIsNoSetOfOurKeys) {
  testing::TemporaryFolder folder;
  const auto signer = must(Signer::open(folder.path()));
  KeySet keys;
  must(keys.learn(signer->jwks()));
  for (const char* text : {"", "{}", R"({"keys":[]})", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":[{}]})",
                           R"({"keys":[{"kty":"oct","k":"AA"}]})"})
    EXPECT_FALSE(keys.learn(text)) << text;
  EXPECT_EQ(keys.jwks(), signer->jwks()) << "and what was known stays";
}

}  // namespace
}  // namespace cordon::identity
