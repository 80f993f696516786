#include "commerce/import/abcd_json.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "commerce/import/test_files.h"

namespace cordon::commerce {
namespace {

/// One conversation, its order and turns as given.
std::string conversation(std::string_view order, std::string_view turns) {
  return R"([{"convo_id": 7, "scenario": {"personal": {"customer_name": "ann lee"}, "order": )" + std::string(order) +
         R"(, "product": {"names": ["guess jeans", "guess shirt"], "amounts": [94, 6]},
         "flow": "f", "subflow": "s"}, "original": )" +
         std::string(turns) + "}]";
}

TEST(AbcdJson, ReadsAConversation) {
  const auto read = parse_abcd_conversations(conversation(R"({"order_id": "1", "full_address": "1 lane"})",
                                                          R"([["agent", "Hi!"], ["action", "Looked up."]])"));
  ASSERT_TRUE(read) << read.error().detail;
  const AbcdConversation& only = read->at(0);
  EXPECT_EQ(only.id, 7);
  EXPECT_EQ(only.customer.email, std::nullopt);
  EXPECT_EQ(only.customer.address, "1 lane");
  EXPECT_EQ(only.order.value().total_minor, 10'000);
  EXPECT_EQ(only.turns.at(1).speaker, AbcdSpeaker::action);
}

TEST(AbcdJson, KnowsAScenarioWithoutAnOrder) {
  const auto read = parse_abcd_conversations(conversation(R"({"city": "here"})", "[]"));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(read->at(0).order);
}

TEST(AbcdJson, NamesWhatIsWrongAndWhere) {
  EXPECT_EQ(parse_abcd_conversations("[1]").error().detail, "[0]: an object is needed");
  EXPECT_EQ(parse_abcd_conversations("{}").error().detail, "the top of the file: a list is needed");
  EXPECT_EQ(parse_abcd_conversations(R"([{"convo_id": 1.5}])").error().detail,
            "[0].convo_id: a whole number is needed");
  EXPECT_EQ(parse_abcd_conversations(conversation("{}", R"([["robot", "x"]])")).error().detail,
            "[0].original[0][0]: 'robot' is none of: customer, agent, action");
  EXPECT_EQ(parse_abcd_conversations(conversation("{}", R"([["agent"]])")).error().field, "[0].original[0]");
  EXPECT_TRUE(parse_abcd_conversations("[\n{").error().detail.starts_with("line 2: this is not JSON"));
  EXPECT_TRUE(parse_abcd_conversations("[\"\xFF\"]").error().detail.starts_with("line 1: this is not JSON"));
  EXPECT_EQ(parse_abcd_guidelines(R"({"A": {"subflows": {}}})").error().detail, "A.description: text is needed");
  EXPECT_EQ(parse_abcd_guidelines(R"({"A": {"description": "", "subflows": {"B": {}}}})").error().field,
            "A.subflows.B.instructions");
  EXPECT_EQ(parse_abcd_procedures(R"({"a": ["x", null]})").error().detail, "a[1]: it is missing");
}

TEST(RealDataAbcdJson, ReadsTheThreeConversations) {
  NEEDS_OUTSIDE_DATA("abcd");
  const auto read = parse_abcd_conversations(file_text(outside_data_dir() / "abcd" / "abcd_sample.json"));
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->size(), 3u);
  const AbcdConversation& first = read->at(0);
  EXPECT_EQ(first.id, 3592);
  EXPECT_EQ(first.subflow, "return_size");
  EXPECT_EQ(first.customer.name, "crystal minh");
  EXPECT_EQ(first.order.value().total_minor, 9400);
  EXPECT_EQ(first.order.value().purchase_date, "2019-11-06");
  EXPECT_EQ(first.turns.size(), 29u);
  EXPECT_EQ(std::ranges::count(first.turns, AbcdSpeaker::customer, &AbcdTurn::speaker), 13);
  EXPECT_EQ(read->at(1).turns.size(), 21u);
  EXPECT_EQ(read->at(2).turns.size(), 22u);
  EXPECT_FALSE(read->at(2).order) << "joyce wu has an address but no order";
}

TEST(RealDataAbcdJson, ReadsTheStoresProcedures) {
  NEEDS_OUTSIDE_DATA("abcd");
  const auto guidelines = parse_abcd_guidelines(file_text(outside_data_dir() / "abcd" / "guidelines.json"));
  ASSERT_TRUE(guidelines) << guidelines.error().detail;
  ASSERT_EQ(guidelines->size(), 55u);
  EXPECT_EQ(guidelines->at(0).kind, "product_defect");
  EXPECT_EQ(guidelines->at(0).title, "Product Defect: Initiate Refund");
  EXPECT_TRUE(guidelines->at(0).body.starts_with("About: refunds and returns\n"));
  const auto procedures = parse_abcd_procedures(file_text(outside_data_dir() / "abcd" / "kb.json"));
  ASSERT_TRUE(procedures) << procedures.error().detail;
  ASSERT_EQ(procedures->size(), 55u);
  EXPECT_EQ(procedures->at(0).title, "Recover username");
  EXPECT_EQ(procedures->at(0).body, "Steps:\n- pull up account\n- verify identity");
}

}  // namespace
}  // namespace cordon::commerce
