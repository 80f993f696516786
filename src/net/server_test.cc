// The server on the wire: TLS, HTTP/1.1, limits, slow clients, draining.
#include <gtest/gtest.h>

#include "support/served.h"

namespace cordon::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::field;
using testing::json_of;
using testing::Served;
using testing::Wire;

/// Says what it was asked: "POST /path?query body".
Task<Response> echo(Request& request) {
  Response response;
  response.content_type = "text/plain";
  response.body =
      std::string(to_string(request.method)) + " " + request.path + "?" + request.query + " " + request.body;
  co_return response;
}

Task<Response> slow(Request& request) {
  co_await sleep(300ms);
  co_return co_await echo(request);
}

Task<Response> big(Request&) {
  Response response;
  response.body.assign(64 << 20, 'x');
  co_return response;
}

TEST(Server, SpeaksTls13AndNothingOlder) {
  Served served(echo);
  EXPECT_EQ(Wire(served.port()).protocol(), "TLSv1.3");
  EXPECT_THROW(Wire(served.port(), {.newest = TLS1_2_VERSION}), std::runtime_error);
  EXPECT_THROW(Wire(served.port(), {.newest = TLS1_1_VERSION}), std::runtime_error);
}

TEST(Server, KeepsAConnectionAndAnswersPipelinedRequestsInOrder) {
  Served served(slow);
  Wire wire(served.port());
  wire.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET /3 "
      "HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(wire.reply()->body, "GET /1? ");
  EXPECT_EQ(wire.reply()->body, "POST /2?q=1 body");
  EXPECT_EQ(wire.reply()->body, "GET /3? ");
  EXPECT_EQ(wire.ask("GET", "/4")->body, "GET /4? ");
}

TEST(Server, ClosesWhenAskedTo) {
  Served served(echo);
  Wire wire(served.port());
  EXPECT_EQ(wire.ask("GET", "/", {{"Connection", "close"}})->header("connection"), "close");
  EXPECT_EQ(wire.rest(), "");
}

TEST(Server, AnswersHttp10AndCloses) {
  Served served(echo);
  Wire wire(served.port());
  wire.send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(wire.reply()->body, "GET /old? ");
  EXPECT_EQ(wire.rest(), "");
}

TEST(Server, TakesTheAbsoluteForm) {
  Served served(echo);
  Wire wire(served.port());
  EXPECT_EQ(wire.ask("GET", "https://shop.example/path?q=2")->body, "GET /path?q=2 ");
  EXPECT_EQ(wire.ask("GET", "https://shop.example")->body, "GET /? ");
}

TEST(Server, AnswersHeadWithoutABody) {
  Served served(echo);
  Wire wire(served.port());
  const auto reply = wire.ask("HEAD", "/");
  EXPECT_EQ(reply->header("content-length"), "8");
  EXPECT_EQ(wire.ask("GET", "/next")->body, "GET /next? ") << "no body stands between the two";
}

TEST(Server, DatesAndHardensEveryAnswer) {
  Served served(echo);
  const auto reply = testing::ask(served.port(), "GET", "/");
  EXPECT_TRUE(reply.header("date").ends_with(" GMT")) << reply.header("date");
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
  EXPECT_TRUE(reply.header("strict-transport-security").starts_with("max-age="));
}

TEST(Server, TakesChunkedBodies) {
  Served served(echo);
  Wire wire(served.port());
  wire.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\nAuthorization: Bearer trailer\r\n\r\n");
  EXPECT_EQ(wire.reply()->body, "POST /? abcdefg");
  EXPECT_EQ(wire.ask("GET", "/next")->body, "GET /next? ");
}

TEST(Server, ATrailerAddsNoHeader) {
  Served served([](Request& request) -> Task<Response> {
    Response response;
    response.body = request.header("authorization").empty() ? "none" : "some";
    co_return response;
  });
  Wire wire(served.port());
  wire.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: Bearer "
      "trailer\r\n\r\n");
  EXPECT_EQ(wire.reply()->body, "none");
}

TEST(Server, TellsAClientThatAsksToSendItsBody) {
  Served served(echo);
  Wire wire(served.port());
  wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.reply()->status, 100);
  wire.send("ab");
  EXPECT_EQ(wire.reply()->body, "POST /? ab");
}

TEST(Server, ClearsAnswersThatHaveNoBodyOfTheirLength) {
  Served served([](Request& request) -> Task<Response> {
    Response response;
    response.status = request.path == "/204" ? 204 : 304;
    co_return response;
  });
  Wire wire(served.port());
  EXPECT_EQ(wire.ask("GET", "/204")->header("content-length"), "");
  EXPECT_EQ(wire.ask("GET", "/304")->header("content-length"), "");
}

void expect_problem(const std::optional<Reply>& reply, int status, std::string_view code) {
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, status) << reply->body;
  EXPECT_EQ(reply->header("content-type"), "application/problem+json");
  const auto problem = json_of(*reply);
  EXPECT_EQ(field(problem, "code"), code);
  EXPECT_EQ(field(problem, "status"), std::to_string(status));
  EXPECT_TRUE(parse_uuid(field(problem, "request_id")).has_value());
  EXPECT_NE(field(problem, "detail"), "");
}

TEST(Server, RefusesAHeaderThatIsTooLarge) {
  Served served(echo, [](ServerOptions& o) { o.header_bytes = 1024; });
  Wire wire(served.port());
  expect_problem(wire.ask("GET", "/", {{"X", std::string(2000, 'x')}}), 431, "header_too_large");
  EXPECT_EQ(wire.rest(), "");
}

TEST(Server, RefusesABodyThatIsTooLarge) {
  Served served(echo, [](ServerOptions& o) { o.body_bytes = 1000; });
  EXPECT_EQ(testing::ask(served.port(), "POST", "/", {}, std::string(1000, 'x')).status, 200);
  Wire sized(served.port());
  expect_problem(sized.ask("POST", "/", {}, std::string(1001, 'x')), 413, "too_large");
  Wire announced(served.port());
  expect_problem(announced.ask("POST", "/", {{"Content-Length", "99999999999"}}), 413, "too_large");
  Wire chunked(served.port());
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') +
               "\r\n1\r\nx\r\n0\r\n\r\n");
  expect_problem(chunked.reply(), 413, "too_large");
}

TEST(Server, TellsAClientThatStillSendsWhyItIsRefused) {
  Served served(echo, [](ServerOptions& o) { o.body_bytes = 1000; });
  Wire wire(served.port());
  // Far more than the socket's buffers hold: were the connection closed at once, a reset would overtake the answer.
  wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + std::string(500'000, 'x'));
  expect_problem(wire.reply(), 413, "too_large");
}

TEST(Server, TellsAHeaderThatDribblesThatItIsTooSlow) {
  Served served(echo, [](ServerOptions& o) { o.request_time = 300ms; });
  Wire wire(served.port());
  wire.send("GET / HTTP/1.1\r\nHost: a\r\n");
  std::jthread dribble([&] {
    while (served.server().open_connections() > 0 && wire.send("X: y\r\n")) std::this_thread::sleep_for(50ms);
  });
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 0; }));
  dribble.join();
  expect_problem(wire.reply(), 408, "timeout");
}

TEST(Server, TellsWhoseRequestDoesNotComeThatItIsTooSlow) {
  Served served(echo, [](ServerOptions& o) { o.request_time = 300ms; });
  for (const char* begun :
       {"G", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    SCOPED_TRACE(begun);
    Wire wire(served.port());
    wire.send(begun);
    const auto reply = wire.reply();
    expect_problem(reply, 408, "timeout");
    EXPECT_EQ(reply->header("connection"), "close");
    EXPECT_EQ(wire.rest(), "");
  }
}

TEST(Server, CountsTheTimeOfRequestsOnly) {
  Served served(slow, [](ServerOptions& o) { o.request_time = 100ms; });
  Wire wire(served.port());
  EXPECT_EQ(wire.ask("GET", "/1")->body, "GET /1? ") << "what the handler takes is no part of it";
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(wire.ask("GET", "/2")->body, "GET /2? ") << "nor is what passes between two";
}

TEST(Server, ClosesAnIdleConnection) {
  Served served(echo, [](ServerOptions& o) { o.idle_time = 300ms; });
  Wire wire(served.port());
  EXPECT_EQ(wire.ask("GET", "/")->status, 200);
  EXPECT_EQ(wire.rest(), "");
}

TEST(Server, ClosesOnAHandshakeThatDoesNotCome) {
  Served served(echo, [](ServerOptions& o) { o.handshake_time = 300ms; });
  const testing::Silent silent(served.port());
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 1; }));
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 0; }));
}

TEST(Server, ClosesOnAReaderThatDoesNotRead) {
  Served served(big, [](ServerOptions& o) { o.write_time = 300ms; });
  Wire wire(served.port(), {.receive_buffer = 4096});
  wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 0; }));
}

TEST(Server, HoldsNoMoreConnectionsThanItsLimit) {
  Served served(echo, [](ServerOptions& o) { o.connections = 2; });
  {
    Wire one(served.port()), two(served.port());
    EXPECT_THROW(Wire three(served.port()), std::runtime_error);
    EXPECT_EQ(one.ask("GET", "/")->status, 200);
  }
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 0; }));
  EXPECT_EQ(testing::ask(served.port(), "GET", "/").status, 200);
}

TEST(Server, HoldsNoMoreConnectionsOfOneAddressThanItsShare) {
  Served served(echo, [](ServerOptions& o) { o.connections_of_address = 2; });
  {
    Wire one(served.port()), two(served.port());
    EXPECT_THROW(Wire three(served.port()), std::runtime_error);
    EXPECT_EQ(Wire(served.port(), {.from = "127.0.0.2"}).ask("GET", "/")->status, 200);
    EXPECT_EQ(one.ask("GET", "/")->status, 200);
  }
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 0; }));
  EXPECT_EQ(testing::ask(served.port(), "GET", "/").status, 200);
}

TEST(Server, AnswersNoMoreRequestsAtOnceThanItsLimit) {
  std::atomic<int> inside{0};
  std::atomic<bool> released{false};
  Served served(
      [&](Request& request) -> Task<Response> {
        ++inside;
        while (!released) co_await sleep(10ms);
        co_return co_await echo(request);
      },
      [](ServerOptions& o) { o.requests = 1; });
  Wire first(served.port());
  first.send("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return inside == 1; }));
  Wire second(served.port());
  const auto refused = second.ask("GET", "/");
  expect_problem(refused, 503, "unavailable");
  EXPECT_EQ(refused->header("retry-after"), "1");
  released = true;
  EXPECT_EQ(first.reply()->status, 200);
  EXPECT_EQ(second.ask("GET", "/")->status, 200) << "the connection itself goes on";
}

TEST(Server, HidesWhatAHandlerThrew) {
  Served served([](Request& request) -> Task<Response> {
    if (request.path == "/fine") co_return co_await echo(request);
    throw std::runtime_error("secret detail");
  });
  Wire wire(served.port());
  const auto reply = wire.ask("GET", "/");
  expect_problem(reply, 500, "internal");
  EXPECT_EQ(reply->body.find("secret"), std::string::npos);
  EXPECT_EQ(wire.ask("GET", "/fine")->status, 200) << "the connection goes on";
}

TEST(ServerDrain, FinishesWhatIsUnderWayAndClosesTheRest) {
  std::atomic<int> inside{0};
  Served served([&](Request& request) -> Task<Response> {
    ++inside;
    co_return co_await slow(request);
  });
  Wire idle(served.port()), busy(served.port());
  busy.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return inside == 1; }));
  std::jthread drain([&] { served.server().drain(15s); });
  const auto reply = busy.reply();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->body, "GET /busy? ");
  EXPECT_EQ(reply->header("connection"), "close");
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(busy.rest(), "");
  drain.join();
  EXPECT_EQ(served.server().open_connections(), 0);
  EXPECT_THROW(Wire late(served.port()), std::runtime_error);
}

bool refuses(uint16_t port) {
  try {
    Wire late(port);
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

TEST(ServerDrain, DeliversAnAnswerThatIsBeingWritten) {
  Served served(big);
  Wire wire(served.port(), {.receive_buffer = 64 * 1024});
  wire.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(wire.take(1000).has_value());
  std::jthread drain([&] { served.server().drain(15s); });
  EXPECT_TRUE(eventually([&] { return refuses(served.port()); })) << "the drain has begun";
  EXPECT_GT(1000 + wire.rest().size(), 64u << 20) << "the whole answer";
  drain.join();
}

TEST(ServerDrain, LetsARequestArriveThatHasBegun) {
  Served served(echo);
  Wire wire(served.port());
  EXPECT_EQ(wire.ask("GET", "/")->status, 200);
  wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  std::this_thread::sleep_for(100ms);
  std::jthread drain([&] { served.server().drain(15s); });
  EXPECT_TRUE(eventually([&] { return refuses(served.port()); })) << "the drain has begun";
  wire.send("cd");
  const auto reply = wire.reply();
  drain.join();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->body, "POST /? abcd");
}

}  // namespace
}  // namespace cordon::net
