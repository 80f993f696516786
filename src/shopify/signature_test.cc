// Every literal digest that Shopify publishes for its query signatures, and each place where its own libraries
// disagree.
#include "shopify/signature.h"

#include <gtest/gtest.h>

#include <random>

#include "base/random.h"

namespace cordon::shopify {
namespace {

using Query = std::vector<net::Header>;

Query parse(std::string_view text) { return net::parse_query(text).value(); }
Time at(int64_t seconds) { return {seconds * 1'000'000}; }
std::string mac(std::string_view secret, std::string_view message) { return to_hex(hmac_sha256(secret, message)); }

constexpr int64_t kSignedAt = 1'790'000'000;
const Secrets kHush{"hush", {}, {}};

/// A query as Shopify would send it at kSignedAt, with its `hmac`.
Query oauth(const std::string& fields = {}, const std::string& secret = "hush") {
  Query query = parse("shop=some-shop.myshopify.com&timestamp=" + std::to_string(kSignedAt) + fields);
  query.emplace_back("hmac", mac(secret, oauth_message(query)));
  return query;
}
/// The same through the app proxy, with its `signature`.
Query proxy(const std::string& fields = {}) {
  Query query = parse(
      "shop=some-shop.myshopify.com&path_prefix=%2Fapps%2Fcordon&timestamp=" + std::to_string(kSignedAt) + fields);
  query.emplace_back("signature", mac("hush", proxy_message(query)));
  return query;
}
std::string field_of(const Result<SignedQuery>& checked) { return checked ? "held" : checked.error().field; }
std::string check(Query query, int64_t now = kSignedAt) {
  return field_of(check_oauth(std::move(query), kHush, at(now)));
}
std::string check_page(Query query, int64_t now = kSignedAt) {
  return field_of(check_proxy(std::move(query), {}, kHush, at(now)));
}

TEST(ShopifySignature, HoldsForShopifysOwnOAuthQueries) {
  const std::string code = "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com";
  const std::pair<std::string, std::string> vectors[] = {
      {code + "&state=0.6784241404160823&timestamp=1337178173",
       "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"},
      {code + "&timestamp=1337178173", "4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20"},
  };
  for (const auto& [query, digest] : vectors) {
    EXPECT_TRUE(kHush.made(oauth_message(parse(query)), digest, at(0)));
    const auto checked = check_oauth(parse(query + "&hmac=" + digest), kHush, at(1337178173));
    ASSERT_TRUE(checked) << checked.error().field;
    EXPECT_EQ(checked->shop.text(), "some-shop.myshopify.com");
    EXPECT_EQ(checked->at("code"), "0907a61c0c8d55e99db179b68161bc00");
    EXPECT_EQ(checked->at("hmac"), "");
    std::string other = digest;
    other[17] = other[17] == '0' ? '1' : '0';
    EXPECT_EQ(field_of(check_oauth(parse(query + "&hmac=" + other), kHush, at(1337178173))), "hmac");
  }
}

TEST(ShopifySignature, HoldsForShopifysOwnProxyQueries) {
  const std::string reviews = "extra=1&extra=2&shop=shop-name.myshopify.com",
                    path = "&path_prefix=%2Fapps%2Fawesome_reviews", time = "&timestamp=1317327555",
                    gem = "shop=some-random-store.myshopify.com&path_prefix=%2Fapps%2Fmy-app&timestamp=1466106083";
  const struct {
    std::string secret, query, digest;
  } vectors[] = {
      {"hush", reviews + "&logged_in_customer_id=1" + path + time,
       "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"},
      {"hush", reviews + "&logged_in_customer_id=" + path + time,
       "e072b6d7e6622d85912a5214b860d3100dc1e73d9bc29f43796ac8c9ff8093cb"},
      {"hush", reviews + path + time, "a9718877bea71c2484f91608a7eaea1532bdf71f5c56825065fa4ccabe549ef3"},
      {"secret", gem, "f5cd7233558b1c50102a6f33c0b63ad1e1072a2fc126cb58d4500f75223cefcd"},
      {"secret", gem + "&foo=bar&baz[1]&baz[2]=b&baz[c[0]]=whatup&baz[c[1]]=notmuch",
       "bbf3aa60e098f08919a2ea4c64a388414f164e6a117a63b03479ac7aa9464b4f"},
  };
  for (const auto& v : vectors)
    EXPECT_TRUE((Secrets{v.secret, {}, {}}.made(proxy_message(parse(v.query)), v.digest, at(0)))) << v.query;
  const auto checked =
      check_proxy(parse(gem + "&signature=" + vectors[3].digest), {}, {"secret", {}, {}}, at(1466106083));
  ASSERT_TRUE(checked) << checked.error().field;
  EXPECT_EQ(checked->shop.name(), "some-random-store");
}

TEST(ShopifySignature, HoldsForAWebhooksBody) {
  // Published in base64 with padding; one secret and the one before it sign the same body.
  const auto digest = [](std::string_view secret, std::string_view body) {
    return to_base64url(hmac_sha256(secret, body));
  };
  EXPECT_EQ(digest("test_secret_key", R"({"foo": "bar"})"), "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g");
  EXPECT_EQ(digest("secret", "foo=anything"), "yCGX_RrK4fcuNtr3ztk5tQGsOBjcAzHpGLdMUrbV8yI");
  EXPECT_EQ(digest("old_secret", "foo=anything"), "XqRcjrSv57VACn6apEO9znyu_wkN1VC7QxdSPwK3Hzs");
}

TEST(ShopifySignature, OAuthIsSignedPercentEncodedWithASpaceAs20) {
  // The JavaScript library's choice. The Ruby library would write '+', the documentation's example nothing at all.
  EXPECT_EQ(oauth_message(parse("b=a+b%2F%3D%3D&a=%C3%A9~*-._")), "a=%C3%A9%7E*-._&b=a%20b%2F%3D%3D");
  EXPECT_EQ(check(oauth("&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvYQ%3D%3D&x=a+b")), "held");
  Query raw = parse("host=YQ%3D%3D&shop=some-shop.myshopify.com&timestamp=" + std::to_string(kSignedAt));
  raw.emplace_back("hmac",
                   mac("hush", "host=YQ==&shop=some-shop.myshopify.com&timestamp=" + std::to_string(kSignedAt)));
  EXPECT_EQ(check(raw), "hmac");
}

TEST(ShopifySignature, OAuthWithASpaceAsPlusDoesNotHold) {
  // As the Ruby library would write it (URI.encode_www_form).
  const std::string time = "&shop=some-shop.myshopify.com&timestamp=" + std::to_string(kSignedAt);
  Query query = parse("host=a+b" + time);
  query.emplace_back("hmac", mac("hush", "host=a+b" + time));
  EXPECT_EQ(check(query), "hmac");
  query.back().second = mac("hush", "host=a%20b" + time);
  EXPECT_EQ(check(query), "held");
}

TEST(ShopifySignature, OAuthIsSortedAsBytes) {
  // The JavaScript library sorts names by locale: "a", "a-b", "B". Shopify's own are small letters and underscores.
  EXPECT_EQ(oauth_message(parse("a=1&B=2&a-b=3")), "B=2&a=1&a-b=3");
}

TEST(ShopifySignature, OAuthIsSignedWithEveryFieldAlsoThoseNobodyKnows) {
  EXPECT_EQ(check(oauth("&embedded=1&session=abc")), "held");  // the Ruby library signs five fields only
  auto query = oauth("&embedded=1");
  query.emplace_back("more", "1");
  EXPECT_EQ(check(query), "hmac");
  query = oauth("&embedded=1");
  std::erase_if(query, [](auto& f) { return f.first == "embedded"; });
  EXPECT_EQ(check(query), "hmac");
  query = oauth();
  query.emplace_back("signature", "of something older");  // both names are left out of what is signed
  EXPECT_EQ(check(query), "held");
}

TEST(ShopifySignature, ANameStandsOnceInASignedQuery) {
  // The JavaScript library joins OAuth's by commas or keeps the last, and looks at four of the proxy's.
  for (const char* name : {"shop", "timestamp", "hmac", "code", "state", "host", "extra"}) {
    auto query = oauth("&code=1&state=2&host=3&extra=4");
    std::erase_if(query, [](auto& f) { return f.first == "hmac"; });
    query.emplace_back(name, "1");
    query.emplace_back("hmac", mac("hush", oauth_message(query)));
    EXPECT_EQ(check(query), name);
  }
  for (const char* name : {"shop", "timestamp", "signature", "hmac", "logged_in_customer_id", "path_prefix"}) {
    auto query = proxy("&logged_in_customer_id=1&hmac=0");
    std::erase_if(query, [](auto& f) { return f.first == "signature"; });
    query.emplace_back(name, "1");
    query.emplace_back("signature", mac("hush", proxy_message(query)));
    EXPECT_EQ(check_page(query), name);
  }
}

TEST(ShopifySignature, HoldsForNinetySecondsEitherWay) {
  for (int64_t off : {0, 90, -90}) {
    EXPECT_EQ(check(oauth(), kSignedAt + off), "held") << off;
    EXPECT_EQ(check_page(proxy(), kSignedAt + off), "held") << off;  // the Ruby gem would take it for ever
  }
  for (int64_t off : {91, -91, 3600}) {
    EXPECT_EQ(check(oauth(), kSignedAt + off), "timestamp") << off;
    EXPECT_EQ(check_page(proxy(), kSignedAt + off), "timestamp") << off;
  }
  const std::string now = std::to_string(kSignedAt);
  const std::vector<std::string> wrong{
      "",          "NaN",     "Infinity",  "1e9",     now + ".0",   now + ".5",  "%20" + now,
      now + "%20", "+" + now, "%2B" + now, "-" + now, "0x6AB13B80", now + "%00", "99999999999999999999"};
  for (const std::string& bad : wrong) {
    Query query = parse("shop=some-shop.myshopify.com&timestamp=" + bad);
    query.emplace_back("hmac", mac("hush", oauth_message(query)));
    EXPECT_EQ(check(query), "timestamp") << bad;
  }
  Query query = parse("shop=some-shop.myshopify.com");
  query.emplace_back("hmac", mac("hush", oauth_message(query)));
  EXPECT_EQ(check(query), "timestamp");
}

TEST(ShopifySignature, ThePreviousSecretHoldsForAnHourAfterTheRotation) {
  const Secrets rotated{"new", "hush", at(kSignedAt - 3000)};
  const auto ends = [&](const Query& query, int64_t now) {
    Query fresh = query;
    return field_of(check_oauth(fresh, rotated, at(now)));
  };
  EXPECT_EQ(ends(oauth(), kSignedAt), "held");
  EXPECT_EQ(ends(oauth({}, "new"), kSignedAt), "held");
  EXPECT_EQ(ends(oauth({}, "other"), kSignedAt), "hmac");
  EXPECT_EQ(field_of(check_oauth(oauth(), {"new", "hush", at(kSignedAt - 3600)}, at(kSignedAt))), "hmac");
  EXPECT_EQ(field_of(check_oauth(oauth(), {"new", {}, {}}, at(kSignedAt))), "hmac");
  EXPECT_EQ(field_of(check_oauth(oauth({}, ""), {"new", "", at(kSignedAt)}, at(kSignedAt))), "hmac");
}

TEST(ShopifySignature, AnHmacIsSixtyFourSmallHexadecimalDigits) {
  const auto with = [](const std::string& text) {
    Query query = parse("shop=some-shop.myshopify.com&timestamp=" + std::to_string(kSignedAt));
    if (!text.empty()) query.emplace_back("hmac", text);
    return query;
  };
  std::string good = mac("hush", oauth_message(with("")));
  EXPECT_EQ(check(with(good)), "held");
  EXPECT_EQ(check(with("")), "hmac");
  EXPECT_EQ(check(with(good.substr(0, 63))), "hmac");
  EXPECT_EQ(check(with(good + "0")), "hmac");
  EXPECT_EQ(check(with(" " + good)), "hmac");
  std::transform(good.begin(), good.end(), good.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(check(with(good)), "hmac");
}

TEST(ShopifySignature, TheProxysMessageIsSortedAsBytes) {
  // By locale, as the JavaScript library sorts, "a" would come before "B".
  EXPECT_EQ(proxy_message(parse("a=1&B=2&a-b=3&signature=x")), "B=2a-b=3a=1");
  const auto any = [](std::string_view value) { return value.find('=') == std::string_view::npos; };
  const std::vector<OwnField> own{{"a", any}, {"B", any}, {"a-b", any}};
  const std::string time = std::to_string(kSignedAt), rest = "shop=some-shop.myshopify.comtimestamp=" + time;
  const auto checked = [&](const std::string& message) {
    Query query = parse("a=1&B=2&a-b=3&shop=some-shop.myshopify.com&timestamp=" + time);
    query.emplace_back("signature", mac("hush", message));
    return field_of(check_proxy(std::move(query), own, kHush, at(kSignedAt)));
  };
  EXPECT_EQ(checked("B=2a-b=3a=1" + rest), "held");
  EXPECT_EQ(checked("a=1a-b=3B=2" + rest), "signature");
}

TEST(ShopifySignature, TheProxysMessageHasNothingBetweenFieldsSoAValueHasNoEqualsSign) {
  EXPECT_EQ(proxy_message(parse("x=1&y=2")), proxy_message(parse("x=1y=2")));
  const std::vector<OwnField> own{{"x", [](std::string_view v) { return v.find('=') == std::string_view::npos; }}};
  const auto checked = [&](const std::string& fields) {
    return field_of(check_proxy(proxy(fields), own, kHush, at(kSignedAt)));
  };
  EXPECT_EQ(checked("&x=1"), "held");
  EXPECT_EQ(checked("&x=1y=2"), "x");
  EXPECT_EQ(checked("&x=1&y=2"), "y");
}

TEST(ShopifySignature, AShopperCannotHaveSomebodyElsesNumberSigned) {
  // What a shopper chooses is signed too, and nothing separates the fields: this anonymous request ...
  const std::string rest = "path_prefix=/apps/cordonshop=some-shop.myshopify.comtimestamp=" + std::to_string(kSignedAt);
  Query chosen = proxy("&logged_in_customer_id=");
  std::erase_if(chosen, [](auto& f) { return f.first == "signature"; });
  chosen.emplace_back("a", "logged_in_customer_id=5" + rest + "z=");
  const std::string signature = mac("hush", proxy_message(chosen));
  // ... has the signature of one by customer 5, which Shopify's JavaScript library takes.
  Query forged = proxy("&logged_in_customer_id=5");
  std::erase_if(forged, [](auto& f) { return f.first == "signature"; });
  forged.emplace_back("a", "");
  forged.emplace_back("z", "logged_in_customer_id=" + rest);
  ASSERT_EQ(mac("hush", proxy_message(forged)), signature);
  forged.emplace_back("signature", signature);
  EXPECT_EQ(check_page(forged), "a");
  // So no field is taken but the known ones, each of a form without '='.
  EXPECT_EQ(check_page(proxy("&logged_in_customer_id=5")), "held");
  EXPECT_EQ(check_page(proxy("&logged_in_customer_id=")), "held");
  EXPECT_EQ(check_page(proxy("&extra=1")), "extra");
  for (const char* id : {"x", "5x", "-5", "%2B5", "5%0A", "5.0", "%205", "123456789012345678901"})
    EXPECT_EQ(check_page(proxy(std::string("&logged_in_customer_id=") + id)), "logged_in_customer_id") << id;
  for (const char* prefix : {"", "apps", "/apps%3Dx", "/apps%20x", "/apps%0A"}) {
    Query query =
        parse("shop=some-shop.myshopify.com&timestamp=" + std::to_string(kSignedAt) + "&path_prefix=" + prefix);
    query.emplace_back("signature", mac("hush", proxy_message(query)));
    EXPECT_EQ(check_page(query), "path_prefix") << prefix;
  }
}

TEST(ShopifySignature, NoChangeOfASignedQueryHoldsButOneThatMeansTheSame) {
  std::mt19937 random(7);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  const auto change = [&](std::string text) {
    for (size_t times = 1 + pick(3); times > 0; --times) switch (const size_t at = pick(text.size()); pick(4)) {
        case 0: text[at] = static_cast<char>(pick(256)); break;
        case 1: text.erase(at, 1 + pick(8)); break;
        case 2: text.insert(at, text.substr(pick(text.size()), pick(20))); break;
        default: text.insert(at, 1, "&=%+,;\n\0/"[pick(10)]);
      }
    return text;
  };
  const Query queries[] = {oauth("&code=a%20b&state=1&host=YQ%3D%3D"), proxy("&logged_in_customer_id=5")};
  int held = 0;
  for (int i = 0; i < 40'000; ++i) {
    const Query& query = queries[i % 2];
    const auto changed = net::parse_query(change(net::write_query(query)));
    if (!changed) continue;
    const auto checked =
        i % 2 == 0 ? check_oauth(*changed, kHush, at(kSignedAt)) : check_proxy(*changed, {}, kHush, at(kSignedAt));
    if (!checked) continue;
    // A space as '+', a plain character encoded, an empty pair: the same fields.
    ++held;
    Query before = query, after = *changed;
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    if (i % 2 == 0) std::erase_if(after, [](auto& f) { return f.first == "signature"; });
    EXPECT_EQ(before, after);
  }
  EXPECT_LT(held, 2'000);
}

TEST(ShopifySignature, AShopsDomainIsStrict) {
  for (const char* good : {"a.myshopify.com", "cotton-shop.myshopify.com", "4-sale.myshopify.com"}) {
    ASSERT_TRUE(ShopDomain::parse(good)) << good;
    EXPECT_EQ(ShopDomain::parse(good)->text(), good);
  }
  EXPECT_EQ(ShopDomain::parse("Cotton.MyShopify.com")->text(), "cotton.myshopify.com");  // one tenant, not two
  EXPECT_TRUE(ShopDomain::parse(std::string(60, 'a') + ".myshopify.com"));
  // The JavaScript library takes the first five of these.
  for (const std::string bad : {"my_shop.myshopify.com",
                                "x.myshopify.com///",
                                "a.shopify.com",
                                "admin.shopify.com/store/a",
                                "a.myshopify.io",
                                "a.myshopify.com.evil.com",
                                "-a.myshopify.com",
                                "a.myshopify.com\n",
                                "https://a.myshopify.com",
                                "a.myshopify.com:443",
                                "a.b.myshopify.com",
                                ".myshopify.com",
                                "myshopify.com",
                                "",
                                "two words.myshopify.com",
                                "javascript:alert(1)",
                                "foo.myshopify.io.evil.ru",
                                "evilmyshopify.com",
                                "a.myshopify.com#",
                                "a.myshopify.com.",
                                "ä.myshopify.com",
                                "a@b.myshopify.com",
                                "a.myshopify.com/admin"})
    EXPECT_FALSE(ShopDomain::parse(bad)) << bad;
  EXPECT_FALSE(ShopDomain::parse(std::string(61, 'a') + ".myshopify.com"));
  EXPECT_FALSE(ShopDomain::parse(std::string("a.myshopify.com\0", 16)));
}

}  // namespace
}  // namespace cordon::shopify
