// What PostgreSQL counted against what is recorded: Cordon's own work adds up, and whoever reads beside it shows. On a
// database of its own: the other tests' sessions read beside Cordon all the time.
#include "audit/row_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/chat.h"
#include "support/served.h"

namespace cordon::audit {
namespace {

using net::Method;
using testing::must;

class RowCountsTest : public ::testing::Test {
 protected:
  std::vector<std::string> excessive() {
    std::vector<std::string> out;
    world.run([&](identity::Backend& backend) -> net::Task<void> {
      const auto counts = must(co_await compare_rows(backend.identities, std::chrono::milliseconds(1500)));
      EXPECT_GT(counts.statements, 2);
      for (const RowCount& one : counts.excessive)
        out.push_back(one.statement + " " + std::to_string(one.seen) + " " + std::to_string(one.recorded));
    });
    return out;
  }

  /// How often sockets have asked for messages.
  int reads() {
    return std::stoi(world.sql().value(
        "SELECT sum(calls) FROM statements.pg_stat_statements WHERE query LIKE '/* conversation.messages_after */%'"));
  }

  testing::TemporaryFolder folder;
  testing::World world{folder.path()};
};

TEST_F(RowCountsTest, AddUpUntilSomebodyReadsBesideCordon) {
  testing::Chat before(world);
  before.widget.reset();
  // The shop came in by the tests' own doing, which no event tells of.
  world.sql().run("SELECT statements.pg_stat_statements_reset()");
  testing::Chat chat(before);
  const auto owner = world.sign_in(chat.shop, "owner");
  const std::string token = world.token(*owner);
  chat.widget->send(R"({"type":"send","client_id":")" + testing::fresh_id() + R"(","text":"What do you sell?"})");
  chat.message("assistant");
  auto inbox = chat.open_inbox();
  inbox->await("conversation");
  chat.take();
  EXPECT_EQ(chat.answer_as_shop("A person here.").status, 201);
  chat.message("agent");
  EXPECT_EQ(chat.as_agent("POST", "/read", R"({"seq":1})").status, 200);
  for (const char* path : {"/v1/merchant", "/v1/conversations", "/v1/customers", "/v1/orders", "/v1/audit-events"})
    EXPECT_EQ(world.call(Method::get, path, token).status, 200) << path;
  // Both sockets are open, as they are in any shop.
  EXPECT_THAT(excessive(), ::testing::IsEmpty());
  // What a socket reads while its event cannot be written is in the next one.
  world.sql().run("REVOKE INSERT ON audit.event FROM cordon_audit");
  const int at_first = reads();
  chat.widget->send(testing::say(testing::fresh_id(), "And in blue?"));
  EXPECT_TRUE(testing::eventually([&] { return reads() > at_first + 2; }));
  world.sql().run("GRANT INSERT ON audit.event TO cordon_audit");
  chat.message("visitor");
  EXPECT_THAT(excessive(), ::testing::IsEmpty());

  auto beside = world.sql("cordon_api");
  EXPECT_EQ(
      beside.run("SELECT door.enter('" + owner->seal.hex() + "'); SELECT conversation_id FROM commerce.conversation"),
      "00000");
  EXPECT_THAT(excessive(), ::testing::Contains(::testing::StartsWith("SELECT conversation_id")));
  // Nor does a name help that is Cordon's.
  for (int i = 0; i < 50; ++i)
    beside.run("SELECT door.enter('" + owner->seal.hex() +
               "'); /* customer.list */ SELECT message_id FROM commerce.message");
  EXPECT_THAT(excessive(), ::testing::Contains(::testing::StartsWith("customer.list")));
  // Nor does that of a change, whose rows no event knows, of what is in no event, or one that Cordon has not.
  for (const std::string what : {"/* conversation.send_as_agent */ SELECT seq", "/* event.append */ SELECT author",
                                 "/* key.all */ SELECT conversation_id"})
    EXPECT_EQ(beside.run("SELECT door.enter('" + owner->seal.hex() + "'); " + what + " FROM commerce.message"),
              "00000");
  const auto found = excessive();
  EXPECT_THAT(found, ::testing::Contains(::testing::StartsWith("conversation.send_as_agent")));
  EXPECT_THAT(found, ::testing::Contains(::testing::StartsWith("event.append")));
  EXPECT_THAT(found, ::testing::Contains(::testing::StartsWith("key.all")));
}

}  // namespace
}  // namespace cordon::audit
