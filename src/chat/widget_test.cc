// The shopper's socket, over the wire.
#include <gtest/gtest.h>

#include <set>

#include "db/plain.h"
#include "support/chat.h"
#include "support/spoilt.h"

namespace cordon::chat {
namespace {

using testing::ask;
using testing::Chat;
using testing::field;
using testing::fresh_id;
using testing::json_of;
using testing::must;
using testing::say;
using testing::World;

TEST(Widget, CarriesWhatShopperAndShopSay) {
  Chat chat(World::shared());
  const auto id = fresh_id();
  chat.widget->send(say(id, "Hello"));
  const auto ack = chat.widget->await("ack");
  EXPECT_EQ(field(ack, "client_id"), id);
  EXPECT_EQ(field(ack, "seq"), "1");
  const auto mine = chat.message("visitor");
  EXPECT_EQ(field(mine, "text"), "Hello");
  EXPECT_EQ(field(mine, "id"), field(ack, "id"));
  EXPECT_EQ(field(chat.message("assistant"), "seq"), "2");
  EXPECT_EQ(chat.answer_as_shop("How can we help?").status, 201);
  EXPECT_EQ(field(chat.message("agent"), "text"), "How can we help?");
  EXPECT_EQ(field(chat.widget->await("state"), "handler"), "human");
}

TEST(Widget, CarriesAnyTextUnchanged) {
  Chat chat(World::shared());
  chat.take();
  for (const std::string text :
       {"\"quotes\" \\ and / slashes", "line\nbreak\ttab",
        "\xf0\x9f\x98\x80 caf\xc3\xa9 \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85", "<script>alert(1)</script>",
        "'; DROP TABLE commerce.message; --", "{\"type\":\"ack\"}", "\x01\x1f\x7f"}) {
    chat.widget->send(say(fresh_id(), text));
    EXPECT_EQ(field(chat.message("visitor"), "text"), text);
  }
}

TEST(Widget, StoresAMessageOnceHoweverOftenItIsSent) {
  Chat chat(World::shared());
  chat.take();
  const auto id = fresh_id();
  for (int i = 0; i < 3; ++i) chat.widget->send(say(id, "once"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(field(chat.widget->await("ack"), "seq"), "1");
  // After the acknowledgement, from another socket, even with another text: it is still the same message.
  auto other = testing::open_chat(chat.shopper);
  other->send(say(id, "something else"));
  EXPECT_EQ(field(other->await("ack"), "seq"), "1");
  const auto all = chat.messages();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(field(all[0], "text"), "once");
}

TEST(Widget, StoresAMessageOnceThatTwoSocketsSendAtTheSameTime) {
  Chat chat(World::shared());
  chat.take();
  auto other = testing::open_chat(chat.shopper);
  for (int i = 0; i < 30; ++i) {
    const auto frame = say(fresh_id(), "message " + std::to_string(i));
    chat.widget->send(frame);
    other->send(frame);
    EXPECT_EQ(field(chat.widget->await("ack"), "seq"), std::to_string(i + 1));
    EXPECT_EQ(field(other->await("ack"), "seq"), std::to_string(i + 1));
  }
  EXPECT_EQ(chat.messages().size(), 30u);
}

TEST(Widget, ReplaysWhatWasMissed) {
  Chat chat(World::shared());
  chat.take();
  // More than a page of what a socket reads at once.
  for (int i = 1; i <= 230; ++i) chat.widget->send(say(fresh_id(), std::to_string(i)));
  chat.widget->await("ack", [](const auto& f) { return field(f, "seq") == "230"; });
  const auto replayed = [&](int64_t after) {
    auto socket = testing::open_chat(chat.shopper, after);
    std::vector<std::string> seqs;
    for (const auto last = field(socket->await("hello"), "last_seq"); seqs.empty() || seqs.back() != last;)
      seqs.push_back(field(socket->await("message").at("message"), "seq"));
    return seqs;
  };
  const auto all = replayed(0);
  ASSERT_EQ(all.size(), 230u);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], std::to_string(i + 1));
  EXPECT_EQ(replayed(228), (std::vector<std::string>{"229", "230"}));
  EXPECT_EQ(replayed(9999).size(), 230u) << "a number of another conversation counts as none";
  auto up_to_date = testing::open_chat(chat.shopper, 230);
  up_to_date->await("hello");
  EXPECT_EQ(chat.answer_as_shop("new").status, 201);
  EXPECT_EQ(field(up_to_date->await("message").at("message"), "seq"), "231") << "nothing before it comes again";
}

TEST(Widget, ShowsTypingAndReadingToTheOtherSide) {
  Chat chat(World::shared());
  chat.take();
  auto inbox = chat.open_inbox();
  inbox->send(R"({"type":"watch","conversation_id":")" + chat.conversation + "\"}");
  chat.widget->send(say(fresh_id(), "Hello"));
  inbox->await("message");
  chat.widget->send(R"({"type":"typing"})");
  EXPECT_EQ(field(inbox->await("typing"), "author"), "visitor");
  inbox->send(R"({"type":"typing","conversation_id":")" + chat.conversation + "\"}");
  EXPECT_EQ(field(chat.widget->await("typing"), "author"), "agent");
  inbox->send(R"({"type":"read","seq":1,"conversation_id":")" + chat.conversation + "\"}");
  EXPECT_EQ(field(chat.widget->await("read"), "seq"), "1");
  chat.widget->send(R"({"type":"read","seq":999})");
  EXPECT_EQ(field(inbox->await("read"), "seq"), "1") << "no further than there are messages";
}

TEST(Widget, AsksAShopperWhoIsTooFastToWaitAndLosesNothing) {
  const auto replica = World::shared().replica([](app::Config& c) { c.rate_scale = 1; });
  Chat chat(World::shared(), replica->port());
  chat.take();
  std::set<std::string> pending;
  for (int i = 0; i < 12; ++i) chat.widget->send(say(*pending.insert(fresh_id()).first, "fast"));
  int refused = 0;
  while (!pending.empty()) {
    const auto frame = must(json::parse(*chat.widget->receive()));
    if (field(frame, "type") == "ack") pending.erase(field(frame, "client_id"));
    if (field(frame, "type") != "error") continue;
    ++refused;
    EXPECT_EQ(field(frame, "code"), "rate_limited");
    EXPECT_EQ(field(frame, "retry_after"), "1");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    chat.widget->send(say(field(frame, "client_id"), "fast"));
  }
  EXPECT_GE(refused, 1);
  EXPECT_EQ(chat.messages().size(), 12u);
}

TEST(Widget, RefusesAFrameThatMakesNoSenseAndGoesOn) {
  Chat chat(World::shared());
  chat.take();
  const auto id = R"("client_id":")" + fresh_id() + "\"";
  const std::vector<std::string> frames{"",
                                        "nonsense",
                                        "[]",
                                        "null",
                                        "{}",
                                        R"({"type":7})",
                                        R"({"type":"dance"})",
                                        R"({"type":"watch"})",
                                        R"({"type":"send"})",
                                        R"({"type":"send",)" + id + "}",
                                        R"({"type":"send","text":"no id"})",
                                        R"({"type":"send","client_id":"x","text":"a"})",
                                        R"({"type":"send",)" + id + R"(,"text":""})",
                                        R"({"type":"send",)" + id + R"(,"text":"a\u0000b"})",
                                        R"({"type":"send",)" + id + R"(,"text":["a"]})",
                                        R"({"type":"send",)" + id + R"(,"text":"a","author":"agent"})",
                                        R"({"type":"send",)" + id + R"(,"text":"a","tenant_id":")" + fresh_id() + "\"}",
                                        R"({"type":"send",)" + id + R"(,"text":"a","text":"b"})",
                                        R"({"type":"send",)" + id + R"(,"text":")" + std::string(2001, 'x') + "\"}",
                                        R"({"type":"read","seq":-1})",
                                        R"({"type":"read","seq":1.5})",
                                        R"({"type":"read","seq":99999999999999999999})",
                                        R"({"type":"read"})",
                                        std::string(60'000, '['),
                                        R"({"type":"\ud800"})"};
  for (const std::string& frame : frames) {
    SCOPED_TRACE(frame.substr(0, 80));
    chat.widget->send(frame);
    const auto error = chat.widget->await("error");
    EXPECT_TRUE(field(error, "code") == "invalid" || field(error, "code") == "malformed") << field(error, "code");
    EXPECT_NE(field(error, "detail"), "");
  }
  EXPECT_TRUE(chat.messages().empty());
  chat.widget->send(say(fresh_id(), "still here"));
  EXPECT_EQ(field(chat.widget->await("ack"), "seq"), "1");
}

TEST(Widget, IsClosedOnAFloodOfNonsense) {
  const auto replica = World::shared().replica([](app::Config& c) { c.rate_scale = 1; });
  Chat chat(World::shared(), replica->port());
  for (int i = 0; i < 2000 && chat.widget->send("nonsense"); ++i) {}
  EXPECT_EQ(chat.widget->await_close(), 4429);
}

TEST(Widget, ATicketOpensOneSocketOfItsKindWithinItsTime) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  const auto token = world.token(*world.sign_in(shop, "agent"));
  const auto opens = [&](std::string_view kind, const std::string& ticket) {
    return testing::WireSocket(world.port(), "/v1/" + std::string(kind) + "/socket?ticket=" + ticket).status();
  };
  const auto shopper = testing::visit(world.port(), shop.name);
  EXPECT_EQ(ask(world.port(), "GET", "/v1/widget/socket?ticket=" + shopper.ticket).status, 400)
      << "no upgrade; the ticket is not used up";
  EXPECT_EQ(opens("widget", shopper.ticket), 101);
  EXPECT_EQ(opens("widget", shopper.ticket), 401) << "used";
  EXPECT_EQ(opens("widget", std::string(43, 'x')), 401) << "unknown";
  EXPECT_EQ(opens("widget", ""), 422);
  EXPECT_EQ(opens("widget", shopper.token), 422) << "a token is no ticket";
  EXPECT_EQ(opens("inbox", testing::visit(world.port(), shop.name).ticket), 401) << "of the other kind";
  EXPECT_EQ(opens("widget", testing::inbox_ticket(world.port(), token)), 401) << "of the other kind";
  EXPECT_EQ(opens("inbox", testing::inbox_ticket(world.port(), token)), 101);
  const auto late = testing::visit(world.port(), shop.name);
  auto admin = must(db::Plain::open(world.database().admin_conninfo()));
  must(admin.rows("UPDATE identity.one_use SET expires_at = now() - interval '1 second'"));
  EXPECT_EQ(opens("widget", late.ticket), 401) << "too old";
}

TEST(Widget, SaysWhatFailedOverAnAlteredRowOnceThatIsOnRecord) {
  World& world = World::shared();
  // It reads its keys anew each time.
  const auto replica = world.replica([](app::Config& c) { c.threads = 1, c.keys.fresh = std::chrono::seconds(0); });
  Chat chat(world, replica->port());
  chat.take();
  chat.widget->send(say(fresh_id(), "Hello"));
  chat.message("visitor");
  const std::string tenant = "tenant_id = '" + to_string(chat.shop.tenant) + "'";
  const auto refused = [&] {
    return world.sql().value(
        "SELECT coalesce(string_agg(concat_ws(' ', status, code), ', '), '') FROM audit.event WHERE action = "
        "'socket.refuse' AND " +
        tenant);
  };
  const auto code_of_next = [&] {
    chat.widget->send(say(fresh_id(), "Is anybody there?"));
    return field(chat.widget->await("error"), "code");
  };
  {
    const testing::Spoilt of_events(world, "keys.data_key", "wrapped",
                                    "subject_id = '00000000-0000-8000-8000-000000000002' AND " + tenant);
    EXPECT_EQ(code_of_next(), "unavailable");
  }
  EXPECT_EQ(refused(), "") << "it could not be recorded";
  {
    const testing::Spoilt of_visitor(world, "keys.data_key", "wrapped",
                                     "subject_id = '" + chat.shopper.visitor_id + "' AND " + tenant);
    EXPECT_EQ(code_of_next(), "internal");
  }
  EXPECT_EQ(refused(), "500 internal");
  EXPECT_EQ(chat.messages().size(), 1u);
  chat.widget->send(say(fresh_id(), "Is anybody there?"));
  EXPECT_EQ(field(chat.message("visitor"), "seq"), "2") << "the socket goes on";
  const testing::Spoilt body(world, "commerce.message", "body", tenant);
  EXPECT_EQ(testing::open_chat(chat.shopper)->await_close(), 1011);
  EXPECT_EQ(refused(), "500 internal, 500 internal");
}

TEST(Widget, OpensForTheShopsOwnPagesOnly) {
  World& world = World::shared();
  const auto shop = world.add_shop();
  const auto visits = [&](const std::string& origin, const std::string& name) {
    return ask(world.port(), "POST", "/v1/widget/visits", {{"Origin", origin}}, R"({"shop":")" + name + "\"}").status;
  };
  EXPECT_EQ(visits("https://127.0.0.1", shop.name), 200);
  EXPECT_EQ(visits("https://evil.example", shop.name), 403);
  EXPECT_EQ(visits("null", shop.name), 403);
  EXPECT_EQ(visits("https://127.0.0.1", "no-such-shop"), 404);
}

TEST(Widget, AVisitorSeesItsOwnConversationOnly) {
  World& world = World::shared();
  Chat ann(world), bob(ann);
  EXPECT_NE(ann.conversation, bob.conversation);
  ann.take();
  bob.take();
  ann.widget->send(say(fresh_id(), "Ann's secret"));
  ann.widget->await("ack");
  // Naming another's conversation changes nothing: a widget writes in its own.
  bob.widget->send(R"({"type":"send","client_id":")" + fresh_id() + R"(","text":"Bob's","conversation_id":")" +
                   ann.conversation + "\"}");
  EXPECT_EQ(field(bob.widget->await("ack"), "seq"), "1");
  EXPECT_EQ(field(bob.message("visitor"), "text"), "Bob's");
  EXPECT_EQ(ann.messages().size(), 1u);
  for (const std::string& path :
       {std::string("/v1/conversations"), "/v1/conversations/" + ann.conversation,
        "/v1/conversations/" + ann.conversation + "/messages", std::string("/v1/customers"), std::string("/v1/orders")})
    EXPECT_EQ(ask(world.port(), "GET", path, {{"Authorization", "Bearer " + bob.shopper.token}}).status, 403) << path;
  auto again = testing::open_chat(bob.shopper);
  EXPECT_EQ(field(again->await("hello"), "conversation_id"), bob.conversation)
      << "the same shopper, the same conversation";
}

TEST(Widget, TheAssistantAnswersEachQuestionOnce) {
  Chat chat(World::shared());
  for (int i = 0; i < 10; ++i) chat.widget->send(say(fresh_id(), "Hello"));
  int answers = 0;
  while (answers < 10) answers += field(chat.widget->await("message").at("message"), "author") == "assistant";
  const auto all = chat.messages();
  ASSERT_EQ(all.size(), 20u);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(field(all[i], "seq"), std::to_string(i + 1));
}

TEST(Widget, TheAssistantHandsOverAndIsQuiet) {
  Chat chat(World::shared());
  chat.widget->send(say(fresh_id(), "Let me talk to a human"));
  chat.message("assistant");
  EXPECT_EQ(field(chat.widget->await("state"), "handler"), "waiting");
  chat.widget->send(say(fresh_id(), "Is anybody there?"));
  chat.widget->await("ack");
  EXPECT_EQ(chat.answer_as_shop("I am").status, 201);
  chat.message("agent");
  int answers = 0;
  for (const auto& message : chat.messages()) answers += field(message, "author") == "assistant";
  EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace cordon::chat
