// Jobs of the assistant's that fail, whoever tries them.
#include <gtest/gtest.h>

#include "chat/assistant.h"
#include "support/chat.h"
#include "support/served.h"

namespace cordon::chat {
namespace {

using testing::Chat;
using testing::eventually;
using testing::field;
using testing::fresh_id;
using testing::say;
using testing::World;

/// A conversation in which the assistant is asked what no key opens.
class FailingJobs : public ::testing::Test {
 protected:
  FailingJobs() {
    // A person has it, so that nobody answers before we say so.
    set_handler("human");
    chat.widget->send(say(fresh_id(), "Is it warm?"));
    chat.message("visitor");
    question = admin.value("SELECT body FROM commerce.message WHERE " + mine);
    admin.value("UPDATE commerce.message SET body = '\\x00' WHERE " + mine);
    set_handler("assistant");
  }
  ~FailingJobs() override {
    admin.run("DROP FUNCTION IF EXISTS public.refuse_words() CASCADE");
    admin.run("DELETE FROM work.job WHERE " + mine);
    admin.run("UPDATE commerce.message SET body = '" + question + "' WHERE seq = 1 AND " + mine);
  }

  void set_handler(const std::string& handler) {
    admin.value("UPDATE commerce.conversation SET handler = '" + handler + "' WHERE " + mine);
  }
  void add_jobs(int count, int attempts) {
    admin.value(
        "INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq, not_before, attempts) "
        "SELECT tenant_id, gen_random_uuid(), visitor_id, 'assistant', conversation_id, 1, now(), " +
        std::to_string(attempts) + " FROM commerce.conversation, generate_series(1, " + std::to_string(count) +
        ") WHERE " + mine);
  }
  std::string jobs(const std::string& which = "true") {
    return admin.value("SELECT count(*) FROM work.job WHERE " + mine + " AND " + which);
  }
  std::string conversation(const std::string& column) {
    return admin.value("SELECT " + column + " FROM commerce.conversation WHERE " + mine);
  }

  World& world = World::shared();
  Chat chat{world};
  testing::SqlSession admin = world.sql();
  std::string mine = "conversation_id = '" + chat.conversation + "'", question;
};

TEST_F(FailingJobs, AreHandedOverToAPersonAfterTheFifthAttempt) {
  add_jobs(1, 4);
  EXPECT_EQ(field(chat.message("assistant"), "text"), not_known().text);
  chat.widget->await("state", [](const auto& frame) { return field(frame, "handler") == "waiting"; });
  EXPECT_EQ(conversation("handler"), "waiting");
  EXPECT_EQ(conversation("last_seq"), "2");
  EXPECT_EQ(jobs(), "0");
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE action = 'assistant.answer' AND tenant_id = '" +
                        to_string(chat.shop.tenant) + "'"),
            "1");
}

TEST_F(FailingJobs, ArePutOffBeforeThatWithoutAWordAndKeepNoOtherWaiting) {
  add_jobs(20, 0);  // more than are done at once
  ASSERT_TRUE(eventually([&] { return jobs("attempts > 0") == "20"; }));
  // Wherever their sockets are, others are answered.
  for (int i = 0; i < 6; ++i) {
    Chat other(chat);
    other.widget->send(say(fresh_id(), "Hello"));
    other.message("assistant");
  }
  EXPECT_EQ(jobs(), "20");
  EXPECT_EQ(conversation("last_seq"), "1");
  EXPECT_EQ(conversation("handler"), "assistant");
}

TEST_F(FailingJobs, AreHandedOverWithoutAWordWhereNoneCanBeStored) {
  admin.value(
      "CREATE FUNCTION public.refuse_words() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''a test''; "
      "END'");
  admin.value("CREATE TRIGGER refuse_words BEFORE INSERT ON commerce.message FOR EACH ROW WHEN (NEW." + mine +
              ") EXECUTE FUNCTION public.refuse_words()");
  add_jobs(1, 4);
  ASSERT_TRUE(eventually([&] { return jobs() == "0"; }));
  chat.widget->await("state", [](const auto& frame) { return field(frame, "handler") == "waiting"; });
  EXPECT_EQ(conversation("handler"), "waiting");
  EXPECT_EQ(conversation("last_seq"), "1");
}

}  // namespace
}  // namespace cordon::chat
