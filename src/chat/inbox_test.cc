// The merchant's socket, and what an agent does to a conversation, over the wire.
#include <gtest/gtest.h>

#include "support/chat.h"

namespace cordon::chat {
namespace {

using testing::ask;
using testing::Chat;
using testing::field;
using testing::fresh_id;
using testing::say;
using testing::World;

TEST(Inbox, AnAgentTakesOverHandsBackAndCloses) {
  Chat chat(World::shared());
  chat.take();
  chat.widget->send(say(fresh_id(), "Hello"));
  chat.message("visitor");
  EXPECT_EQ(chat.as_agent("POST", "/release").status, 200);
  EXPECT_EQ(field(chat.widget->await("state"), "handler"), "assistant");
  chat.widget->send(say(fresh_id(), "Hello"));
  chat.message("assistant");
  EXPECT_EQ(chat.messages().size(), 3u) << "what was said to a person is not answered by the assistant afterwards";
  EXPECT_EQ(chat.as_agent("POST", "/close").status, 200);
  EXPECT_EQ(field(chat.widget->await("state"), "status"), "closed");
  EXPECT_EQ(chat.answer_as_shop("one more thing").status, 409) << "closed";
  chat.widget->send(say(fresh_id(), "Hello"));
  EXPECT_EQ(field(chat.widget->await("state"), "status"), "open") << "the shopper's next message opens it again";
  EXPECT_EQ(field(testing::json_of(chat.as_agent("GET", "")), "status"), "open");
}

TEST(Inbox, ShowsItsOwnShopOnly) {
  World& world = World::shared();
  Chat mine(world), theirs(world);
  auto inbox = mine.open_inbox(), other = theirs.open_inbox();
  theirs.widget->send(say(fresh_id(), "Hello from the other shop"));
  const auto id_in = [](const testing::Frame& f) { return field(f.at("conversation"), "id"); };
  EXPECT_EQ(id_in(other->await("conversation")), theirs.conversation);
  mine.widget->send(say(fresh_id(), "Hello"));
  EXPECT_EQ(id_in(inbox->await("conversation")), mine.conversation) << "the first that it hears of";
}

TEST(Inbox, AnotherShopsConversationIsOutOfReach) {
  World& world = World::shared();
  Chat mine(world), theirs(world);
  theirs.take();
  auto inbox = mine.open_inbox();
  const std::string it = R"("conversation_id":")" + theirs.conversation + "\"";
  inbox->send(R"({"type":"watch",)" + it + "}");
  theirs.widget->send(say(fresh_id(), "a secret of the other shop"));
  theirs.widget->await("ack");
  inbox->send(R"({"type":"send",)" + it + R"(,"client_id":")" + fresh_id() + R"(","text":"hello"})");
  // Everything that comes until the refusal: none of it is the other shop's.
  for (;;) {
    const auto text = inbox->receive().value();
    EXPECT_EQ(text.find("secret"), std::string::npos);
    EXPECT_EQ(text.find(theirs.shop.name), std::string::npos);
    if (text.find("\"error\"") == std::string::npos) continue;
    EXPECT_NE(text.find("not_found"), std::string::npos) << text;
    break;
  }
  inbox->send(R"({"type":"typing",)" + it + "}");
  inbox->send(R"({"type":"read","seq":1,)" + it + "}");
  mine.widget->send(say(fresh_id(), "Hello"));
  inbox->await("conversation");
  theirs.widget->send(say(fresh_id(), "and?"));
  for (std::string type; type != "ack";) {
    type = field(testing::must(json::parse(theirs.widget->receive().value())), "type");
    EXPECT_NE(type, "typing");
    EXPECT_NE(type, "read");
  }
  EXPECT_EQ(theirs.messages().size(), 2u);
  EXPECT_EQ(field(testing::json_of(theirs.as_agent("GET", "")), "merchant_read_seq"), "0");
}

TEST(Inbox, FollowsAWatchedConversationAndAnswersIt) {
  Chat chat(World::shared());
  chat.take();
  chat.widget->send(say(fresh_id(), "first"));
  chat.widget->await("ack");
  auto inbox = chat.open_inbox();
  inbox->send(R"({"type":"watch","conversation_id":")" + chat.conversation + "\"}");
  EXPECT_EQ(field(inbox->await("message").at("message"), "text"), "first");
  const auto id = fresh_id();
  for (int i = 0; i < 2; ++i)
    inbox->send(R"({"type":"send","conversation_id":")" + chat.conversation + R"(","client_id":")" + id +
                R"(","text":"answer"})");
  EXPECT_EQ(field(inbox->await("ack"), "seq"), "2");
  EXPECT_EQ(field(inbox->await("ack"), "seq"), "2") << "sent twice, stored once";
  EXPECT_EQ(field(chat.message("agent"), "text"), "answer");
  EXPECT_EQ(chat.messages().size(), 2u);
}

TEST(Inbox, BeginsByTheClockThatChangesAreDatedWith) {
  World& world = World::shared();
  Chat chat(world);
  const auto inbox = chat.open_inbox();
  EXPECT_EQ(world.sql().value("SELECT count(*) FROM audit.event WHERE queries LIKE 'conversation.clock:%:1' AND "
                              "tenant_id = '" +
                              to_string(chat.shop.tenant) + "'"),
            "1");
}

TEST(Inbox, IsForWhoMayReadConversations) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  for (const std::string role : {"analyst", "visitor"}) {
    const std::string token = world.token(*world.sign_in(shop, role));
    EXPECT_EQ(ask(world.port(), "POST", "/v1/inbox/ticket", {{"Authorization", "Bearer " + token}}, "{}").status, 403)
        << role;
  }
}

TEST(Inbox, RefusesAFrameThatMakesNoSenseAndGoesOn) {
  Chat chat(World::shared());
  chat.take();
  auto inbox = chat.open_inbox();
  const std::string it = R"("conversation_id":")" + chat.conversation + "\"";
  for (const std::string& frame :
       {std::string("nonsense"), std::string(R"({"type":"send"})"), R"({"type":"dance",)" + it + "}",
        R"({"type":"send",)" + it + "}", R"({"type":"send","text":"a","client_id":"x",)" + it + "}",
        std::string(R"({"type":"watch","conversation_id":"x"})"), R"({"type":"read",)" + it + "}"}) {
    SCOPED_TRACE(frame);
    inbox->send(frame);
    EXPECT_NE(field(inbox->await("error"), "code"), "internal");
  }
  chat.widget->send(say(fresh_id(), "Hello"));
  inbox->await("conversation");
  EXPECT_EQ(chat.messages().size(), 1u);
}

TEST(Inbox, ReadsAndMarksNoFasterThanItMay) {
  World& world = World::shared();
  const auto slow = world.replica([](app::Config& c) { c.rate_scale = 0.1; });
  Chat chat(world);
  chat.take();
  chat.widget->send(say(fresh_id(), "Hello"));
  chat.widget->await("ack");
  auto inbox = testing::open_inbox(slow->port(), chat.agent);
  const std::string it = R"("conversation_id":")" + chat.conversation + "\"}";
  for (int i = 0; i < 6; ++i) inbox->send(R"({"type":"watch",)" + it);
  const auto refused = inbox->await("error");
  EXPECT_EQ(field(refused, "code"), "rate_limited");
  EXPECT_EQ(field(refused, "retry_after"), "1");
  for (int i = 0; i < 6; ++i) inbox->send(R"({"type":"read","seq":1,)" + it);
  inbox->send("nonsense");
  inbox->await("error", [](const auto& f) { return field(f, "code") != "rate_limited"; });
  const int marked = std::stoi(
      world.sql().value("SELECT count(*) FROM audit.event WHERE action = 'conversation.mark-read' AND tenant_id = '" +
                        to_string(chat.shop.tenant) + "'"));
  EXPECT_GE(marked, 1);
  EXPECT_LT(marked, 6);
}

}  // namespace
}  // namespace cordon::chat
