// Letting go: what is past its time goes, with a statement; everything else stays; and whoever removes more, or changes
// what a statement says, is found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/let_go_commands.h"
#include "audit/let_go.h"
#include "support/signing_key.h"
#include "support/verified.h"

namespace cordon::audit {
namespace {

using ::testing::Contains;
using ::testing::Each;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::must;
using testing::Shop;
using testing::SqlSession;
using testing::World;

class Retention : public ::testing::Test {
 protected:
  Retention() {
    world.call(net::Method::get, "/healthz");
    EXPECT_TRUE(eventually([&] { return admin.value("SELECT size > 0 FROM audit.log") == "t"; }));
    trust.key = testing::log_key(admin);
    rested();
    from = admin.value("SELECT size / 256 FROM audit.log");
    begin_here();
  }

  /// What a test plants lies behind everything else that this program has logged, which is no older: letting go would
  /// not come that far.
  void begin_here() {
    admin.value("INSERT INTO audit.let_go_reach SELECT l.log_id, k.kind, " + from +
                " FROM audit.log l, audit.kind k ON CONFLICT (log_id, kind) DO UPDATE SET bundle = EXCLUDED.bundle");
  }
  /// Waits until nobody looks for what is to be let go any more.
  void rested() {
    EXPECT_TRUE(eventually([&] { return admin.value("SELECT let_go_due > now() FROM audit.log") == "t"; }));
  }
  void sealed() {
    const std::string last = admin.value("SELECT max(xid::text::bigint) FROM audit.event");
    EXPECT_TRUE(
        eventually([&] { return admin.value("SELECT last_xid::text::bigint >= " + last + " FROM audit.log") == "t"; }));
  }
  /// An event that says it is so many days old, by its id and by when it was written; its id.
  std::string plant(const std::string& action, double by_id, double written, const std::string& tenant = "NULL") {
    const auto ago = [](double days) { return "now() - make_interval(secs => " + std::to_string(days * 86400) + ")"; };
    return admin.value(
        "INSERT INTO audit.event (event_id, at, tenant_id, action, status, request_id) VALUES ((left(audit.first_id(" +
        ago(by_id) + ")::text, 14) || '7000-8000-' || right(gen_random_uuid()::text, 12))::uuid, " + ago(written) +
        ", " + tenant + ", '" + action + "', 200, gen_random_uuid()) RETURNING event_id");
  }
  std::string plant(const std::string& action, double days) { return plant(action, days, days); }
  bool stands(const std::string& event) {
    return admin.value("SELECT count(*) FROM audit.event WHERE event_id = '" + event + "'") == "1";
  }
  /// Has the server let go what is due.
  void let_go() {
    admin.value("UPDATE audit.log SET let_go_due = now()");
    rested();
  }
  std::string newest() { return admin.value("SELECT coalesce(max(number), 0) FROM audit.let_go_statement"); }
  std::string note(const std::string& number) {
    return admin.value("SELECT note FROM audit.let_go_statement WHERE number = " + number);
  }
  /// One more statement, of `count` probes.
  std::string one_statement(int count) {
    for (int i = 0; i < count; ++i) plant("health.read", 40);
    sealed();
    let_go();
    return newest();
  }
  Report after(const std::vector<std::string>& sql) { return testing::verified_after(world, trust, sql); }
  std::vector<std::string> found_after(const std::vector<std::string>& sql) { return testing::found(after(sql)); }

  World& world = World::shared();
  SqlSession admin = world.sql();
  Trust trust;
  std::string from;  ///< the bundle that a test begins in
};

TEST_F(Retention, TheDatabaseHasTheKindsAndActionsOfTheProgram) {
  admin.run("SELECT kind, days FROM audit.kind ORDER BY kind COLLATE \"C\"");
  ASSERT_EQ(admin.rows().size(), door::kKinds.size());
  for (size_t i = 0; i < door::kKinds.size(); ++i) {
    EXPECT_EQ(admin.rows()[i][0], door::kKinds[i].name);
    EXPECT_EQ(admin.rows()[i][1], std::to_string(door::kKinds[i].days));
  }
  admin.run("SELECT action, kind FROM audit.action ORDER BY action COLLATE \"C\"");
  ASSERT_EQ(admin.rows().size(), door::kActions.size()) << "a migration has to add new actions to audit.action";
  for (size_t i = 0; i < door::kActions.size(); ++i) {
    EXPECT_EQ(admin.rows()[i][0], door::kActions[i].name);
    const door::KindInfo* kind = door::find_kind(admin.rows()[i][1]);
    ASSERT_NE(kind, nullptr);
    EXPECT_EQ(kind->kind, door::kActions[i].kind) << door::kActions[i].name;
  }
}

TEST_F(Retention, OnlyWhatIsPastItsTimeGoes) {
  const std::vector<std::string> over{plant("health.read", 31), plant("health.read", 4000), plant("merchant.read", 401),
                                      plant("merchant.change", 1100), plant("key.rotate", 2556)};
  const std::vector<std::string> kept{
      plant("health.read", 29), plant("merchant.read", 399), plant("merchant.change", 1094), plant("key.rotate", 2554),
      plant("no.such-action", 9000),
      // Whoever writes an event chooses its id: one that makes it older or younger than it is changes nothing.
      plant("health.read", 400, 0), plant("health.read", 0, 400)};
  sealed();
  const int before = static_cast<int>(after({}).let_go);
  let_go();
  for (const std::string& event : over) EXPECT_FALSE(stands(event)) << event;
  for (const std::string& event : kept) EXPECT_TRUE(stands(event)) << event;
  const Report report = after({});
  EXPECT_THAT(testing::found(report), IsEmpty());
  EXPECT_EQ(report.let_go, before + 5);
  // And it stays so when it is looked for again: nothing more is due, and there is no statement of nothing.
  const std::string number = newest();
  let_go();
  EXPECT_EQ(newest(), number);
}

TEST_F(Retention, AStatementSaysWhatWentAndIsItselfInTheLog) {
  const std::string number = one_statement(3);
  const Note signed_note = must(Note::parse(note(number)));
  EXPECT_TRUE(signed_note.signed_by(trust.key));
  const LetGo statement = must(LetGo::parse(signed_note.text));
  EXPECT_EQ(statement.origin, trust.key.name);
  EXPECT_EQ(std::to_string(statement.number), number);
  ASSERT_NE(statement.find("probe"), nullptr);
  EXPECT_EQ(statement.find("probe")->events, 3);
  EXPECT_EQ(statement.find("probe")->before.micros, statement.at.micros - int64_t{30} * 86'400'000'000);
  EXPECT_EQ(statement.find("key"), nullptr);
  EXPECT_EQ(admin.value("SELECT detail FROM audit.event WHERE action = 'audit.let-go' AND resource = '/audit/let-go/" +
                        number + "'"),
            R"({"statement":)" + number + R"(,"sha256":")" + to_text(digest(signed_note.text)) + "\"}");
  // Strangers read it too.
  const auto reply = world.call(net::Method::get, "/audit/let-go/" + number);
  EXPECT_EQ(reply.body, note(number));
  EXPECT_EQ(reply.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply.header("cache-control"), "public, max-age=31536000, immutable");
  for (const std::string none : {"0", "01", "+1", "1x", "x", "999999", "99999999999999999999"})
    EXPECT_EQ(world.call(net::Method::get, "/audit/let-go/" + none).status, 404) << none;
}

TEST(LetGoText, IsReadAsItIsWrittenAndIsNoCheckpoint) {
  const LetGo statement{
      "log.example/1",
      7,
      digest("the one before"),
      {{"access", 2, {1'700'000'000'000'001}, digest("a")}, {"probe", 1, {1'790'000'000'000'000}, {}}},
      {1'800'000'000'000'000}};
  const std::string text = statement.to_text();
  EXPECT_THAT(text, ::testing::StartsWith("log.example/1/let-go v1\nnumber 7\nprevious "));
  EXPECT_EQ(must(LetGo::parse(text)).to_text(), text);
  EXPECT_FALSE(Checkpoint::parse(text));
  EXPECT_FALSE(is_key_name(text.substr(0, text.find('\n'))));
  const Checkpoint checkpoint{"log.example/1", 7, digest("root")};
  EXPECT_FALSE(LetGo::parse(checkpoint.to_text()));
  for (const std::string& bad : {std::string(), text + "\n", text + "more\n", " " + text,
                                 text.substr(0, text.size() - 1), "x y" + text, text.substr(text.find('\n') + 1)})
    EXPECT_FALSE(LetGo::parse(bad)) << bad;
}

TEST(LetGoText, HashesTheIndicesOfEachKindsLeaves) {
  std::string first(32, '\0'), second(32, '\0');
  first[0] = static_cast<char>(0x80);  // leaf 0
  first[31] = 1;                       // leaf 255
  second[0] = 0x40;                    // leaf 3 * 256 + 1
  std::vector<LetGoPart> parts{{"access", 0, first}, {"access", 3, second}, {"probe", 3, first}};
  const auto kinds = kinds_of(parts);
  ASSERT_EQ(kinds.size(), 2);
  EXPECT_EQ(kinds[0].name, "access");
  EXPECT_EQ(kinds[0].events, 3);
  EXPECT_EQ(kinds[0].leaves, digest(std::string("\0\0\0\0\0\0\0\0"
                                                "\0\0\0\0\0\0\0\xff"
                                                "\0\0\0\0\0\0\x03\x01",
                                                24)));
  EXPECT_EQ(kinds[1].events, 2);
}

TEST_F(Retention, AHoldKeepsEventsUntilItIsLifted) {
  const Shop held = world.add_shop(), other = world.add_shop();
  const auto of = [](const Shop& shop) { return "'" + to_string(shop.tenant) + "'"; };
  const std::string mine = plant("merchant.read", 500, 500, of(held));
  const std::string theirs = plant("merchant.read", 500, 500, of(other));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await backend.identity.hold_events(held.tenant, "a court asks"));
    const auto twice = co_await backend.identity.hold_events(held.tenant, "again");
    EXPECT_EQ(twice.error().code, Code::conflict);
  });
  sealed();
  let_go();
  EXPECT_TRUE(stands(mine));
  EXPECT_FALSE(stands(theirs));
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await backend.identity.hold_events(std::nullopt, "everything"));
    must(co_await backend.identity.release_events(held.tenant));
    const auto twice = co_await backend.identity.release_events(held.tenant);
    EXPECT_EQ(twice.error().code, Code::not_found);
  });
  begin_here();
  let_go();
  EXPECT_TRUE(stands(mine)) << "everything is held";
  world.run([&](identity::Backend& backend) -> net::Task<void> {
    must(co_await backend.identity.release_events(std::nullopt));
    EXPECT_EQ(admin.value("SELECT count(*) FROM audit.let_go_reach"), "0") << "it was passed by";
    begin_here();
    must(co_await app::have_let_go(backend, std::chrono::seconds(60)));
  });
  EXPECT_FALSE(stands(mine));
  EXPECT_THAT(found_after({}), IsEmpty());
  EXPECT_EQ(admin.value("SELECT string_agg(action, ' ' ORDER BY event_id) FROM audit.event WHERE tenant_id = " +
                        of(held) + " AND action IN ('audit.hold', 'audit.release')"),
            "audit.hold audit.release");
}

TEST_F(Retention, OneTransactionGoesBundleByBundle) {
  const std::string xid = admin.value(
      "WITH planted AS (INSERT INTO audit.event (event_id, at, action, status, request_id) SELECT "
      "(left(audit.first_id(now() - interval '40 days')::text, 14) || '7000-8000-' || right(gen_random_uuid()::text, "
      "12))::uuid, now() - interval '40 days', 'health.read', 200, gen_random_uuid() FROM generate_series(1, 600) "
      "RETURNING xid) SELECT DISTINCT xid FROM planted");
  sealed();
  // A bundle that has events of this transaction alone, and so does the one after it begin.
  const std::string bundle = admin.value(
      "SELECT b.number FROM audit.bundle b JOIN audit.bundle next ON next.number = b.number + 1 WHERE b.first_xid = '" +
      xid + "' AND next.first_xid = '" + xid + "' ORDER BY b.number LIMIT 1");
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.standing('probe', now() - interval '30 days', " + bundle +
                        ", 1) WHERE due"),
            "256");
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event e, audit.places_of(" + bundle +
                        ", 1) p WHERE (e.xid, e.event_id) >= (p.first_xid, p.first_event) AND (e.xid, e.event_id) < "
                        "(p.last_xid, p.last_event)"),
            "256");
  let_go();
  EXPECT_EQ(admin.value("SELECT count(*) FROM audit.event WHERE xid = '" + xid + "'"), "0");
  EXPECT_THAT(found_after({}), IsEmpty());
}

TEST_F(Retention, WhatIsNotInTheLogYetStays) {
  // As long as an older transaction is under way, nothing that comes after it is put into the log.
  SqlSession older = world.sql();
  older.run("BEGIN");
  older.run("SELECT pg_current_xact_id()");
  const std::string event = plant("health.read", 40);
  let_go();
  EXPECT_TRUE(stands(event));
  older.run("COMMIT");
  sealed();
  let_go();
  EXPECT_FALSE(stands(event));
}

TEST_F(Retention, WhatWasChangedIsNotLetGo) {
  const std::string event = plant("health.read", 40);
  sealed();
  const std::string change = " WHERE event_id = '" + event + "'";
  admin.value("UPDATE audit.event SET status = 299" + change);
  let_go();
  EXPECT_TRUE(stands(event)) << "or nobody would see that it had been another";
  EXPECT_THAT(found_after({}), Contains("changed"));
  admin.value("UPDATE audit.event SET status = 200" + change);
  begin_here();
  let_go();
  EXPECT_FALSE(stands(event));
}

TEST_F(Retention, ADeletionWithoutAStatementIsOne) {
  const std::string over = plant("health.read", 40);
  sealed();
  EXPECT_THAT(found_after({"DELETE FROM audit.event WHERE event_id = '" + over + "'"}), Each("deleted"));
  EXPECT_THAT(found_after({"DELETE FROM audit.event WHERE event_id = '" + over + "'"}), Contains("deleted"));
  let_go();
  EXPECT_THAT(found_after({}), IsEmpty());
}

TEST_F(Retention, NamesWhatIsDoneToStatements) {
  const std::string first = one_statement(2), last = one_statement(2);
  ASSERT_NE(first, last);
  const auto where = [](const std::string& number) { return " WHERE number = " + number; };
  const std::string of_last = " WHERE statement = " + last + " AND kind = 'probe'";
  // What it says, who says it, and of which leaves: the leaves that it was to account for are unaccounted for then.
  const auto changed = found_after(
      {"UPDATE audit.let_go_statement SET note = replace(note, 'kind probe 2', 'kind probe 3')" + where(last)});
  EXPECT_THAT(changed, Contains("let go"));
  EXPECT_THAT(changed, Contains("deleted"));
  const auto other = testing::signing_key('x');
  const std::string text = must(Note::parse(note(last))).text;
  EXPECT_THAT(found_after({"UPDATE audit.let_go_statement SET note = '" + text + "\n" +
                           signature_line(trust.key.name, other, text) + "'" + where(last)}),
              Contains("let go"));
  EXPECT_THAT(found_after({"UPDATE audit.let_go SET bitmap = set_bit(bitmap, 7, 1 - get_bit(bitmap, 7))" + of_last}),
              Contains("let go"));
  EXPECT_THAT(found_after({"UPDATE audit.let_go SET kind = 'access'" + of_last}), Contains("let go"));
  EXPECT_THAT(found_after({"DELETE FROM audit.let_go" + of_last}), Contains("let go"));
  // One statement in another's place, one that is gone, the last one gone, and with what it is about or without.
  EXPECT_THAT(found_after({"UPDATE audit.let_go_statement SET note = (SELECT s.note FROM audit.let_go_statement s" +
                           where(first) + ")" + where(last)}),
              Contains("let go"));
  const std::string gone = "DELETE FROM audit.let_go_statement";
  for (const std::string& number : {first, last}) {
    EXPECT_THAT(found_after({"DELETE FROM audit.let_go WHERE statement = " + number, gone + where(number)}),
                Contains("deleted"));
    EXPECT_THAT(found_after({"SET LOCAL session_replication_role = replica", gone + where(number)}),
                Contains("let go"));
  }
  EXPECT_THAT(found_after({"DELETE FROM audit.let_go", gone}), Contains("deleted"));
  EXPECT_THAT(found_after({}), IsEmpty());
}

TEST_F(Retention, NamesAnEventThatStandsThoughItWasLetGo) {
  const std::string event = plant("health.read", 40);
  sealed();
  const std::string row = admin.value("SELECT e::text FROM audit.event e WHERE event_id = '" + event + "'");
  let_go();
  EXPECT_FALSE(stands(event));
  EXPECT_THAT(found_after({"INSERT INTO audit.event SELECT ('" + row + "'::audit.event).*"}), Contains("let go"));
}

TEST_F(Retention, AYoungEventIsNotCoveredByWhoeverSignsForIt) {
  // Whoever has the log's key and the database says that an event of today was past its time.
  const std::string young = plant("health.read", 1);
  sealed();
  const auto mine = testing::signing_key('k');
  trust.key.key = mine.public_key();
  const auto signed_by_me = [&](const std::string& text) {
    return text + "\n" + signature_line(trust.key.name, mine, text);
  };
  const std::string index = admin.value(
      "SELECT b.number * 256 + n FROM audit.bundle b, generate_series(0, 255) n WHERE substr(b.events, n * 16 + 1, 16) "
      "= uuid_send('" +
      young + "')");
  const uint64_t leaf = std::stoull(index);
  std::string bitmap(32, '\0');
  bitmap[leaf % 256 / 8] = static_cast<char>(0x80 >> leaf % 8);
  std::vector<LetGoPart> parts{{"probe", leaf / 256, bitmap}};
  // Those before it too, so that nothing else is wrong.
  std::vector<std::string> resign;
  const uint64_t number = std::stoull(newest()) + 1;
  Hash previous{};
  for (uint64_t n = 1; n < number; ++n) {
    const std::string text = must(Note::parse(note(std::to_string(n)))).text;
    previous = digest(text);
    resign.push_back("UPDATE audit.let_go_statement SET note = '" + signed_by_me(text) +
                     "' WHERE number = " + std::to_string(n));
  }
  const auto attempt = [&](Time before, Time at) {
    LetGo statement{trust.key.name, number, previous, kinds_of(parts), at};
    statement.kinds[0].before = before;
    const Checkpoint checkpoint =
        must(Checkpoint::parse(must(Note::parse(admin.value("SELECT checkpoint FROM audit.log"))).text));
    const auto hex = to_hex({reinterpret_cast<const uint8_t*>(bitmap.data()), bitmap.size()});
    std::vector<std::string> sql = resign;
    sql.insert(sql.end(), {"DELETE FROM audit.event WHERE event_id = '" + young + "'",
                           "UPDATE audit.log SET checkpoint = '" + signed_by_me(checkpoint.to_text()) + "'",
                           "INSERT INTO audit.let_go_statement SELECT log_id, " + std::to_string(number) + ", '" +
                               signed_by_me(statement.to_text()) + "' FROM audit.log",
                           "INSERT INTO audit.let_go SELECT log_id, " + std::to_string(number) + ", 'probe', " +
                               std::to_string(leaf / 256) + ", '\\x" + hex + "' FROM audit.log"});
    return after(sql);
  };
  const auto says = [&](const Report& report) {
    std::string out;
    for (const Finding& finding : report.findings)
      if (finding.wrong == Wrong::let_go) out += finding.what;
    return out;
  };
  constexpr int64_t kDay = 86'400'000'000;
  const Time today = now();
  EXPECT_THAT(says(attempt({today.micros - 30 * kDay}, today)), HasSubstr("was let go before its time"));
  EXPECT_THAT(says(attempt(today, today)), HasSubstr("of the kind probe before their time"));
  EXPECT_THAT(says(attempt(today, {today.micros + 30 * kDay})), HasSubstr("of a time to come"));
}

TEST_F(Retention, TheAuditLoginLetsGoNothingByItself) {
  auto audit = world.sql("cordon_audit");
  const auto refused = [&](const std::string& sql) { return audit.run(sql); };
  EXPECT_EQ(refused("DELETE FROM audit.event"), "42501");
  EXPECT_EQ(refused("SELECT audit.let_go_of('probe', now(), 0, 32, gen_random_uuid(), 1)"), "42501");
  EXPECT_EQ(refused("SELECT * FROM audit.standing('probe', now(), 0, 32)"), "42501");
  EXPECT_EQ(refused("UPDATE audit.kind SET days = 1"), "42501");
  const auto call = [](const std::string& as_of) {
    return "SELECT audit.let_go(" + as_of + ", 32, 1, 'x', '{}', '{}', '{}')";
  };
  EXPECT_EQ(refused(call("now()")), "CD409");
  for (const std::string early : {"now() + interval '1 second'", "'infinity'", "NULL"}) {
    EXPECT_EQ(refused(call(early)), "CD409") << early;
    EXPECT_EQ(refused("SELECT * FROM audit.due('probe', " + early + ", 0, 32)"), "CD409") << early;
  }
}

/// With the turn, as the process that grows the log has it: in a transaction that is undone, since a server has it.
TEST_F(Retention, IsAllOrNothing) {
  const std::string event = plant("health.read", 40);
  sealed();
  const std::string mine =
      "CREATE OR REPLACE FUNCTION audit.holds_turn() RETURNS boolean LANGUAGE sql AS 'SELECT true'; ";
  const std::string next = "(SELECT coalesce(max(number), 0) + 1 FROM audit.let_go_statement)";
  const std::string due =
      "(SELECT array_agg(d.kind) AS kinds, array_agg(d.bundle) AS bundles, array_agg(d.bitmap) AS bitmaps FROM "
      "(SELECT k.kind, d.bundle, d.bitmap FROM audit.kind k JOIN audit.let_go_reach r ON r.kind = k.kind, "
      "audit.due(k.kind, now(), r.bundle, 32) d WHERE d.bitmap IS NOT NULL) d) d";
  const auto attempt = [&](const std::string& arrays, const std::string& then) {
    const std::string state =
        admin.run(mine + "SELECT audit.let_go(now(), 32, " + next + ", 'x', " + arrays + "; " + then);
    EXPECT_TRUE(stands(event)) << state;
    return state;
  };
  // What it signs has to be what is due: nothing, something else, and all of it.
  EXPECT_EQ(attempt("'{}', '{}', '{}')", ""), "CD409");
  EXPECT_EQ(attempt("'{probe}', '{0}', ARRAY[sha256('x')])", ""), "CD409");
  EXPECT_EQ(attempt("d.kinds, d.bundles, d.bitmaps) FROM " + due, "SELECT 1 / 0"), "22012");
  EXPECT_EQ(attempt("d.kinds, d.bundles, d.bitmaps) FROM " + due,
                    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM audit.event WHERE event_id = '" + event +
                        "') THEN RAISE 'gone' USING ERRCODE = 'CD499'; END IF; END $$"),
            "CD499");
  let_go();
  EXPECT_FALSE(stands(event));
}

TEST_F(Retention, ADayWithoutEventsIsDropped) {
  const std::string noon = "(now() AT TIME ZONE 'UTC')::date::timestamp + interval '12 hours'";
  const auto hours = [&](int days) {
    return std::stod(admin.value("SELECT " + std::to_string(days) +
                                 " + extract(epoch FROM (now() AT TIME ZONE 'UTC') - (" + noon + ")) / 86400.0"));
  };
  const auto day = [&](int days) {
    admin.value("SET ROLE cordon_owner");
    admin.value("SELECT audit.add_partition((now() AT TIME ZONE 'UTC')::date - " + std::to_string(days) + ")");
    admin.value("RESET ROLE");
    return admin.value("SELECT 'audit.event_' || to_char((now() AT TIME ZONE 'UTC')::date - " + std::to_string(days) +
                       ", 'YYYYMMDD')");
  };
  const auto is_there = [&](const std::string& table) {
    return admin.value("SELECT to_regclass('" + table + "') IS NOT NULL") == "t";
  };
  const std::string full = day(52), over = day(51);
  const std::string keeps = plant("key.rotate", hours(52)), goes = plant("health.read", hours(51));
  EXPECT_EQ(admin.value("SELECT tableoid::regclass FROM audit.event WHERE event_id = '" + goes + "'"), over);
  sealed();
  let_go();
  EXPECT_FALSE(stands(goes));
  // It may be busy, and wait for the next time.
  EXPECT_TRUE(eventually([&] {
    if (is_there(over)) let_go();
    return !is_there(over);
  }));
  EXPECT_TRUE(is_there(full));
  EXPECT_TRUE(stands(keeps));
  EXPECT_THAT(found_after({}), IsEmpty());
}

}  // namespace
}  // namespace cordon::audit
