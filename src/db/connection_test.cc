// One connection: values that travel unchanged, errors with the right meaning, and no waiting without end.
#include "db/connection.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/world.h"

namespace cordon {
namespace {

using db::query;
using testing::must;
using testing::World;

TEST(Connection, GivesEachSqlstateItsMeaning) {
  const std::vector<std::pair<const char*, Code>> meanings{
      {"CD401", Code::unauthenticated},
      {"CD403", Code::forbidden},
      {"CD419", Code::revoked},
      {"CD423", Code::suspended},
      {"CD503", Code::stopped},
      {"CD400", Code::internal},  // a caller cannot cause it: the server never begins such a transaction
      {"23505", Code::conflict},
      {"23503", Code::not_found},
      {"23514", Code::invalid},
      {"22021", Code::invalid},
      {"22P05", Code::invalid},
      {"22003", Code::invalid},
      {"22008", Code::invalid},
      {"40001", Code::unavailable},
      {"53300", Code::unavailable},
      {"57014", Code::unavailable},
      {"57P01", Code::unavailable},
      {"08006", Code::unavailable},
      {"55P03", Code::unavailable},
      {"26000", Code::unavailable},
      {"42P01", Code::internal},
      {"42501", Code::internal}};
  for (const auto& [state, code] : meanings) EXPECT_EQ(db::error_of(state).code, code) << state;
  EXPECT_EQ(info(Code::unauthenticated).status, 401);
  EXPECT_EQ(info(Code::revoked).status, 401);
  EXPECT_EQ(info(Code::forbidden).status, 403);
  EXPECT_EQ(info(Code::suspended).status, 423);
  EXPECT_EQ(info(Code::stopped).status, 503);
}

void with_connection(std::function<net::Task<void>(db::Connection&)> work) {
  World::shared().run([&](identity::Backend&) -> net::Task<void> {
    auto connection = must(co_await db::Connection::open(World::shared().database().conninfo("cordon_api")));
    co_await work(*connection);
  });
}

TEST(Connection, CarriesListsOfAnyTextUnchanged) {
  with_connection([](db::Connection& connection) -> net::Task<void> {
    static constexpr db::Statement kEcho{"connection.echo", "SELECT $1::text[]"};
    const std::vector<std::string> odd{"",
                                       "plain",
                                       "NULL",
                                       "a,b",
                                       "{braces}",
                                       "\"quoted\"",
                                       "back\\slash",
                                       " spaces ",
                                       "line\nbreak\ttab",
                                       "it's",
                                       "\x01",
                                       "\u00e9\u4e2d\U0001F600",
                                       "e\u0301",
                                       "\u202eabc",
                                       "\u200b",
                                       "\ufeff",
                                       "\ufffd"};
    const std::array<db::Query, 1> queries{query(kEcho, odd)};
    const auto rows = co_await connection.transact(queries);
    EXPECT_EQ(rows->at(0).texts(0, 0), odd);
    const std::array<db::Query, 1> none{query(kEcho, std::vector<std::string>{})};
    EXPECT_TRUE((co_await connection.transact(none))->at(0).texts(0, 0).empty());
  });
}

TEST(Connection, RefusesTextThatPostgresCannotStoreRatherThanCutIt) {
  with_connection([](db::Connection& connection) -> net::Task<void> {
    static constexpr db::Statement kText{"connection.text", "SELECT $1::text"};
    static constexpr db::Statement kTexts{"connection.texts", "SELECT $1::text[]"};
    const std::string with_nul("a\0b", 3);
    for (const db::Query& bad :
         {query(kText, with_nul), query(kTexts, std::vector<std::string>{"fine", with_nul}), query(kText, "\xff"),
          query(kText, "\xed\xa0\x80"), query(kTexts, std::vector<std::string>{"\xc0\xaf"})}) {
      const std::array<db::Query, 1> queries{bad};
      const auto refused = co_await connection.transact(queries);
      EXPECT_EQ(refused.error().error.code, Code::invalid);
    }
    const std::array<db::Query, 1> after{query(kText, "still works")};
    EXPECT_EQ((co_await connection.transact(after))->at(0).text(0, 0), "still works");
  });
}

TEST(Connection, WhatIsWrongWithARecordIsNotWhatWasAskedFor) {
  with_connection([](db::Connection& connection) -> net::Task<void> {
    static constexpr db::Statement kAsked{"connection.asked", "SELECT 1 / $1::integer"};
    static constexpr db::Statement kRecord{"connection.record", "SELECT 1 / $1::integer", true};
    static constexpr db::Statement kSealed{"connection.sealed", "SELECT tenant_id FROM door.knock(NULL)", true};
    for (const bool changes_tenant : {false, true}) {
      if (changes_tenant) connection.reset_before_next();
      const std::array<db::Query, 2> unrecorded{query(kAsked, 1), query(kRecord, 0)};
      const auto refused = co_await connection.transact(unrecorded);
      EXPECT_EQ(refused.error().error.code, Code::unavailable);
      EXPECT_EQ(refused.error().sqlstate, "") << "whoever looks for one of its own finds none";
    }
    const std::array<db::Query, 2> wrong{query(kAsked, 0), query(kRecord, 1)};
    EXPECT_EQ((co_await connection.transact(wrong)).error().sqlstate, "22012");
    const std::array<db::Query, 2> unsealed{query(kAsked, 1), query(kSealed)};
    EXPECT_EQ((co_await connection.transact(unsealed)).error().error.code, Code::unauthenticated);
    const std::array<db::Query, 2> both{query(kAsked, 1), query(kRecord, 1)};
    EXPECT_TRUE(co_await connection.transact(both));
  });
}

TEST(Connection, ReadsEachTypeAsItWas) {
  with_connection([](db::Connection& connection) -> net::Task<void> {
    static constexpr db::Statement kEcho{
        "connection.echo_again", "SELECT $1::uuid, $2::bigint, $3::boolean, $4::timestamptz, $5::text, $6::integer"};
    const auto id = new_uuid();
    const Time time{1'764'000'000'123'456};
    const std::array<db::Query, 1> queries{query(kEcho, id, INT64_MIN, true, time, std::optional<std::string>(), -7)};
    const auto rows = co_await connection.transact(queries);
    const db::Rows& r = rows->at(0);
    EXPECT_EQ(r.uuid(0, 0), id);
    EXPECT_EQ(r.integer(0, 1), INT64_MIN);
    EXPECT_TRUE(r.boolean(0, 2));
    EXPECT_EQ(r.time(0, 3), time);
    EXPECT_TRUE(r.null(0, 4));
    EXPECT_EQ(r.integer(0, 5), -7);
  });
}

TEST(Connection, CarriesBinaryValuesAsTheyAreAndAnyNumberOfThem) {
  with_connection([](db::Connection& connection) -> net::Task<void> {
    static constexpr db::Statement kEcho{
        "connection.echo_binary",
        "SELECT $1::uuid, $2::integer, $3::integer, $4::text, $5::uuid, encode($6::bytea, 'hex')"};
    const auto id = new_uuid();
    const std::optional<Uuid> nothing;
    db::Query echo{&kEcho, {}};
    db::add_binary(echo, id, INT32_MIN, 7, "\u00e9 \"'\\", nothing, db::Bytes{std::string("\0\xff", 2)});
    const std::array<db::Query, 1> queries{std::move(echo)};
    const auto rows = co_await connection.transact(queries);
    const db::Rows& r = rows->at(0);
    EXPECT_EQ(r.uuid(0, 0), id);
    EXPECT_EQ(r.integer(0, 1), INT32_MIN);
    EXPECT_EQ(r.integer(0, 2), 7);
    EXPECT_EQ(r.text(0, 3), "\u00e9 \"'\\");
    EXPECT_TRUE(r.null(0, 4));
    EXPECT_EQ(r.text(0, 5), "00ff");

    std::string sum = "SELECT $1::integer";
    for (int i = 2; i <= 1000; ++i) sum += " + $" + std::to_string(i);
    const db::Statement of_many{"connection.sum", sum};
    db::Query many{&of_many, {}};
    for (int i = 1; i <= 1000; ++i) db::add_binary(many, i);
    const std::array<db::Query, 1> added{std::move(many)};
    EXPECT_EQ((co_await connection.transact(added))->at(0).integer(0, 0), 500'500);
  });
}

TEST(Connection, RefusesABinaryTextThatPostgresCannotStore) {
  with_connection([](db::Connection& connection) -> net::Task<void> {
    static constexpr db::Statement kText{"connection.binary_text", "SELECT $1::text"};
    for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff")}) {
      db::Query query{&kText, {}};
      db::add_binary(query, bad);
      const std::array<db::Query, 1> queries{std::move(query)};
      const auto refused = co_await connection.transact(queries);
      EXPECT_EQ(refused.error().sqlstate, "22021");
    }
  });
}

TEST(Connection, DoesNotWaitWithoutEndForAServerThatSaysNothing) {
  // Accepts and stays silent, as a host behind a broken network does. Takes as long as the limit is: 5 s.
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent, 1), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  World::shared().run([&](identity::Backend&) -> net::Task<void> {
    const auto opened =
        co_await db::Connection::open("host=localhost user=nobody port=" + std::to_string(ntohs(address.sin_port)));
    EXPECT_EQ(opened.error().code, Code::unavailable);
  });
  const int asked = ::accept(silent, nullptr, nullptr);
  EXPECT_GE(asked, 0) << "it was found by its name";
  ::close(asked);
  ::close(silent);
}

}  // namespace
}  // namespace cordon
