// Conversations against a real PostgreSQL: numbers, exactly-once, pages, read marks.
#include "commerce/conversation_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/world.h"

namespace cordon::commerce {
namespace {

using cordon::testing::must;
using cordon::testing::Shop;
using cordon::testing::World;

class Conversations : public ::testing::Test {
 protected:
  World& world = World::shared();
  Shop shop = world.add_shop();
  std::shared_ptr<const door::Pass> owner = world.sign_in(shop, "owner");

  /// A shopper with a conversation open.
  struct Shopper {
    std::shared_ptr<const door::Pass> pass;
    ConversationId conversation;
    NewMessage says(std::string text) const {
      NewMessage message;
      message.conversation_id = conversation;
      message.client_id = ClientId::fresh();
      message.text = std::move(text);
      return message;
    }
  };
  Task<Shopper> shopper(identity::Backend& backend) {
    const auto visit = must(co_await backend.identity.visit(shop.name, "own", "own", {}));
    Scope scope(visit.pass, backend.visitor);
    const auto opened = must(co_await open_conversation(scope, VisitorId{visit.pass->subject.value}));
    co_return Shopper{visit.pass, opened.id};
  }
};

TEST_F(Conversations, AVisitorHasOneAndComesBackToIt) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    Scope scope(ann.pass, backend.visitor), agent(owner, backend.api);
    EXPECT_EQ(must(co_await open_conversation(scope, VisitorId{ann.pass->subject.value})).id, ann.conversation);
    must(co_await send_message(scope, ann.says("hello")));
    must(co_await close_conversation(agent, ann.conversation));
    EXPECT_EQ(must(co_await open_conversation(scope, VisitorId{ann.pass->subject.value})).id, ann.conversation);
    must(co_await send_message(scope, ann.says("again")));
    const auto now = must(co_await find_conversation(agent, ann.conversation));
    EXPECT_EQ(now.status, Status::open);
    EXPECT_EQ(now.last_seq, 2);
    EXPECT_EQ(now.preview, "again");
  });
}

TEST_F(Conversations, NumbersHaveNoGapsAndARepeatedSendIsOneMessageHoweverManyWriteAtOnce) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    std::vector<NewMessage> messages;
    for (int i = 0; i < 20; ++i) messages.push_back(ann.says("message " + std::to_string(i)));
    int left = 0, fresh = 0;
    std::map<std::string, std::set<int64_t>> numbers;
    net::Signal ended;
    // Each message three times, from shopper's and agent's connections mixed; one in five refused in between.
    auto say = [&](NewMessage message) -> Task<void> {
      const std::string key = to_string(*message.client_id);
      Scope scope(ann.pass, backend.visitor);
      const auto sent = must(co_await send_message(scope, std::move(message)));
      numbers[key].insert(sent.message.seq);
      if (!sent.repeated) ++fresh;
      --left;
      ended.notify();
    };
    auto answer = [&]() -> Task<void> {
      Scope scope(owner, backend.api);
      NewMessage reply = ann.says("answer");
      reply.author = Author::agent;
      reply.author_id = owner->subject;
      numbers[to_string(*reply.client_id)].insert(must(co_await send_message(scope, reply)).message.seq);
      NewMessage nobody = reply;
      nobody.conversation_id = ConversationId::fresh();
      nobody.client_id = ClientId::fresh();
      EXPECT_EQ((co_await send_message(scope, nobody)).error().code, Code::not_found);
      --left;
      ended.notify();
    };
    for (int round = 0; round < 3; ++round)
      for (const auto& message : messages) {
        left += 2;
        net::Reactor::current().spawn(say(message));
        if (round == 0) net::Reactor::current().spawn(answer());
        else --left;
      }
    while (left > 0) co_await ended.wait(std::chrono::seconds(10));
    EXPECT_EQ(fresh, 20);
    std::set<int64_t> all;
    for (const auto& [client, seqs] : numbers) {
      EXPECT_EQ(seqs.size(), 1u) << client;
      all.insert(seqs.begin(), seqs.end());
    }
    EXPECT_EQ(all.size(), 40u);
    EXPECT_EQ(*all.begin(), 1);
    EXPECT_EQ(*all.rbegin(), 40);
    Scope scope(owner, backend.api);
    const Time never;
    const auto news = must(co_await conversation_news(scope, ann.conversation, 0, 100, never));
    EXPECT_EQ(news.messages.size(), 40u);
    EXPECT_EQ(news.conversation.value().last_seq, 40);
    // Whoever knows all of it reads no row again.
    scope.take_ran();
    const auto none = must(co_await conversation_news(scope, ann.conversation, 40, 100, news.conversation->changed_at));
    EXPECT_FALSE(none.conversation);
    for (const door::Ran& ran : scope.take_ran()) EXPECT_EQ(ran.rows, 0);
    for (size_t i = 0; i < news.messages.size(); ++i) EXPECT_EQ(news.messages[i].seq, int64_t(i) + 1);
  });
}

TEST_F(Conversations, AnAnswerIsQueuedOnceAndOnlyWhileTheAssistantIsInCharge) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    Scope scope(ann.pass, backend.visitor), agent(owner, backend.api);
    auto question = ann.says("what does it cost?");
    question.wants_answer = true;
    const auto first = must(co_await send_message(scope, question));
    EXPECT_TRUE(first.queued);
    const auto again = must(co_await send_message(scope, question));
    EXPECT_TRUE(again.repeated);
    EXPECT_FALSE(again.queued);
    must(co_await take_conversation(agent, ann.conversation, owner->subject));
    auto other = ann.says("and in blue?");
    other.wants_answer = true;
    EXPECT_FALSE(must(co_await send_message(scope, other)).queued);
    // The assistant's answer comes too late; its job is finished all the same.
    Scope assistant(must(co_await backend.identity.service(shop.tenant, "assistant")), backend.worker);
    auto late = ann.says("It costs ...");
    late.author = Author::assistant;
    late.finishes = first.queued;
    EXPECT_EQ((co_await send_message(assistant, late)).error().code, Code::conflict);
    EXPECT_EQ(world.sql().value("SELECT count(*) FROM work.job WHERE job_id = '" + to_string(*first.queued) + "'"),
              "0");
    EXPECT_EQ(must(co_await find_conversation(agent, ann.conversation)).last_seq, 2);
  });
}

TEST_F(Conversations, AJobThatIsHandedOverIsDoneAndAPersonIsWaitedFor) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope agent(owner, backend.api);
    Scope assistant(must(co_await backend.identity.service(shop.tenant, "assistant")), backend.worker);
    for (const bool taken : {false, true}) {
      const auto ann = co_await shopper(backend);
      Scope scope(ann.pass, backend.visitor);
      auto question = ann.says("what does it cost?");
      question.wants_answer = true;
      const auto job = must(co_await send_message(scope, question)).queued.value();
      const auto found = must(co_await find_job(assistant, job));
      EXPECT_EQ(found.conversation_id, ann.conversation);
      EXPECT_EQ(found.seq, 1);
      EXPECT_EQ(found.attempts, 0);
      EXPECT_EQ(must(co_await find_asked(assistant, job)).messages.at(0).text, "what does it cost?");
      if (taken) must(co_await take_conversation(agent, ann.conversation, owner->subject));
      must(co_await hand_over(assistant, job));
      EXPECT_EQ((co_await find_job(assistant, job)).error().code, Code::not_found);
      const auto after = must(co_await find_conversation(agent, ann.conversation));
      EXPECT_EQ(after.handler, taken ? Handler::human : Handler::waiting);
      EXPECT_EQ(after.last_seq, 1);
    }
  });
}

TEST_F(Conversations, AnAgentCannotWriteIntoAClosedOne) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    Scope scope(ann.pass, backend.visitor), agent(owner, backend.api);
    must(co_await send_message(scope, ann.says("hello")));
    must(co_await close_conversation(agent, ann.conversation));
    auto reply = ann.says("too late");
    reply.author = Author::agent;
    reply.author_id = owner->subject;
    EXPECT_EQ((co_await send_message(agent, reply)).error().code, Code::conflict);
    EXPECT_EQ(must(co_await find_conversation(agent, ann.conversation)).last_seq, 1);
  });
}

TEST_F(Conversations, ReadMarksGoForwardAndNoFurtherThanTheLastMessage) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    Scope scope(ann.pass, backend.visitor), agent(owner, backend.api);
    for (int i = 0; i < 5; ++i) must(co_await send_message(scope, ann.says("hello")));
    const std::vector<std::pair<int64_t, int64_t>> steps{{3, 3}, {2, 3}, {0, 3}, {4, 4}, {INT64_MAX, 5}, {1, 5}};
    for (const auto& [asked, wanted] : steps) {
      must(co_await mark_read(agent, ann.conversation, asked, true));
      must(co_await mark_read(scope, ann.conversation, asked, false));
      const auto now = must(co_await find_conversation(agent, ann.conversation));
      EXPECT_EQ(now.merchant_read_seq, wanted) << asked;
      EXPECT_EQ(now.visitor_read_seq, wanted) << asked;
    }
  });
}

TEST_F(Conversations, PagesShowEachOnceWhileOthersCome) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    std::set<std::string> before, seen;
    const auto talk = [&]() -> Task<std::string> {
      const auto who = co_await shopper(backend);
      Scope scope(who.pass, backend.visitor);
      must(co_await send_message(scope, who.says("hello")));
      co_return to_string(who.conversation);
    };
    for (int i = 0; i < 11; ++i) before.insert(co_await talk());
    // Two that happened in the same microsecond, so that the id has to decide.
    world.sql().value("UPDATE commerce.conversation SET last_message_at = '2026-01-01' WHERE tenant_id = '" +
                      to_string(shop.tenant) + "' AND conversation_id IN ('" + *before.begin() + "', '" +
                      *before.rbegin() + "')");
    Scope agent(owner, backend.api);
    ListConversations list;
    list.limit.value = 2;
    Time newest{INT64_MAX};
    for (;;) {
      const auto page = must(co_await list_conversations(agent, list));
      EXPECT_LE(page.items.size(), 2u);
      for (const auto& c : page.items) {
        EXPECT_LE(c.last_message_at, newest);
        newest = c.last_message_at;
        EXPECT_TRUE(seen.insert(to_string(c.id)).second) << "twice";
      }
      if (!page.next_cursor) break;
      list.cursor = Text<1, 200>{*page.next_cursor};
      co_await talk();  // newer than everything: not on this or a later page
    }
    EXPECT_EQ(seen, before);
  });
}

TEST_F(Conversations, MessagesPageBackwardsWithoutGapWhileOthersCome) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    Scope scope(ann.pass, backend.visitor), agent(owner, backend.api);
    for (int i = 0; i < 10; ++i) must(co_await send_message(scope, ann.says("hello")));
    std::vector<int64_t> seen;
    std::optional<int64_t> before;
    do {
      const auto page = must(co_await list_messages(agent, ann.conversation, before, 3));
      for (const auto& m : page.items) seen.push_back(m.seq);
      before = page.next_cursor ? std::optional(std::stoll(*page.next_cursor)) : std::nullopt;
      must(co_await send_message(scope, ann.says("more")));
    } while (before);
    EXPECT_THAT(seen, ::testing::ElementsAre(10, 9, 8, 7, 6, 5, 4, 3, 2, 1));
    EXPECT_EQ((co_await list_messages(agent, ConversationId::fresh(), {}, 3)).error().code, Code::not_found);
  });
}

TEST_F(Conversations, ChangesAreFoundSinceATimeOldestFirst) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    Scope agent(owner, backend.api);
    const auto ann = co_await shopper(backend), ben = co_await shopper(backend);
    Scope as_ann(ann.pass, backend.visitor), as_ben(ben.pass, backend.visitor);
    must(co_await send_message(as_ann, ann.says("hello")));
    const auto first = must(co_await conversations_changed(agent, {0}));
    EXPECT_EQ(first.items.size(), 1u);  // Ben has not said anything yet
    EXPECT_EQ(first.items.at(0).id, ann.conversation);
    must(co_await send_message(as_ben, ben.says("hello")));
    must(co_await mark_read(agent, ann.conversation, 1, true));
    const auto second = must(co_await conversations_changed(agent, {first.until.micros + 1}));
    EXPECT_EQ(second.items.size(), 2u);
    EXPECT_EQ(second.items.at(0).id, ben.conversation);
    EXPECT_EQ(second.items.at(1).id, ann.conversation);
    EXPECT_GT(second.until, first.until);
    const auto none = must(co_await conversations_changed(agent, {second.until.micros + 1}));
    EXPECT_TRUE(none.items.empty());
    EXPECT_EQ(none.until.micros, second.until.micros + 1);
  });
}

TEST_F(Conversations, KeepAnyTextAsItWasSaid) {
  world.run([&](identity::Backend& backend) -> Task<void> {
    const auto ann = co_await shopper(backend);
    Scope scope(ann.pass, backend.visitor);
    const std::vector<std::string> texts{"'; DROP TABLE commerce.message; --",
                                         "{\"a\":\"\\u0000\"}",
                                         "\u202e\u200b\U0001F469\u200d\U0001F52C",
                                         std::string(4000, 'x'),
                                         "a\tb\nc\\",
                                         "%s %n"};
    for (const auto& text : texts) must(co_await send_message(scope, ann.says(text)));
    const auto said = must(co_await messages_after(scope, ann.conversation, 0, 100));
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(said[i].text, texts[i]);
    EXPECT_EQ((co_await send_message(scope, ann.says(std::string("a\0b", 3)))).error().code, Code::invalid);
    EXPECT_EQ((co_await send_message(scope, ann.says("\xff"))).error().code, Code::invalid);
    // The preview is not cut inside a character.
    std::string wide(159, 'x');
    must(co_await send_message(scope, ann.says(wide + "\U0001F600")));
    EXPECT_EQ(must(co_await find_conversation(scope, ann.conversation)).preview, wide);
  });
}

}  // namespace
}  // namespace cordon::commerce
