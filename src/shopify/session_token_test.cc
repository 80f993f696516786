// App Bridge's session tokens: what Shopify's library checks, and what it leaves to whoever uses it.
#include "shopify/session_token.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

#include "base/random.h"

namespace cordon::shopify {
namespace {

namespace bj = boost::json;

constexpr int64_t kNow = 1'790'000'000;
const Secrets kSecrets{"hush", {}, {}};

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}
std::string sign(const std::string& header, const std::string& claims, std::string_view secret = "hush") {
  const std::string input = encode(header) + "." + encode(claims);
  return input + "." + to_base64url(hmac_sha256(secret, input));
}
bj::object claims() {
  return {{"iss", "https://cotton.myshopify.com/admin"},
          {"dest", "https://cotton.myshopify.com"},
          {"aud", "client"},
          {"sub", "42"},
          {"exp", kNow + 60},
          {"nbf", kNow},
          {"iat", kNow},
          {"jti", "f8912129-1af6-4cad-9ca3-76b0f7621087"},
          {"sid", "aaea182f2732d44c23057c0fea584021a4485b2bd25d3eb7fd349313ad24c685"}};
}
const char* const kHeader = R"({"alg":"HS256","typ":"JWT"})";
bool holds(const bj::object& of, int64_t now = kNow) {
  return check_session_token(sign(kHeader, bj::serialize(of)), kSecrets, "client", {now * 1'000'000}).has_value();
}
bj::object with(std::string_view name, bj::value value) {
  auto all = claims();
  all[name] = std::move(value);
  return all;
}
bj::object without(std::string_view name) {
  auto all = claims();
  all.erase(name);
  return all;
}

TEST(ShopifySessionToken, SpeaksOfOnePersonOfOneShop) {
  const auto checked =
      check_session_token(sign(kHeader, bj::serialize(claims())), kSecrets, "client", {kNow * 1'000'000});
  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->shop.text(), "cotton.myshopify.com");
  EXPECT_EQ(checked->user, 42);
  EXPECT_EQ(checked->id, "f8912129-1af6-4cad-9ca3-76b0f7621087");
  EXPECT_EQ(checked->ends_at.micros, (kNow + 70) * 1'000'000);  // from when on it is refused anyway
}

TEST(ShopifySessionToken, HasAnIdAndAnEndByWhichItIsForgotten) {
  EXPECT_FALSE(holds(without("jti")));
  EXPECT_FALSE(holds(with("jti", "")));
  EXPECT_FALSE(holds(with("jti", 7)));
  EXPECT_TRUE(holds(with("exp", kNow + 86'400)));
  EXPECT_FALSE(holds(with("exp", kNow + 86'401)));
  EXPECT_FALSE(holds(with("exp", 1e300)));
}

TEST(ShopifySessionToken, HoldsTenSecondsLongerAndEarlierThanItSays) {
  EXPECT_TRUE(holds(claims(), kNow + 69));
  EXPECT_FALSE(holds(claims(), kNow + 70));
  EXPECT_TRUE(holds(claims(), kNow - 10));
  EXPECT_FALSE(holds(claims(), kNow - 11));
}

TEST(ShopifySessionToken, TimesMayHaveAFraction) {
  EXPECT_TRUE(holds(with("exp", kNow + 0.25)));
  EXPECT_TRUE(holds(with("nbf", kNow - 0.75)));
  for (const char* name : {"exp", "nbf"})
    for (const bj::value& bad :
         {bj::value("1790000060"), bj::value(nullptr), bj::value(-1), bj::value(true), bj::value(bj::array{kNow})})
      EXPECT_FALSE(holds(with(name, bad))) << name << bj::serialize(bad);
  EXPECT_FALSE(holds(without("exp")));
  EXPECT_FALSE(holds(without("nbf")));
  const std::string endless =
      R"({"iss":"https://a.myshopify.com/admin","dest":"https://a.myshopify.com","aud":"client",)"
      R"("sub":"42","nbf":1,"exp":1e999})";
  EXPECT_FALSE(check_session_token(sign(kHeader, endless), kSecrets, "client", {kNow * 1'000'000}));
}

TEST(ShopifySessionToken, IsSignedByOneAlgorithmAndTheAppsSecret) {
  const std::string body = bj::serialize(claims()), input = encode(kHeader) + "." + encode(body);
  const auto refused = [](const std::string& token) {
    return !check_session_token(token, kSecrets, "client", {kNow * 1'000'000});
  };
  EXPECT_TRUE(refused(sign(kHeader, body, "other")));
  EXPECT_TRUE(refused(sign(kHeader, body, "")));
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"hs256"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
                             R"({})", R"({"alg":["HS256"]})", R"({"alg":"HS256","crit":["b64"],"b64":false})", "HS256",
                             R"({"alg":"none","alg":"HS256"})"})
    EXPECT_TRUE(refused(sign(header, body))) << header;
  EXPECT_TRUE(refused(encode(R"({"alg":"none"})") + "." + encode(body) + "."));
  EXPECT_TRUE(refused(input + "."));
  EXPECT_TRUE(refused(input));
  EXPECT_TRUE(refused(sign(kHeader, body) + "."));
  EXPECT_TRUE(refused(sign(kHeader, body) + "="));
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(".."));
  EXPECT_TRUE(refused(sign(kHeader, "[]")));
  EXPECT_TRUE(refused(sign(kHeader, body.substr(0, body.size() - 1) + R"(,"dest":"https://evil.myshopify.com"})")));
  EXPECT_TRUE(refused(sign(kHeader, body + std::string(5000, ' '))));
  // The secret before holds for an hour.
  const auto after = [&](int64_t since) {
    return check_session_token(sign(kHeader, body), {"new", "hush", {(kNow - since) * 1'000'000}}, "client",
                               {kNow * 1'000'000})
        .has_value();
  };
  EXPECT_TRUE(after(3599));
  EXPECT_FALSE(after(3600));
}

TEST(ShopifySessionToken, IsForThisApp) {
  EXPECT_FALSE(holds(with("aud", "other")));
  EXPECT_FALSE(holds(with("aud", bj::array{"client"})));  // one app, as one text: Shopify never writes a list
  EXPECT_FALSE(holds(without("aud")));
}

TEST(ShopifySessionToken, IssuerAndDestinationAreOneShop) {
  EXPECT_TRUE(holds(with("iss", "cotton.myshopify.com/admin")));  // as the library's test helper writes it
  EXPECT_TRUE(holds(with("dest", "cotton.myshopify.com")));       // as checkouts write it
  // The JavaScript library takes every one of these.
  for (const char* dest : {"https://wool.myshopify.com", "https://evil.com", "http://cotton.myshopify.com",
                           "https://cotton.myshopify.com/", "https://cotton.myshopify.com.evil.com", "", "https://"})
    EXPECT_FALSE(holds(with("dest", dest))) << dest;
  for (const char* iss :
       {"https://wool.myshopify.com/admin", "https://cotton.myshopify.com", "https://cotton.myshopify.com/",
        "https://evil.com/admin", "https://cotton.myshopify.com/admin/", "/admin", ""})
    EXPECT_FALSE(holds(with("iss", iss))) << iss;
  EXPECT_FALSE(holds(without("iss")));
  EXPECT_FALSE(holds(without("dest")));
  auto both = with("dest", "https://evil.com");
  both["iss"] = "https://evil.com/admin";
  EXPECT_FALSE(holds(both));
}

TEST(ShopifySessionToken, NoChangeOfATokenHolds) {
  std::mt19937 random(7);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  const std::string token = sign(kHeader, bj::serialize(claims()));
  for (int i = 0; i < 40'000; ++i) {
    std::string changed = token;
    for (size_t times = 1 + pick(3); times > 0; --times) switch (const size_t at = pick(changed.size()); pick(3)) {
        case 0: changed[at] = static_cast<char>(pick(256)); break;
        case 1: changed.erase(at, 1 + pick(8)); break;
        default: changed.insert(at, 1, "._-=+/A\n\0"[pick(9)]);
      }
    if (changed == token) continue;
    EXPECT_FALSE(check_session_token(changed, kSecrets, "client", {kNow * 1'000'000})) << changed;
  }
  // Signed, but of any content: nothing but a refusal.
  const std::string body = bj::serialize(claims());
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = body;
    changed[pick(changed.size())] = static_cast<char>(pick(256));
    if (pick(2)) changed.erase(pick(changed.size()), 1 + pick(20));
    const auto checked = check_session_token(sign(kHeader, changed), kSecrets, "client", {kNow * 1'000'000});
    if (checked) {
      EXPECT_TRUE(ShopDomain::parse(checked->shop.text()));
    }
  }
}

TEST(ShopifySessionToken, NamesAPersonOfTheShop) {
  for (const char* sub : {"", "0", "-1", "42 ", "gid://shopify/Customer/42", "99999999999999999999"})
    EXPECT_FALSE(holds(with("sub", sub))) << sub;
  EXPECT_FALSE(holds(with("sub", 42)));
  EXPECT_FALSE(holds(without("sub")));  // an anonymous buyer's, of a checkout
}

}  // namespace
}  // namespace cordon::shopify
