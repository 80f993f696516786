// Keys of session tickets, by themselves and on the wire: who resumes, for how long, and who gets a full handshake.
#include "net/ticket_keys.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <fstream>
#include <set>

#include "support/openssl.h"
#include "support/served.h"

namespace cordon::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::greet;
using testing::openssl;
using testing::Served;
using testing::TemporaryFolder;
using testing::Wire;

/// A clock that a test turns.
struct Turned {
  std::atomic<std::chrono::seconds> now{1000s};
  TicketClock clock() {
    return [this] { return std::chrono::steady_clock::time_point(now.load()); };
  }
  void wait(std::chrono::seconds time) { now = now.load() + time; }
};

TEST(TicketKeys, AKeySealsForItsTimeAndOpensForAsLongAgain) {
  Turned turned;
  TicketKeys keys(turned.clock());
  const TicketKey first = keys.sealing();
  turned.wait(kTicketLife - 1s);
  EXPECT_EQ(keys.sealing().name, first.name);
  EXPECT_FALSE(keys.opening(first.name)->old);
  turned.wait(1s);
  EXPECT_NE(keys.sealing().name, first.name);
  EXPECT_TRUE(keys.opening(first.name)->old);
  EXPECT_EQ(keys.opening(first.name)->key.encrypts, first.encrypts);
  turned.wait(kTicketLife - 1s);
  EXPECT_TRUE(keys.opening(first.name));
  turned.wait(1s);
  EXPECT_FALSE(keys.opening(first.name));
}

TEST(TicketKeys, AKeyEndsOnTimeThoughNobodyAskedForTheNext) {
  Turned turned;
  TicketKeys keys(turned.clock());
  const TicketKey first = keys.sealing();
  turned.wait(2 * kTicketLife);
  EXPECT_FALSE(keys.opening(first.name));
}

TEST(TicketKeys, NothingOfAKeyIsInTheNext) {
  Turned turned;
  TicketKeys keys(turned.clock());
  const TicketKey first = keys.sealing();
  turned.wait(kTicketLife);
  const TicketKey next = keys.sealing();
  EXPECT_NE(next.name, first.name);
  EXPECT_NE(next.encrypts, first.encrypts);
  EXPECT_NE(next.proves, first.proves);
  EXPECT_NE(next.encrypts, next.proves);
}

TEST(TicketKeys, OpensNothingUnderANameThatItDidNotGive) {
  TicketKeys keys;
  EXPECT_FALSE(keys.opening(TicketKeys().sealing().name));
}

using Session = std::shared_ptr<SSL_SESSION>;

/// A server whose clock is turned.
struct Timed : Turned {
  Served served{greet, [this](ServerOptions& o) { o.ticket_clock = clock(); }};

  /// A session with a ticket, after a full handshake.
  Session session() const { return visit({}).second; }
  /// Whether the server takes the session up. Either way it has to answer.
  bool resumes(const Session& session) const { return visit(session).first; }
  /// Both: and the session as it is afterwards, with the ticket that the server gave.
  std::pair<bool, Session> visit(const Session& session) const {
    Wire wire(served.port(), {.session = session});
    EXPECT_EQ(wire.ask("GET", "/")->status, 200);
    return {wire.resumed(), wire.session()};
  }
};

TEST(SessionTicket, ResumesASession) {
  Timed server;
  const auto session = server.session();
  EXPECT_TRUE(server.resumes(session));
  EXPECT_FALSE(server.resumes({}));
}

TEST(SessionTicket, SaysHowLongItLastsAndTakesNoEarlyData) {
  const auto session = Timed().session();
  EXPECT_EQ(SSL_SESSION_get_ticket_lifetime_hint(session.get()), static_cast<unsigned long>(kTicketLife.count()));
  EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0u);
}

TEST(SessionTicket, ResumesAfterOneChangeOfKeysAndNotAfterTwo) {
  Timed server;
  const auto session = server.session();
  server.wait(kTicketLife);
  EXPECT_TRUE(server.resumes(session));
  server.wait(kTicketLife);
  EXPECT_FALSE(server.resumes(session));
}

TEST(SessionTicket, IsRenewedUnderTheNewKey) {
  Timed server;
  const auto session = server.session();
  server.wait(kTicketLife);
  const auto [resumed, renewed] = server.visit(session);
  EXPECT_TRUE(resumed);
  server.wait(kTicketLife);
  EXPECT_FALSE(server.resumes(session));
  EXPECT_TRUE(server.resumes(renewed));
}

TEST(SessionTicket, OfAnotherServerMeansAFullHandshake) {
  Timed server, other;
  EXPECT_FALSE(server.resumes(other.session()));
}

/// The session with one bit of its ticket turned.
Session forged(SSL_SESSION* session, size_t at) {
  const uint8_t* ticket = nullptr;
  size_t length = 0;
  SSL_SESSION_get0_ticket(session, &ticket, &length);
  std::vector<uint8_t> bytes(static_cast<size_t>(i2d_SSL_SESSION(session, nullptr)));
  uint8_t* out = bytes.data();
  i2d_SSL_SESSION(session, &out);
  const auto found = std::search(bytes.begin(), bytes.end(), ticket, ticket + length);
  if (found == bytes.end() || at >= length) throw std::runtime_error("there is no such ticket");
  found[static_cast<std::ptrdiff_t>(at)] ^= 1;
  const uint8_t* in = bytes.data();
  return {d2i_SSL_SESSION(nullptr, &in, static_cast<long>(bytes.size())), SSL_SESSION_free};
}

TEST(SessionTicket, ThatIsForgedMeansAFullHandshake) {
  Timed server;
  const auto session = server.session();
  const uint8_t* ticket = nullptr;
  size_t length = 0;
  SSL_SESSION_get0_ticket(session.get(), &ticket, &length);
  ASSERT_GT(length, 80u);
  for (const size_t at : {size_t{0}, size_t{16}, size_t{40}, length - 1})  // name, vector, session, proof
    EXPECT_FALSE(server.resumes(forged(session.get(), at))) << at;
  EXPECT_TRUE(server.resumes(session));
}

TEST(SessionTicket, EndsWithTheCertificateThatTheSessionBeganWith) {
  Timed server;
  const auto session = server.session();
  ASSERT_TRUE(server.served.server().reload());
  EXPECT_FALSE(server.resumes(session));
  EXPECT_TRUE(server.resumes(server.session()));
}

TEST(SessionTicket, ResumesOnWhateverReactorTheNextConnectionIs) {
  const TemporaryFolder folder;
  ServerOptions options;
  options.port = 0;
  options.tls = testing::must(self_signed(folder.path()));
  std::mutex mutex;
  std::set<Reactor*> seen;
  const auto note = [&](Request& request) -> Task<Response> {
    {
      const std::lock_guard lock(mutex);
      seen.insert(&Reactor::current());
    }
    co_return co_await greet(request);
  };
  Reactor one, two;
  Server server(options, {&one, &two}, note);
  std::thread first([&] { one.run(); }), second([&] { two.run(); });
  Session session;
  int visits = 0, resumed = 0;
  // The kernel deals the connections out by their ports.
  EXPECT_TRUE(eventually([&] {
    Wire wire(server.port(), {.session = session});
    wire.ask("GET", "/");
    resumed += wire.resumed() ? 1 : 0;
    ++visits;
    session = wire.session();
    const std::lock_guard lock(mutex);
    return seen.size() == 2 && visits > 10;
  }));
  EXPECT_EQ(resumed, visits - 1);
  server.drain(10s);
  one.stop();
  two.stop();
  first.join();
  second.join();
}

TEST(SessionTicket, OpensslResumes) {
  Timed server;
  const TemporaryFolder folder;
  const std::string request = folder.path() / "request", kept = folder.path() / "session";
  std::ofstream(request) << "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const auto connect = [&](const std::string& more) {
    const std::string at = std::to_string(server.served.port());
    return openssl("s_client -connect 127.0.0.1:" + at + " -ign_eof " + more + kept + " < " + request).output;
  };
  EXPECT_NE(connect("-sess_out ").find("New, TLSv1.3"), std::string::npos);
  EXPECT_NE(connect("-sess_in ").find("Reused, TLSv1.3"), std::string::npos);
  server.wait(2 * kTicketLife);
  EXPECT_NE(connect("-sess_in ").find("New, TLSv1.3"), std::string::npos);
}

}  // namespace
}  // namespace cordon::net
