#include "support/wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <csignal>
#include <stdexcept>

#include "base/json.h"
#include "base/random.h"

namespace cordon::testing {

static bool connect_to(int fd, uint16_t port, const char* from = nullptr) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  if (from && ::inet_pton(AF_INET, from, &at.sin_addr) != 1) return false;
  if (from && ::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return false;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

Silent::Silent(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!connect_to(fd_, port)) throw std::runtime_error("no connection");
}

Silent::~Silent() { ::close(fd_); }

Wire::Wire(uint16_t port, WireOptions options) : context_(SSL_CTX_new(TLS_client_method())) {
  std::signal(SIGPIPE, SIG_IGN);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{static_cast<time_t>(options.patience.count()), 0};
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options.receive_buffer)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof options.receive_buffer);
  bool ok = connect_to(fd_, port, options.from);
  SSL_CTX_set_max_proto_version(context_.get(), options.newest);
  if (!options.own.empty())
    ok = ok && SSL_CTX_use_certificate_chain_file(context_.get(), options.own.c_str()) == 1 &&
         SSL_CTX_use_PrivateKey_file(context_.get(), options.own.c_str(), SSL_FILETYPE_PEM) == 1;
  tls_.reset(SSL_new(context_.get()));
  if (options.session) SSL_set_session(tls_.get(), options.session.get());
  SSL_set_fd(tls_.get(), fd_);
  ERR_clear_error();
  ok = ok && SSL_connect(tls_.get()) == 1;
  if (ok) return;
  ::close(fd_);
  throw std::runtime_error("the server refuses the connection");
}

Wire::~Wire() { ::close(fd_); }

bool Wire::send(std::string_view bytes) {
  ERR_clear_error();
  return bytes.empty() || SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

/// Reads some more into unread_; false if the server has closed.
bool Wire::more() {
  char buffer[16 * 1024];
  ERR_clear_error();
  const int got = SSL_read(tls_.get(), buffer, sizeof buffer);
  if (got > 0) {
    unread_.append(buffer, static_cast<size_t>(got));
    return true;
  }
  if (SSL_get_error(tls_.get(), got) == SSL_ERROR_WANT_READ) throw std::runtime_error("the server says nothing");
  return false;
}

std::optional<std::string> Wire::take(size_t count) {
  while (unread_.size() < count)
    if (!more()) return std::nullopt;
  std::string taken = unread_.substr(0, count);
  unread_.erase(0, count);
  return taken;
}

std::string Wire::rest() {
  while (more()) {}
  return std::exchange(unread_, {});
}

std::optional<net::Reply> Wire::reply(bool head) {
  size_t end;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return std::nullopt;
  const std::string header = *take(end + 4);
  net::Reply reply;
  if (!header.starts_with("HTTP/1.1 ")) throw std::runtime_error("this is not HTTP: " + header);
  reply.status = std::stoi(header.substr(9, 3));
  for (size_t at = header.find("\r\n") + 2; at + 2 < header.size();) {
    const size_t line = header.find("\r\n", at), colon = header.find(": ", at);
    reply.headers.emplace_back(header.substr(at, colon - at), header.substr(colon + 2, line - colon - 2));
    at = line + 2;
  }
  const auto length = reply.header("content-length");
  if (head || length.empty()) return reply;
  auto body = take(std::stoul(std::string(length)));
  if (!body) throw std::runtime_error("the answer was cut off");
  reply.body = std::move(*body);
  return reply;
}

std::optional<net::Reply> Wire::ask(std::string_view method, std::string_view target, std::vector<net::Header> headers,
                                    std::string_view body) {
  std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!body.empty()) headers.insert(headers.begin(), {"Content-Length", std::to_string(body.size())});
  const bool typed =
      std::any_of(headers.begin(), headers.end(), [](const auto& h) { return h.first == "Content-Type"; });
  if (!body.empty() && !typed) headers.emplace_back("Content-Type", "application/json");
  for (const auto& h : headers) request += h.first + ": " + h.second + "\r\n";
  send(request + "\r\n" + std::string(body));
  return reply(method == "HEAD");
}

std::string_view Wire::protocol() const { return SSL_get_version(tls_.get()); }

bool Wire::resumed() const { return SSL_session_reused(tls_.get()) == 1; }

// A copy: OpenSSL lets no session be resumed whose connection was closed as abruptly as ~Wire() does it.
std::shared_ptr<SSL_SESSION> Wire::session() const {
  return {SSL_SESSION_dup(SSL_get0_session(tls_.get())), SSL_SESSION_free};
}

std::string Wire::certificate() const {
  std::array<uint8_t, 32> digest;
  X509_digest(SSL_get0_peer_certificate(tls_.get()), EVP_sha256(), digest.data(), nullptr);
  return to_hex(digest);
}

net::Reply ask(uint16_t port, std::string_view method, std::string_view target, std::vector<net::Header> headers,
               std::string_view body) {
  Wire wire(port);
  auto reply = wire.ask(method, target, std::move(headers), body);
  if (!reply) throw std::runtime_error("no answer to " + std::string(method) + " " + std::string(target));
  return *reply;
}

boost::json::value json_of(const net::Reply& reply) {
  boost::system::error_code ec;
  auto value = boost::json::parse(reply.body, ec);
  if (ec) throw std::runtime_error("status " + std::to_string(reply.status) + ", not JSON: " + reply.body);
  return value;
}

std::string field(const boost::json::value& object, std::string_view name) {
  const auto* all = object.if_object();
  const auto* found = all ? all->if_contains(name) : nullptr;
  if (!found) return {};
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

WireSocket::WireSocket(uint16_t port, std::string_view target, WireOptions options) : wire_(port, options) {
  auto reply = wire_.ask("GET", target,
                         {{"Connection", "Upgrade"},
                          {"Upgrade", "websocket"},
                          {"Sec-WebSocket-Version", "13"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  if (reply) refusal_ = std::move(*reply);
}

// RFC 6455 section 5.2.
bool WireSocket::send_frame(int opcode, std::string_view payload, bool masked) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  const auto mask = static_cast<char>(masked ? 0x80 : 0);
  if (payload.size() < 126) {
    frame += static_cast<char>(mask | static_cast<char>(payload.size()));
  } else {
    const bool small = payload.size() < 65536;
    frame += static_cast<char>(mask | (small ? 126 : 127));
    for (int shift = small ? 8 : 56; shift >= 0; shift -= 8) frame += static_cast<char>(payload.size() >> shift);
  }
  static constexpr char kMask[] = {0x12, 0x34, 0x56, 0x78};
  if (masked) frame.append(kMask, 4);
  for (size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(masked ? payload[i] ^ kMask[i % 4] : payload[i]);
  return wire_.send(frame);
}

std::optional<std::string> WireSocket::receive() {
  for (;;) {
    auto head = wire_.take(2);
    if (!head) return std::nullopt;
    const int opcode = (*head)[0] & 0x0f;
    uint64_t length = static_cast<uint8_t>((*head)[1]);
    if (length >= 126) {
      auto extended = wire_.take(length == 126 ? 2 : 8);
      if (!extended) return std::nullopt;
      length = 0;
      for (char c : *extended) length = length << 8 | static_cast<uint8_t>(c);
    }
    auto payload = wire_.take(length);
    if (!payload) return std::nullopt;
    if (opcode == 1) return payload;
    if (opcode == 9) send_frame(10, *payload);
    if (opcode == 10) ++pongs_;
    if (opcode != 8) continue;
    if (payload->size() >= 2)
      close_code_ = static_cast<uint8_t>((*payload)[0]) << 8 | static_cast<uint8_t>((*payload)[1]);
    send_frame(8, payload->substr(0, 2));
    return std::nullopt;
  }
}

Frame WireSocket::await(std::string_view type, std::function<bool(const Frame&)> wanted) {
  std::string seen;
  while (auto text = receive()) {
    auto frame = json::parse(*text);
    if (frame && field(*frame, "type") == type && (!wanted || wanted(*frame))) return *frame;
    seen += "\n  " + *text;
  }
  throw std::runtime_error("closed with " + std::to_string(close_code_) + " before the wanted " + std::string(type) +
                           " came, but:" + seen);
}

int WireSocket::await_close() {
  while (receive()) {}
  return close_code_;
}

int WireSocket::await_close_at_once() {
  const auto begun = std::chrono::steady_clock::now();
  const int code = await_close();
  // Seconds, for a machine that does much else meanwhile.
  if (std::chrono::steady_clock::now() - begun > std::chrono::seconds(5))
    throw std::runtime_error("closed with " + std::to_string(code) + ", but too late for one that was told to");
  return code;
}

Shopper visit(uint16_t port, const std::string& shop, const std::string& secret) {
  std::string body = R"({"shop":")" + shop + "\"";
  if (!secret.empty()) body += R"(,"visitor_secret":")" + secret + "\"";
  const auto reply = ask(port, "POST", "/v1/widget/visits", {{"Origin", "https://127.0.0.1"}}, body + "}");
  const auto made = json_of(reply);
  if (reply.status != 200) throw std::runtime_error("a visit got: " + reply.body);
  return {port,
          shop,
          field(made, "visitor_id"),
          field(made, "visitor_secret"),
          field(made, "access_token"),
          field(made, "ticket")};
}

std::unique_ptr<WireSocket> open_chat(Shopper& shopper, int64_t after) {
  if (shopper.ticket.empty()) shopper = visit(shopper.port, shopper.shop, shopper.secret);
  const std::string ticket = std::exchange(shopper.ticket, {});
  auto socket = std::make_unique<WireSocket>(shopper.port,
                                             "/v1/widget/socket?after=" + std::to_string(after) + "&ticket=" + ticket);
  if (socket->status() != 101) throw std::runtime_error("no socket: " + socket->refusal().body);
  return socket;
}

std::string say(std::string_view client_id, std::string_view text) {
  std::string frame = R"({"type":"send","client_id":")" + std::string(client_id) + R"(","text":)";
  json::write(frame, text);
  return frame + "}";
}

}  // namespace cordon::testing
