// The server's end of a WebSocket; included by server.cc only.
#pragma once
#include <deque>

#include "net/beast.h"
#include "net/server.h"

namespace cordon::net {

/// A WebSocket on a session's stream. Reads in the handler's coroutine, writes from a queue of its own.
struct ServerSocket : Socket {
  ServerSocket(TlsStream& stream, const ServerOptions& o) : ws(stream), options(o) {
    ws.read_message_max(options.socket_message_bytes);
    // A silent peer is pinged after half of the idle time.
    ws.set_option(websocket::stream_base::timeout{options.handshake_time, 2 * options.ping_time, true});
    websocket::permessage_deflate none;
    none.server_enable = false;
    ws.set_option(none);
    ws.text(true);
  }

  WebSocketStream ws;
  const ServerOptions& options;
  size_t waiting = 0;
  std::deque<std::string> queue;
  bool writing = false, closing = false, watched = false;
  int close_code = 1000;
  std::string close_reason;
  Signal idle;

  Task<std::optional<std::string>> receive() override {
    beast::flat_buffer message;
    const ErrorCode ec = co_await io([&](auto done) { ws.async_read(message, done); });
    if (ec || closing) co_return std::nullopt;
    if (!ws.got_text()) {
      close(1003, "text only");
      co_return std::nullopt;
    }
    co_return beast::buffers_to_string(message.data());
  }

  void send(std::string text) override {
    if (closing) return;
    waiting += text.size();
    if (waiting > options.socket_backlog_bytes) {
      queue.clear();
      return close(4429, "reads too slowly");
    }
    queue.push_back(std::move(text));
    start();
  }

  void close(int code, std::string_view why) override {
    if (closing) return;
    closing = true;
    close_code = code;
    close_reason = why;
    start();
    if (writing && !std::exchange(watched, true)) Reactor::current().spawn(hurry());
  }

  void start() {
    if (!writing) Reactor::current().spawn(flush());
  }

  Task<void> flush() {
    writing = true;
    while (!queue.empty()) {
      const std::string text = std::move(queue.front());
      queue.pop_front();
      const ErrorCode ec = co_await io([&](auto done) { ws.async_write(asio::buffer(text), done); });
      waiting -= std::min(waiting, text.size());
      if (ec) {
        queue.clear();
        closing = true;
      }
    }
    if (closing && ws.is_open()) {
      const websocket::close_reason why(static_cast<websocket::close_code>(close_code), close_reason);
      co_await io([&](auto done) { ws.async_close(why, done); });
    }
    writing = false;
    idle.notify();
  }

  /// A peer that does not read would hold the last words, and with them the connection, for ever.
  Task<void> hurry() {
    const auto until = std::chrono::steady_clock::now() + options.write_time;
    while (writing && std::chrono::steady_clock::now() < until) co_await idle.wait(std::chrono::seconds(1));
    if (writing) beast::get_lowest_layer(ws).close();
    watched = false;
    idle.notify();
  }

  /// After the handler: waits until nothing of ours is under way on the stream.
  Task<void> finish() {
    if (!closing) close(1000, "");
    while (writing || watched) co_await idle.wait(std::chrono::seconds(1));
  }
};

}  // namespace cordon::net
