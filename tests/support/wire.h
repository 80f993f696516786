// A client that says exactly the bytes it is told, over TLS, and blocks: for what no proper client would send, and for
// tests that read top to bottom.
#pragma once
#include <openssl/ssl.h>

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/client.h"

namespace cordon::testing {

struct WireOptions {
  int newest = TLS1_3_VERSION;             ///< the newest TLS version to offer
  int receive_buffer = 0;                  ///< bytes that the kernel may hold for us; 0 leaves it alone
  std::chrono::seconds patience{15};       ///< after which a test that waits has failed
  std::filesystem::path own;               ///< a certificate and its key, to show if asked for one
  std::shared_ptr<SSL_SESSION> session{};  ///< to resume
  const char* from = nullptr;              ///< an address of this machine's to come from, as 127.0.0.2
};

/// One TLS connection to 127.0.0.1. The certificate is not checked: it is not what these tests are about.
class Wire {
 public:
  /// Throws if the server does not take the connection or the handshake.
  explicit Wire(uint16_t port, WireOptions options = {});
  ~Wire();
  Wire(const Wire&) = delete;

  /// False once the server is gone.
  bool send(std::string_view bytes);
  /// The next response; nullopt if the server closes instead. Throws if nothing comes, or bytes that are no HTTP.
  std::optional<net::Reply> reply(bool head = false);
  /// A well-formed request and its answer.
  std::optional<net::Reply> ask(std::string_view method, std::string_view target, std::vector<net::Header> headers = {},
                                std::string_view body = {});
  /// Waits until the server has closed, reading what it still says. Throws if it does not.
  std::string rest();
  /// At least `count` bytes, or nullopt if the server closes first.
  std::optional<std::string> take(size_t count);
  std::string_view protocol() const;
  /// Whether the server took up the session of the options.
  bool resumed() const;
  /// The TLS session as it is now, for a later connection.
  std::shared_ptr<SSL_SESSION> session() const;
  /// SHA-256 of the certificate that the server has shown, in hexadecimal.
  std::string certificate() const;

 private:
  bool more();

  struct Free {
    void operator()(SSL* p) const { SSL_free(p); }
    void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  };
  int fd_ = -1;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> tls_;
  std::string unread_;
};

/// A TCP connection on which nothing is ever said.
class Silent {
 public:
  explicit Silent(uint16_t port);
  ~Silent();
  Silent(const Silent&) = delete;

 private:
  int fd_;
};

/// One request on a connection of its own; throws if there is no answer.
net::Reply ask(uint16_t port, std::string_view method, std::string_view target, std::vector<net::Header> headers = {},
               std::string_view body = {});

/// The answer's body as JSON; throws if it is none.
boost::json::value json_of(const net::Reply& reply);
/// A member of an object as text, "" where there is none; of numbers, their digits.
std::string field(const boost::json::value& object, std::string_view name);

using Frame = boost::json::value;

/// A WebSocket, spoken frame by frame.
class WireSocket {
 public:
  /// Asks for the upgrade; status() tells how it went.
  WireSocket(uint16_t port, std::string_view target, WireOptions options = {});
  int status() const { return refusal_.status; }
  const net::Reply& refusal() const { return refusal_; }

  bool send(std::string_view text) { return send_frame(1, text); }
  bool send_frame(int opcode, std::string_view payload, bool masked = true);
  /// The next text frame, answering pings on the way; nullopt once the server has closed, and close_code() says why.
  std::optional<std::string> receive();
  /// Reads until a frame of `type` that `wanted` likes; throws if the socket closes first.
  Frame await(std::string_view type, std::function<bool(const Frame&)> wanted = {});
  /// Reads until the server closes; the close code, 0 if there was none.
  int await_close();
  /// The same, of a socket that its server was told to close: throws if it closes so late that the server may have
  /// found out by asking, as it does every half minute (LiveSession::patience()). What it really takes is for
  /// `make bench` to say.
  int await_close_at_once();
  int close_code() const { return close_code_; }
  /// Pongs that came.
  int pongs() const { return pongs_; }

 private:
  Wire wire_;
  net::Reply refusal_;
  int close_code_ = 0, pongs_ = 0;
};

/// A shopper's browser on a page of a shop.
struct Shopper {
  uint16_t port = 0;
  std::string shop, visitor_id, secret, token, ticket;
};
/// Opens a visit; with `secret`, as the shopper who was there before. Throws if refused.
Shopper visit(uint16_t port, const std::string& shop, const std::string& secret = {});
/// The shopper's socket. Gets a new ticket first if the last one was used up.
std::unique_ptr<WireSocket> open_chat(Shopper& shopper, int64_t after = 0);
/// What the widget sends to say something.
std::string say(std::string_view client_id, std::string_view text);

}  // namespace cordon::testing
