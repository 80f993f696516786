// Requests that no proper client sends: each gets a clear 4xx, reaches no handler, and harms nobody else.
#include <gtest/gtest.h>

#include "support/served.h"

namespace cordon::net {
namespace {

using namespace std::string_literals;

struct Hostile {
  const char* what;
  std::string bytes;
};

const std::string kHost = "Host: a\r\n";
// What a front server would take for a body and a naive one for the next request.
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

std::vector<Hostile> hostile_requests() {
  const auto post = [](const std::string& fields, const std::string& body) {
    return "POST / HTTP/1.1\r\n" + kHost + fields + "\r\n" + body;
  };
  return {
      {"no HTTP at all", "\x16\x03\x01\x02\x00\x01garbage\r\n\r\n"s},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"a later version", "GET / HTTP/1.2\r\n" + kHost + "\r\n"},
      {"a version of two digits", "GET / HTTP/11.1\r\n" + kHost + "\r\n"},
      {"no method", " / HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a method with a bad character", "G\x01T / HTTP/1.1\r\n" + kHost + "\r\n"},
      {"two spaces before the target", "GET  / HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a space inside the target", "GET /a b HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a tab between method and target", "GET\t/ HTTP/1.1\r\n" + kHost + "\r\n"},
      {"no target", "GET HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a relative target", "GET path HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a target of another scheme", "GET ftp://a/ HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a tunnel", "CONNECT a:443 HTTP/1.1\r\n" + kHost + "\r\n"},
      {"an asterisk for another method", "GET * HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a fragment", "GET /#x HTTP/1.1\r\n" + kHost + "\r\n"},
      {"NUL in the target", "GET /a\0b HTTP/1.1\r\n"s + kHost + "\r\n"},
      {"bytes in the target that are no UTF-8", "GET /\xff\xfe HTTP/1.1\r\n" + kHost + "\r\n"},
      {"UTF-8 in the target", "GET /caf\xc3\xa9 HTTP/1.1\r\n" + kHost + "\r\n"},
      {"a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
      {"bare LFs everywhere", "GET / HTTP/1.1\nHost: a\n\n"},
      {"a bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\n" + kHost + "Host: b\r\n\r\n"},
      {"a space before the colon", "GET / HTTP/1.1\r\n" + kHost + "X : y\r\n\r\n"},
      {"a field without a name", "GET / HTTP/1.1\r\n" + kHost + ": y\r\n\r\n"},
      {"a field without a colon", "GET / HTTP/1.1\r\n" + kHost + "nonsense\r\n\r\n"},
      {"a folded first field", "GET / HTTP/1.1\r\n X: y\r\n" + kHost + "\r\n"},
      {"NUL in a field's value", "GET / HTTP/1.1\r\n" + kHost + "X: a\0b\r\n\r\n"s},
      {"NUL in a field's name", "GET / HTTP/1.1\r\n" + kHost + "X\0: y\r\n\r\n"s},
      {"a bare CR in a field's value", "GET / HTTP/1.1\r\n" + kHost + "X: a\rb\r\n\r\n"},
      {"an expectation nobody knows", post("Expect: miracles\r\nContent-Length: 1\r\n", "x")},
      {"a negative length", post("Content-Length: -1\r\n", "x")},
      {"a length with a sign", post("Content-Length: +1\r\n", "x")},
      {"a length in hexadecimal", post("Content-Length: 0x1\r\n", "x")},
      {"a length that is a word", post("Content-Length: one\r\n", "x")},
      {"an empty length", post("Content-Length:\r\n", "x")},
      {"a length past 64 bits", post("Content-Length: 99999999999999999999999\r\n", "x")},
      {"two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx")},
      {"two lengths in one", post("Content-Length: 1, 2\r\n", "xx")},
      {"a length and chunks", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSmuggled)},
      {"chunks and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + kSmuggled)},
      {"an encoding that is not chunked", post("Transfer-Encoding: gzip\r\n", kSmuggled)},
      {"no encoding, said aloud", post("Transfer-Encoding: identity\r\n", kSmuggled)},
      {"an encoding that is nearly chunked", post("Transfer-Encoding: xchunked\r\n", kSmuggled)},
      {"chunked, but not last", post("Transfer-Encoding: chunked, gzip\r\n", kSmuggled)},
      {"compressed chunks", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunked twice in one", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"an encoding in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n" + kSmuggled)},
      {"an encoding and a length", post("Transfer-Encoding: identity\r\nContent-Length: 0\r\n", kSmuggled)},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"a chunk whose size is no number", post("Transfer-Encoding: chunked\r\n", "z\r\nx\r\n0\r\n\r\n")},
      {"a chunk of a negative size", post("Transfer-Encoding: chunked\r\n", "-1\r\nx\r\n0\r\n\r\n")},
      {"a chunk past 64 bits", post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nx\r\n0\r\n\r\n")},
      {"a chunk longer than its size", post("Transfer-Encoding: chunked\r\n", "1\r\nxyz\r\n0\r\n\r\n")},
      {"a chunk with bare LFs", post("Transfer-Encoding: chunked\r\n", "1\nx\n0\n\n")},
      {"a trailer that is no field", post("Transfer-Encoding: chunked\r\n", "0\r\nnonsense\r\n\r\n")},
      {"a trailer with a length", post("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 5\r\n\r\n")},
  };
}

TEST(HostileBytes, GetAClear4xxAndReachNoHandler) {
  std::atomic<int> handled{0};
  testing::Served served(
      [&](Request& request) -> Task<Response> {
        Response response;
        if (request.path != "/fine") ++handled;
        co_return response;
      },
      [](ServerOptions& o) { o.request_time = std::chrono::milliseconds(500); });
  for (const auto& [what, bytes] : hostile_requests()) {
    SCOPED_TRACE(what);
    testing::Wire wire(served.port());
    wire.send(bytes);
    // To what could be the beginning of a request, 408.
    const Reply reply = wire.reply().value_or(Reply{});
    EXPECT_GE(reply.status, 400) << "or it was closed without a word";
    EXPECT_LT(reply.status, 500);
    EXPECT_EQ(reply.header("content-type"), "application/problem+json");
    EXPECT_EQ(reply.header("connection"), "close");
    EXPECT_EQ(wire.rest(), "") << "nothing after it is answered";
    EXPECT_EQ(handled.exchange(0), 0);
    EXPECT_EQ(testing::ask(served.port(), "GET", "/fine").status, 200) << "the server goes on";
  }
}

TEST(HostileBytes, AFoldedFieldIsOneFieldOrRefused) {
  testing::Served served([](Request& request) -> Task<Response> {
    Response response;
    response.body = request.header("x");
    EXPECT_TRUE(request.header("transfer-encoding").empty());
    co_return response;
  });
  testing::Wire wire(served.port());
  // RFC 9112 section 5.2: the fold reads as a space, or the request is refused.
  wire.send("GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n Transfer-Encoding: chunked\r\n\r\n");
  const auto reply = wire.reply();
  ASSERT_TRUE(reply.has_value());
  if (reply->status == 200) EXPECT_EQ(reply->body, "one Transfer-Encoding: chunked");
  else EXPECT_EQ(reply->status, 400);
}

}  // namespace
}  // namespace cordon::net
