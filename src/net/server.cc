#include "net/server.h"

#include <ctime>
#include <thread>
#include <unordered_set>

#include "base/address.h"
#include "base/file_stamp.h"
#include "base/log.h"
#include "net/server_socket.h"
#include "net/tls_context.h"

namespace cordon::net {

namespace {

using Parser = http::request_parser<http::string_body>;
using Message = http::request<http::string_body>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

std::string_view reason(int status) { return http::obsolete_reason(static_cast<http::status>(status)); }

/// Now, as RFC 9110 section 5.6.7 writes it; made once a second.
std::string_view http_date() {
  thread_local std::time_t made = 0;
  thread_local std::array<char, 32> text{};
  if (const std::time_t now = std::time(nullptr); now != made) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    made = now;
  }
  return text.data();
}

/// The bytes of a response, header and body in one buffer: one write, one TLS record for a small answer.
std::string wire(const Response& response, bool keep_alive, bool head) {
  const std::string_view body = response.fixed.empty() ? std::string_view(response.body) : response.fixed;
  std::string out;
  out.reserve(512 + body.size());
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason(response.status),
                 http_date());
  // RFC 9110 section 8.6: a 204 has no length, and that of a 304 would be the whole answer's.
  if (response.status != 204 && response.status != 304)
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", body.size());
  if (!body.empty()) fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\n", response.content_type);
  for (const Header& h : response.headers) fmt::format_to(std::back_inserter(out), "{}: {}\r\n", h.first, h.second);
  out +=
      "Strict-Transport-Security: max-age=31536000\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: "
      "no-referrer\r\n";
  out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  if (!head) out += body;
  return out;
}

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::get;
    case http::verb::post: return Method::post;
    case http::verb::put: return Method::put;
    case http::verb::patch: return Method::patch;
    case http::verb::delete_: return Method::delete_;
    case http::verb::options: return Method::options;
    case http::verb::head: return Method::head;
    default: return Method::other;
  }
}

/// What a failed read means to the client; nullopt where there is nobody left to tell.
std::optional<Error> read_error(const ErrorCode& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return Error{Code::header_too_large, "Send fewer or shorter header fields.", {}};
  if (ec == http::error::body_limit) return Error{Code::too_large, "Send a smaller body.", {}};
  if (ec.category() == make_error_code(http::error::bad_method).category() && ec != http::error::end_of_stream &&
      ec != http::error::partial_message)
    return Error{Code::malformed, "This is not HTTP/1.1: " + ec.message() + ".", {}};
  return std::nullopt;
}

/// What RFC 9112 wants of a header and Beast lets pass: framing that two readers could take differently, above all.
std::optional<Error> header_error(const Message& message) {
  const auto bad = [](std::string why) { return Error{Code::malformed, std::move(why), {}}; };
  if (message.version() != 11 && message.version() != 10) return bad("This server speaks HTTP/1.1.");
  if (message.count(http::field::host) != 1 && message.version() == 11) return bad("Send exactly one Host field.");
  const auto encodings = message.count(http::field::transfer_encoding);
  if (encodings > 1 || (encodings == 1 && !beast::iequals(message[http::field::transfer_encoding], "chunked")))
    return bad("The only Transfer-Encoding known here is `chunked`.");
  if (encodings == 1 && message.version() == 10) return bad("HTTP/1.0 knows no Transfer-Encoding.");
  if (message.count(http::field::expect) && !beast::iequals(message[http::field::expect], "100-continue"))
    return bad("The only Expect known here is `100-continue`.");
  // RFC 6455 section 4.2.1: 16 bytes, in base64. Beast takes anything.
  if (websocket::is_upgrade(message) && message[http::field::sec_websocket_key].size() != 24)
    return bad("Send a Sec-WebSocket-Key of 16 bytes in base64.");
  const auto target = message.target();
  if (std::any_of(target.begin(), target.end(), [](char c) { return c <= ' ' || c > '~' || c == '#'; }))
    return bad("Percent-encode what the address has besides ASCII.");
  if (target.front() != '/' && !target.starts_with("https://") &&
      !(target == "*" && message.method() == http::verb::options))
    return bad("An address begins with `/`.");
  return std::nullopt;
}

void fill(Request& request, const Message& message) {
  request.method = method_of(message.method());
  std::string_view target(message.target().data(), message.target().size());
  // The absolute form, for proxies: the rest of it says what Host says.
  if (target.starts_with("https://")) target.remove_prefix(std::min(target.find('/', 8), target.size()));
  const size_t mark = std::min(target.find('?'), target.size());
  request.path = mark == 0 ? "/" : target.substr(0, mark);
  if (mark < target.size()) request.query = target.substr(mark + 1);
  for (const auto& field : message)
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  request.upgrade = websocket::is_upgrade(message);
}

/// Takes the caller's address as the edge tells it: the last one, for what stands before it the caller may have
/// written.
std::optional<Error> take_forwarded(Request& request) {
  const auto last = std::find_if(request.headers.rbegin(), request.headers.rend(),
                                 [](const Header& h) { return beast::iequals(h.first, "X-Forwarded-For"); });
  if (last == request.headers.rend()) return std::nullopt;  // it is the edge itself that asks
  std::string_view value = last->second;
  value.remove_prefix(value.rfind(',') + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  ErrorCode ec;
  request.address = asio::ip::make_address(value, ec).to_string();
  if (ec) return Error{Code::malformed, "X-Forwarded-For has to end with an IP address.", {}};
  return std::nullopt;
}

/// How many connections each network holds. Any thread.
class Holders {
 public:
  /// False if it holds `most` already.
  bool enter(const std::string& network, int most) {
    const std::lock_guard lock(mutex_);
    int& held = held_[network];
    if (held >= most) return false;
    ++held;
    return true;
  }
  void leave(const std::string& network) {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(network);
    if (--found->second == 0) held_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, int> held_;
};

}  // namespace

struct Session;

struct Server::Impl {
  Impl(ServerOptions o, std::vector<Reactor*> r, Handler h)
      : options(std::move(o)), reactors(std::move(r)), handler(std::move(h)) {
    if (options.forwarded && options.clients.empty()) throw std::runtime_error("`forwarded` needs `clients`");
    if (const auto done = read_files(); !done) throw std::runtime_error(done.error().detail);
  }

  ServerOptions options;
  std::vector<Reactor*> reactors;
  Handler handler;
  struct Listener {
    Reactor* reactor;
    std::unique_ptr<Acceptor> acceptor;
    std::unordered_set<Session*> sessions;
  };
  std::vector<std::unique_ptr<Listener>> listeners;
  uint16_t port = 0;
  std::atomic<int> connections{0}, requests{0}, sockets{0}, accepting{0};
  Holders holders;
  std::atomic<bool> draining{false};

  Task<void> accept(std::shared_ptr<Impl> self, Listener& listener);
  /// Whether one more connection of `address` may be; then it is counted, until it leaves.
  bool admit(const std::string& address) {
    const int most = options.forwarded ? options.connections : options.connections_of_address;
    return connections < options.connections && holders.enter(network_of(address), most);
  }
  Result<Done> read_files();
  bool replaced() {
    const std::lock_guard alone(reading);
    return tried != stamps();
  }
  TlsContext tls() const {
    const std::lock_guard lock(mutex);
    return context;
  }

 private:
  using Stamps = std::array<FileStamp, 3>;
  Stamps stamps() const {
    return {stamp_of(options.tls.certificate), stamp_of(options.tls.key), stamp_of(options.clients)};
  }

  std::mutex reading;        ///< held while files are read: reload() may come from any thread
  Stamps tried{};            ///< of the files that were read last, whether they did or not
  mutable std::mutex mutex;  ///< guards the pointer
  TlsContext context;
};

/// One connection, from handshake to close.
struct Session : std::enable_shared_from_this<Session> {
  Session(std::shared_ptr<Server::Impl> s, Server::Impl::Listener& l, TcpStream::socket_type socket, std::string from)
      : server(std::move(s)),
        listener(l),
        stream(TcpStream(std::move(socket)), *server->tls()),
        address(std::move(from)),
        clock(l.reactor->context()) {
    ++server->connections;
    listener.sessions.insert(this);
  }
  ~Session() {
    listener.sessions.erase(this);
    --server->connections;
    server->holders.leave(network_of(address));
  }

  std::shared_ptr<Server::Impl> server;
  Server::Impl::Listener& listener;
  TlsStream stream;
  std::string address;  ///< the peer's
  Peer peer;            ///< who it has shown to be
  beast::flat_buffer buffer;
  Timer clock;        ///< a request's, while it is read
  bool late = false;  ///< the clock has run out over the request
  bool busy = false;  ///< from a request's first byte to its answer's last
  Socket* socket = nullptr;

  Task<void> run();
  Task<bool> serve_one();
  void start_clock(std::chrono::milliseconds time);
  void stop_clock();
  /// Reads one request. What is wrong with it, if the client can still be told; else `lost` says why nobody can.
  Task<std::optional<Error>> read(Parser& parser, Request& request, ErrorCode& lost);
  Task<Response> answer(Request& request);
  Task<bool> write(const Response& response, bool keep_alive, bool head);
  Task<void> serve_socket(Message& request, Response& response);
  Task<void> hang_up();
  void drain();
};

Task<void> Server::Impl::accept(std::shared_ptr<Impl> self, Listener& listener) {
  ++accepting;
  while (!draining) {
    std::optional<TcpStream::socket_type> accepted;
    const ErrorCode ec = co_await io([&](auto done) {
      listener.acceptor->async_accept([&accepted, done](ErrorCode e, TcpStream::socket_type s) mutable {
        if (!e) accepted.emplace(std::move(s));
        done(e);
      });
    });
    if (draining || ec == asio::error::operation_aborted) break;
    if (ec) {
      log::warn("accept failed", {{"error", ec.message()}});
      co_await sleep(std::chrono::milliseconds(20));
      continue;
    }
    ErrorCode gone;  // by now, perhaps
    const auto peer = accepted->remote_endpoint(gone);
    if (gone) continue;
    accepted->set_option(asio::ip::tcp::no_delay(true), gone);
    std::string address = peer.address().to_string();
    // Past a limit a connection is closed before its handshake: the cheapest answer there is.
    if (!admit(address)) continue;
    auto session = std::make_shared<Session>(self, listener, std::move(*accepted), std::move(address));
    listener.reactor->spawn([](std::shared_ptr<Session> s) -> Task<void> { co_await s->run(); }(session));
  }
  --accepting;
}

Task<void> Session::run() {
  beast::get_lowest_layer(stream).expires_after(server->options.handshake_time);
  ErrorCode ec = co_await io([&](auto done) { stream.async_handshake(asio::ssl::stream_base::server, done); });
  const bool checked = !server->options.clients.empty();
  if (ec && checked) log::warn("a client was refused", {{"address", address}, {"error", ec.message()}});
  if (ec) co_return;
  if (checked) peer = peer_of(stream.native_handle());
  if (server->options.forwarded && std::ranges::count(peer.services, "edge") == 0) {
    log::warn("a client was refused", {{"address", address}, {"error", "it is not the edge"}});
  } else {
    while (co_await serve_one()) {}
  }
  if (!socket) co_await hang_up();
}

Task<void> Session::hang_up() {
  auto& lowest = beast::get_lowest_layer(stream);
  lowest.expires_after(std::chrono::seconds(2));
  co_await io([&](auto done) { stream.async_shutdown(done); });
  // Closed over unread bytes, a connection is reset and the answer may be lost with it: so the rest is read, for a
  // moment.
  ErrorCode ec;
  lowest.socket().shutdown(asio::socket_base::shutdown_send, ec);
  std::array<char, 8192> rest;
  for (int reads = 0; !ec && reads < 256; ++reads)
    ec = co_await io([&](auto done) { lowest.async_read_some(asio::buffer(rest), done); });
}

Task<bool> Session::serve_one() {
  // Waiting for a request may take the idle time; once its first byte is here, the request's own clock runs.
  if (buffer.size() == 0) {
    busy = false;
    if (server->draining) co_return false;
    beast::get_lowest_layer(stream).expires_after(server->options.idle_time);
    auto idle = io([&](auto done) { stream.async_read_some(buffer.prepare(4096), done); });
    const ErrorCode ec = co_await idle;
    if (ec) co_return false;
    buffer.commit(idle.size);
  }
  busy = true;
  Parser parser;
  Request request;
  ErrorCode lost;
  late = false;
  start_clock(server->options.request_time);
  auto wrong = co_await read(parser, request, lost);
  stop_clock();
  if (lost && !late) co_return false;
  if (lost) wrong = Error{Code::timeout, "The rest of the request did not come; send it without pauses.", {}};
  if (wrong) {
    co_await write(problem(*wrong, request.id), false, false);
    co_return false;
  }
  auto& message = parser.get();
  const bool head = request.method == Method::head;
  const bool keep_alive = message.keep_alive() && message.version() == 11;
  Response response = co_await answer(request);
  if (response.socket) {
    co_await serve_socket(message, response);
    co_return false;
  }
  const bool stay = keep_alive && !server->draining;
  co_return co_await write(response, stay, head) && stay;
}

/// Ends the read that is under way then. expires_after() would close the connection, and nobody could be told why.
void Session::start_clock(std::chrono::milliseconds time) {
  clock.expires_after(time);
  clock.async_wait([weak = weak_from_this()](ErrorCode stopped) {
    const auto self = weak.lock();
    // It may have run out in the moment when it was stopped.
    if (stopped || !self || self->clock.expiry() > Timer::clock_type::now()) return;
    self->late = true;
    beast::get_lowest_layer(self->stream).cancel();
    // Between one read and the next of a request there was none to end.
    self->start_clock(std::chrono::milliseconds(10));
  });
}

void Session::stop_clock() { clock.expires_at(Timer::time_point::max()); }

Task<std::optional<Error>> Session::read(Parser& parser, Request& request, ErrorCode& lost) {
  beast::get_lowest_layer(stream).expires_never();
  parser.header_limit(static_cast<uint32_t>(server->options.header_bytes));
  parser.body_limit(server->options.body_bytes);
  ErrorCode ec = co_await io([&](auto done) { http::async_read_header(stream, buffer, parser, done); });
  auto wrong = ec ? read_error(ec) : header_error(parser.get());
  if (!ec && !wrong) {
    // Taken before the body: what a chunked body's trailer adds later counts for nothing.
    fill(request, parser.get());
    request.address = address;
    request.services = peer.services;
    request.certificate = peer.thumbprint;
    if (server->options.forwarded) wrong = take_forwarded(request);
    if (wrong) co_return wrong;
    if (!parser.is_done() && buffer.size() == 0 && !request.header("expect").empty()) {
      const asio::const_buffer go_on = asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25);
      ec = co_await io([&](auto done) { asio::async_write(stream, go_on, done); });
    }
    if (!ec && !parser.is_done()) ec = co_await io([&](auto done) { http::async_read(stream, buffer, parser, done); });
    if (ec) wrong = read_error(ec);
    request.body = std::move(parser.get().body());
  }
  if (ec && !wrong) lost = ec;
  co_return wrong;
}

Task<Response> Session::answer(Request& request) {
  if (server->requests >= server->options.requests)
    co_return problem({Code::unavailable, "Too much is being asked at once; try again.", {}}, request.id);
  ++server->requests;
  beast::get_lowest_layer(stream).expires_never();
  Response response = co_await answer_of(server->handler(request), request);
  --server->requests;
  co_return response;
}

Task<bool> Session::write(const Response& response, bool keep_alive, bool head) {
  const std::string bytes = wire(response, keep_alive, head);
  beast::get_lowest_layer(stream).expires_after(server->options.write_time);
  const ErrorCode ec = co_await io([&](auto done) { asio::async_write(stream, asio::buffer(bytes), done); });
  co_return !ec;
}

Task<void> Session::serve_socket(Message& request, Response& response) {
  beast::get_lowest_layer(stream).expires_never();
  ServerSocket ws(stream, server->options);
  const ErrorCode ec = co_await io([&](auto done) { ws.ws.async_accept(request, done); });
  if (ec) co_return;
  socket = &ws;
  ++server->sockets;
  if (server->draining) drain();  // it came too late for the round that closes every socket
  try {
    co_await response.socket(ws);
  } catch (const std::exception& e) {
    log::error("a socket handler threw", {{"error", e.what()}});
    ws.close(1011, "internal");
  }
  co_await ws.finish();
  --server->sockets;
}

void Session::drain() {
  if (socket) socket->close(1001, "restarting");
  else if (!busy) beast::get_lowest_layer(stream).cancel();
}

Task<Response> answer_of(Task<Response> work, const Request& request) {
  try {
    co_return co_await work;
  } catch (const std::exception& e) {
    log::error("a request handler threw",
               {{"path", request.path}, {"request_id", to_string(request.id)}, {"error", e.what()}});
    co_return problem({Code::internal, "This is a fault of ours; it has been logged.", {}}, request.id);
  }
}

Server::Server(ServerOptions options, std::vector<Reactor*> reactors, Handler handler)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(reactors), std::move(handler))) {
  asio::ip::tcp::endpoint at(asio::ip::make_address(impl_->options.address), impl_->options.port);
  for (Reactor* reactor : impl_->reactors) {
    auto listener = std::make_unique<Impl::Listener>();
    listener->reactor = reactor;
    listener->acceptor = std::make_unique<Acceptor>(reactor->context());
    listener->acceptor->open(at.protocol());
    listener->acceptor->set_option(asio::socket_base::reuse_address(true));
    // One listening socket a reactor; the kernel spreads connections over them.
    listener->acceptor->set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
    listener->acceptor->bind(at);
    listener->acceptor->listen(1024);
    at.port(listener->acceptor->local_endpoint().port());
    impl_->listeners.push_back(std::move(listener));
  }
  impl_->port = at.port();
  for (auto& listener : impl_->listeners)
    listener->reactor->post([impl = impl_, l = listener.get()] { l->reactor->spawn(impl->accept(impl, *l)); });
}

Server::~Server() = default;

Result<Done> Server::Impl::read_files() {
  const std::lock_guard alone(reading);
  // Looked at before they are read: what is replaced in between is found at the next refresh().
  tried = stamps();
  auto made = server_context(options.tls, options.clients, options.ticket_clock);
  if (!made) return std::unexpected(made.error());
  const std::lock_guard lock(mutex);
  context = std::move(*made);
  return Done{};
}

Result<Done> Server::reload() {
  auto done = impl_->read_files();
  if (!done) log::error("the certificates stay as they were", {{"error", done.error().detail}});
  return done;
}

Result<bool> Server::refresh() {
  if (!impl_->replaced()) return false;
  if (auto done = reload(); !done) return std::unexpected(done.error());
  log::info("new certificates are shown from now on", {{"file", impl_->options.tls.certificate.string()}});
  return true;
}

uint16_t Server::port() const { return impl_->port; }
int Server::open_connections() const { return impl_->connections; }
int Server::open_sockets() const { return impl_->sockets; }

void Server::drain(std::chrono::milliseconds limit) {
  impl_->draining = true;
  for (auto& listener : impl_->listeners)
    listener->reactor->post([impl = impl_, l = listener.get()] {
      l->acceptor->close();
      for (Session* session : std::vector<Session*>(l->sessions.begin(), l->sessions.end())) session->drain();
    });
  const auto until = std::chrono::steady_clock::now() + limit;
  while ((impl_->connections > 0 || impl_->accepting > 0) && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace cordon::net
