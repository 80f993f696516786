#include "net/client.h"

#include <sys/socket.h>

#include <stdexcept>

#include "net/beast.h"
#include "net/tls_context.h"

namespace cordon::net {

namespace {

TlsContext must_read(const ClientOptions& options) {
  auto made = client_context(options);
  if (!made) throw std::runtime_error(made.error().detail);
  return *made;
}

/// A TLS connection to the server, its certificate checked for the host's or the service's name.
struct Wire {
  explicit Wire(const ClientOptions& o) : options(o), tls(must_read(o)) {}
  Wire(const ClientOptions& o, TlsContext t) : options(o), tls(std::move(t)) {}

  ClientOptions options;
  TlsContext tls;
  std::unique_ptr<TlsStream> stream;

  Task<ErrorCode> connect() {
    stream = std::make_unique<TlsStream>(TcpStream(Reactor::current().context()), *tls);
    auto& lowest = beast::get_lowest_layer(*stream);
    lowest.expires_after(options.patience);
    ErrorCode ec;
    const auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, ec);
    if (ec) {
      ec = co_await connect_to_name(lowest);
    } else {
      const asio::ip::tcp::endpoint at(address, options.port);
      ec = co_await io([&](auto done) { lowest.async_connect(at, done); });
    }
    if (ec) co_return ec;
    lowest.socket().set_option(asio::ip::tcp::no_delay(true), ec);
    co_return co_await io([&](auto done) { stream->async_handshake(asio::ssl::stream_base::client, done); });
  }

 private:
  /// To the first address of the name that answers; the server is told the name (RFC 6066 section 3).
  Task<ErrorCode> connect_to_name(TcpStream& lowest) {
    if (SSL_set_tlsext_host_name(stream->native_handle(), options.host.c_str()) != 1)
      co_return asio::error::invalid_argument;
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(lowest.get_executor());
    asio::ip::tcp::resolver::results_type found;
    ErrorCode ec = co_await io([&](auto done) {
      resolver.async_resolve(options.host, std::to_string(options.port),
                             [&found, done](ErrorCode e, auto results) mutable {
                               found = results;
                               done(e);
                             });
    });
    if (ec) co_return ec;
    co_return co_await io(
        [&](auto done) { lowest.async_connect(found, [done](ErrorCode e, const auto&) mutable { done(e); }); });
  }
};

std::unexpected<Error> away(const ErrorCode& ec) {
  return fail(Code::unavailable, "The server cannot be reached: " + ec.message() + ".");
}

http::verb verb_of(Method method) { return http::string_to_verb(std::string(to_string(method))); }

}  // namespace

std::string_view Reply::header(std::string_view name) const {
  for (const Header& h : headers)
    if (beast::iequals(h.first, name)) return h.second;
  return {};
}

struct Client::Impl : Wire {
  using Wire::Wire;
  beast::flat_buffer buffer;
  bool hung_up = false;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(options)) {}
Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

std::unique_ptr<Client> Client::another() const {
  return std::unique_ptr<Client>(new Client(std::make_unique<Impl>(impl_->options, impl_->tls)));
}

bool Client::connected() const {
  if (!impl_->stream) return false;
  // Nothing is due between two answers: what can be read is the end, or as good as that.
  char byte = 0;
  const int fd = beast::get_lowest_layer(*impl_->stream).socket().native_handle();
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Client::hung_up() const { return impl_->hung_up; }

Task<Result<Reply>> Client::request(Method method, std::string target, std::vector<Header> headers, std::string body) {
  impl_->hung_up = false;
  if (!impl_->stream) {
    impl_->buffer.clear();
    const ErrorCode ec = co_await impl_->connect();
    if (ec) {
      impl_->stream.reset();
      co_return away(ec);
    }
  }
  http::request<http::string_body> request(verb_of(method), target, 11);
  const auto& authority = impl_->options.authority;
  request.set(http::field::host,
              authority.empty() ? impl_->options.host + ":" + std::to_string(impl_->options.port) : authority);
  if (!impl_->options.origin.empty()) request.set(http::field::origin, impl_->options.origin);
  for (const Header& h : headers) request.insert(h.first, h.second);
  if (!body.empty() && request.find(http::field::content_type) == request.end())
    request.set(http::field::content_type, "application/json");
  request.body() = std::move(body);
  request.prepare_payload();
  beast::get_lowest_layer(*impl_->stream).expires_after(impl_->options.patience);
  ErrorCode ec = co_await io([&](auto done) { http::async_write(*impl_->stream, request, done); });
  http::response_parser<http::string_body> parser;
  parser.body_limit(impl_->options.body_bytes);
  if (!ec) ec = co_await io([&](auto done) { http::async_read(*impl_->stream, impl_->buffer, parser, done); });
  if (ec) {
    impl_->hung_up = ec != beast::error::timeout && !parser.got_some();
    impl_->stream.reset();
    co_return away(ec);
  }
  auto& message = parser.get();
  Reply reply;
  reply.status = static_cast<int>(message.result_int());
  for (const auto& field : message)
    reply.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  reply.body = std::move(message.body());
  if (!message.keep_alive()) impl_->stream.reset();
  co_return reply;
}

struct ClientSocket::Impl : Wire {
  using Wire::Wire;
  std::unique_ptr<WebSocketStream> ws;
};

ClientSocket::ClientSocket() = default;
ClientSocket::~ClientSocket() = default;

Task<Result<Done>> ClientSocket::open(ClientOptions options, std::string target) {
  impl_ = std::make_unique<Impl>(options);
  ErrorCode ec = co_await impl_->connect();
  if (ec) co_return away(ec);
  beast::get_lowest_layer(*impl_->stream).expires_never();
  impl_->ws = std::make_unique<WebSocketStream>(*impl_->stream);
  impl_->ws->set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
  if (!options.origin.empty())
    impl_->ws->set_option(websocket::stream_base::decorator(
        [origin = options.origin](websocket::request_type& r) { r.set(http::field::origin, origin); }));
  websocket::response_type response;
  const std::string host = options.host + ":" + std::to_string(options.port);
  ec = co_await io([&](auto done) { impl_->ws->async_handshake(response, host, target, done); });
  if (!ec) co_return Done{};
  impl_->ws.reset();
  const int status = static_cast<int>(response.result_int());
  if (status == 401) co_return fail(Code::unauthenticated, "The server refused the ticket.");
  if (status == 429) co_return fail(Code::rate_limited, "The server asks to wait.");
  co_return away(ec);
}

Task<std::optional<std::string>> ClientSocket::receive() {
  if (!impl_ || !impl_->ws) co_return std::nullopt;
  beast::flat_buffer message;
  const ErrorCode ec = co_await io([&](auto done) { impl_->ws->async_read(message, done); });
  if (ec) co_return std::nullopt;
  co_return beast::buffers_to_string(message.data());
}

Task<bool> ClientSocket::send(std::string text) {
  if (!impl_ || !impl_->ws) co_return false;
  const ErrorCode ec = co_await io([&](auto done) { impl_->ws->async_write(asio::buffer(text), done); });
  co_return !ec;
}

Task<void> ClientSocket::close() {
  if (!impl_ || !impl_->ws || !impl_->ws->is_open()) co_return;
  const websocket::close_reason why(websocket::close_code::normal);
  co_await io([&](auto done) { impl_->ws->async_close(why, done); });
}

int ClientSocket::close_code() const { return impl_ && impl_->ws ? impl_->ws->reason().code : 0; }

}  // namespace cordon::net
