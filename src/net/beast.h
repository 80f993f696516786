// Beast and TLS behind coroutines; included by this folder's server and client only.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "net/task.h"

namespace cordon::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using ErrorCode = boost::system::error_code;
// The concrete executor: the polymorphic one costs a third of the requests a second.
using Executor = asio::io_context::executor_type;
using TcpStream = beast::basic_stream<asio::ip::tcp, Executor>;
/// A type of our own, so that Beast finds the async_teardown() below.
struct TlsStream : asio::ssl::stream<TcpStream> {
  using asio::ssl::stream<TcpStream>::stream;
};
using WebSocketStream = websocket::stream<TlsStream&, true>;

/// What ends a WebSocket's connection. Beast's own waits for the peer's close_notify for as long as the peer likes.
template <class Handler>
void async_teardown(beast::role_type, TlsStream& stream, Handler&& handler) {
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(2));
  stream.async_shutdown(std::forward<Handler>(handler));
}

/// Awaits any asynchronous operation that completes with (error) or (error, size): `co_await io([&](auto done) {
/// start(done); })`.
template <class Start>
struct Io {
  explicit Io(Start s) : start(std::move(s)) {}
  Start start;
  ErrorCode error;
  std::size_t size = 0;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    start([this, h](ErrorCode ec, std::size_t n = 0) {
      error = ec;
      size = n;
      h.resume();
    });
  }
  ErrorCode await_resume() const noexcept { return error; }
};

template <class Start>
Io<Start> io(Start start) {
  return Io<Start>(std::move(start));
}

}  // namespace cordon::net
