// WebSockets on the wire.
#include <gtest/gtest.h>

#include "support/served.h"

namespace cordon::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::Served;
using testing::Wire;
using testing::WireSocket;

Task<void> repeat(Socket& socket) {
  while (auto text = co_await socket.receive()) socket.send("you said " + *text);
}

/// Accepts an upgrade everywhere and runs `serve` on the socket.
Handler sockets(std::function<Task<void>(Socket&)> serve = repeat) {
  return [serve](Request& request) -> Task<Response> {
    Response response;
    if (!request.upgrade) co_return problem({Code::malformed, "Ask for a WebSocket here.", {}}, request.id);
    response.status = 101;
    response.socket = serve;
    co_return response;
  };
}

TEST(ServerSocket, CarriesTextBothWays) {
  Served served(sockets());
  WireSocket socket(served.port(), "/");
  ASSERT_EQ(socket.status(), 101);
  EXPECT_EQ(socket.refusal().header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  socket.send("hello");
  EXPECT_EQ(socket.receive(), "you said hello");
  socket.send_frame(9, "ping");
  socket.send("still here");
  EXPECT_EQ(socket.receive(), "you said still here");
  EXPECT_EQ(socket.pongs(), 1);
}

TEST(ServerSocket, RefusesABadUpgrade) {
  Served served(sockets());
  EXPECT_EQ(testing::ask(served.port(), "GET", "/").status, 400) << "no upgrade";
  EXPECT_EQ(testing::ask(served.port(), "POST", "/", {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}}).status, 400)
      << "not GET";
  EXPECT_EQ(testing::ask(served.port(), "GET", "/", {{"Connection", "Upgrade"}, {"Upgrade", "h2c"}}).status, 400);
  for (const char* version : {"8", "", "x"}) {
    const auto reply = testing::ask(served.port(), "GET", "/",
                                    {{"Connection", "Upgrade"},
                                     {"Upgrade", "websocket"},
                                     {"Sec-WebSocket-Version", version},
                                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
    EXPECT_GE(reply.status, 400) << "version '" << version << "'";
    EXPECT_LT(reply.status, 500);
  }
  for (const char* key : {"", "short", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="}) {
    const auto reply = testing::ask(served.port(), "GET", "/",
                                    {{"Connection", "Upgrade"},
                                     {"Upgrade", "websocket"},
                                     {"Sec-WebSocket-Version", "13"},
                                     {"Sec-WebSocket-Key", key}});
    EXPECT_EQ(reply.status, 400) << "key '" << key << "'";
  }
}

TEST(ServerSocket, ClosesOnWhatIsNoTextMessage) {
  Served served(sockets(), [](ServerOptions& o) { o.socket_message_bytes = 1000; });
  const auto closed_by = [&](auto send) {
    WireSocket socket(served.port(), "/");
    send(socket);
    return socket.await_close();
  };
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send_frame(2, "bytes"); }), 1003) << "binary";
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send(std::string(1001, 'x')); }), 1009) << "too large";
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send("\xff\xfe"); }), 1007) << "not UTF-8";
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send_frame(1, "unmasked", false); }), 1002);
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send_frame(3, "reserved"); }), 1002);
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send_frame(0, "continues nothing"); }), 1002);
  EXPECT_EQ(closed_by([](WireSocket& s) { s.send_frame(9, std::string(126, 'x')); }), 1002)
      << "a ping of more than 125 bytes";
  WireSocket after(served.port(), "/");
  after.send("hello");
  EXPECT_EQ(after.receive(), "you said hello");
  EXPECT_TRUE(eventually([&] { return served.server().open_sockets() == 1; })) << "none of them is left";
}

TEST(ServerSocket, AnswersACloseAndForgetsTheSocket) {
  Served served(sockets());
  WireSocket socket(served.port(), "/");
  socket.send_frame(8, std::string("\x03\xe8", 2));
  EXPECT_EQ(socket.await_close(), 1000);
  EXPECT_TRUE(
      eventually([&] { return served.server().open_sockets() == 0 && served.server().open_connections() == 0; }));
}

TEST(ServerSocket, PingsASilentPeerAndClosesOnOneThatIsGone) {
  Served served(sockets(), [](ServerOptions& o) { o.ping_time = 300ms; });
  WireSocket answers(served.port(), "/"), gone(served.port(), "/");
  std::jthread reader([&] { EXPECT_EQ(answers.receive(), "you said done"); });
  EXPECT_TRUE(eventually([&] { return served.server().open_sockets() == 1; }))
      << "the one that answers no ping is closed";
  answers.send("done");
  reader.join();
}

TEST(ServerSocket, ClosesOnAReaderThatDoesNotRead) {
  // Says more than the socket may hold back, again and again, to whoever says anything.
  const auto flood = [](Socket& socket) -> Task<void> {
    while (auto text = co_await socket.receive())
      for (int i = 0; i < 200; ++i) socket.send(std::string(100'000, 'x'));
  };
  Served served(sockets(flood), [](ServerOptions& o) { o.write_time = 300ms; });
  WireSocket slow(served.port(), "/", {.receive_buffer = 4096});
  slow.send("go");
  EXPECT_TRUE(eventually([&] { return served.server().open_connections() == 0; })) << "though it never reads";
  WireSocket late(served.port(), "/");
  late.send("go");
  EXPECT_EQ(late.await_close(), 4429) << "one that reads on hears why";
}

TEST(ServerSocket, IsClosedWith1001ByADrain) {
  Served served(sockets());
  WireSocket socket(served.port(), "/");
  socket.send("hello");
  EXPECT_EQ(socket.receive(), "you said hello");
  std::jthread drain([&] { served.server().drain(15s); });
  EXPECT_EQ(socket.await_close(), 1001);
  drain.join();
  EXPECT_EQ(served.server().open_sockets(), 0);
}

TEST(ServerSocket, IsClosedWith1011WhereItsHandlerThrew) {
  Served served(sockets([](Socket&) -> Task<void> {
    throw std::runtime_error("secret detail");
    co_return;
  }));
  WireSocket socket(served.port(), "/");
  EXPECT_EQ(socket.await_close(), 1011);
}

}  // namespace
}  // namespace cordon::net
