#include "base/json.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "base/schema.h"

namespace cordon {
namespace {

BOOST_DEFINE_ENUM_CLASS(Colour, red, blue)

struct Inner {
  Text<1, 5> name;
  Int<0, 9> count;
};
CORDON_TYPE(Inner, name, count)

struct Outer {
  Inner inner;
  std::optional<Text<1, 3>> note;
  std::vector<Inner> list;
  Colour colour = Colour::red;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (inner, note, list, colour))

std::string field_of(std::string_view text) {
  auto read = json::decode<Outer>(text);
  return read ? "" : read.error().field;
}

}  // namespace

TEST(Json, ReadsWhatItWrites) {
  const char* kText =
      R"({"inner":{"name":"ab","count":3},"note":null,"list":[{"name":"c","count":0}],"colour":"blue"})";
  auto read = json::decode<Outer>(kText);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(json::encode(*read), kText);
}

TEST(Json, CountsTextInCharacters) {
  const auto named = [](std::string_view name) {
    return R"({"inner":{"name":")" + std::string(name) + R"(","count":3},"list":[],"colour":"red"})";
  };
  EXPECT_EQ(field_of(named("\u00e9\u4f60\U0001f600xy")), "");
  EXPECT_EQ(field_of(named("\u00e9\u4f60\U0001f600xyz")), "inner.name");
}

TEST(Json, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(field_of(R"({"inner":{"name":"toolong","count":3},"list":[],"colour":"red"})"), "inner.name");
  EXPECT_EQ(field_of(R"({"inner":{"name":"a","count":10},"list":[],"colour":"red"})"), "inner.count");
  EXPECT_EQ(field_of(R"({"inner":{"name":"a","count":1.5},"list":[],"colour":"red"})"), "inner.count");
  EXPECT_EQ(field_of(R"({"inner":{"name":"a","count":1},"list":[{"name":"a"}],"colour":"red"})"), "list[0].count");
  EXPECT_EQ(field_of(R"({"inner":{"name":"a","count":1},"list":[],"colour":"green"})"), "colour");
  EXPECT_EQ(field_of(R"({"inner":{"name":"a","count":1},"list":[],"colour":"red","tenant_id":"x"})"), "tenant_id");
  EXPECT_EQ(field_of(R"({"list":[],"colour":"red"})"), "inner");
  EXPECT_EQ(field_of(R"({"inner":{"name":"\u0000","count":1},"list":[],"colour":"red"})"), "inner.name");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* bad : {"", "{", "{\"a\":1,}", "{\"a\":NaN}", "{'a':1}", "\"\xff\"", "{} {}",
                          "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"})
    EXPECT_EQ(json::parse(bad).error().code, Code::malformed) << bad;
}

TEST(Json, LooksIntoObjectsWithoutTrustingThem) {
  const auto object = json::parse_object(R"({"name":"Ann","size":3,"inner":{"name":""},"none":null})");
  ASSERT_TRUE(object);
  EXPECT_EQ(json::text_of(*object, "name"), "Ann");
  for (const char* name : {"size", "inner", "none", "absent"}) EXPECT_EQ(json::text_of(*object, name), "") << name;
  ASSERT_TRUE(json::object_of(*object, "inner"));
  for (const char* name : {"name", "size", "none", "absent"}) EXPECT_FALSE(json::object_of(*object, name)) << name;
  for (const char* text : {"[]", "\"{}\"", "null", "{", "", R"({"a":1,"a":1})"})
    EXPECT_FALSE(json::parse_object(text)) << text;
}

TEST(Json, RefusesANameThatStandsTwice) {
  for (const char* bad : {R"({"a":1,"a":2})", R"([{"x":{"y":":{","a":{},"a":1}}])", R"({"a":"\"","a":"\\"})"}) {
    const auto read = json::parse(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, Code::malformed);
    EXPECT_EQ(read.error().field, "a");
  }
  EXPECT_FALSE(json::parse(R"({"a":1,"\u0061":2})")) << "the same name, written otherwise";
  EXPECT_TRUE(json::parse(R"({"a":{"a":"a\":","b":[{"a":1},{"a":1}]}})")) << "the same name in different objects";
}

TEST(Json, EscapesControlCharactersAndQuotes) {
  std::string out;
  json::write(out, std::string_view("a\"b\\c\nd\x01"));
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\nd\\u0001\"");
}

TEST(Schema, TellsInputFromOutput) {
  json::Schemas all;
  auto in = json::schema<Outer>(all, json::Direction::in);
  auto out = json::schema<Outer>(all, json::Direction::out);
  EXPECT_EQ(in["required"].get_array().size(), 3u);
  EXPECT_EQ(out["required"].get_array().size(), 4u);
  EXPECT_EQ(boost::json::serialize(out["properties"].get_object()["inner"]),
            R"({"$ref":"#/components/schemas/Inner"})");
  EXPECT_TRUE(all.named.contains("Inner"));
}

}  // namespace cordon
