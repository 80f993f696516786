// A pool of connections to one server: kept, counted, renewed, and asked again where that does no harm.
#include "net/clients.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/authority.h"
#include "support/served.h"

namespace cordon::net {
namespace {

using testing::eventually;
using testing::must;
using testing::run;
using testing::Served;
using testing::TemporaryFolder;

/// The certificate that the client showed.
Task<Response> certificate_of(Request& request) {
  Response response;
  response.body = request.certificate;
  co_return response;
}

struct Api {
  TemporaryFolder folder;
  Credentials own = must(service_credentials(folder.path(), {"api"}));
  Served served;
  explicit Api(Handler handler = certificate_of)
      : served(std::move(handler), [this](ServerOptions& o) {
          o.tls = own.own;
          o.clients = own.authority;
        }) {}
  ClientOptions client() const {
    ClientOptions options;
    options.port = served.port();
    options.trust = own.authority;
    options.own = own.own;
    options.service = "api";
    return options;
  }
};

Task<Result<Reply>> get(Clients& clients, bool again = false) {
  std::vector<Header> none;
  std::string body;
  return clients.request(Method::get, "/", none, body, again);
}

TEST(Clients, UseOneConnectionForOneRequestAfterTheOther) {
  Api api;
  run([&]() -> Task<void> {
    Clients clients(api.client());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(must(co_await get(clients)).status, 200);
    EXPECT_EQ(api.served.server().open_connections(), 1);
  });
}

TEST(Clients, OpenOneForEachRequestAtOnceAndKeepNoMoreThanTheyShould) {
  std::atomic<int> inside{0}, most{0};
  std::atomic<bool> released{false};
  Api api([&](Request& request) -> Task<Response> {
    ++inside;
    while (!released) co_await sleep(std::chrono::milliseconds(5));
    co_return co_await certificate_of(request);
  });
  run([&]() -> Task<void> {
    Clients clients(api.client(), 2);
    int done = 0;
    const auto one = [](Clients& all, int& count) -> Task<void> {
      EXPECT_TRUE(co_await get(all));
      ++count;
    };
    for (int i = 0; i < 4; ++i) Reactor::current().spawn(one(clients, done));
    while (inside < 4) co_await sleep(std::chrono::milliseconds(5));
    released = true;
    while (done < 4) co_await sleep(std::chrono::milliseconds(5));
    EXPECT_TRUE(eventually([&] { return api.served.server().open_connections() == 2; }));
  });
}

TEST(Clients, ShowTheNewCertificateAfterARenewal) {
  Api api;
  std::string first, second, third;
  run([&]() -> Task<void> {
    Clients clients(api.client());
    first = must(co_await get(clients)).body;
    must(service_credentials(api.folder.path(), {"api"}, {.leaf = std::chrono::days(10)}));
    second = must(co_await get(clients)).body;
    EXPECT_TRUE(clients.renew(api.client()));
    third = must(co_await get(clients)).body;
    ClientOptions bad = api.client();
    bad.own.certificate = "/nowhere";
    EXPECT_FALSE(clients.renew(bad));
    EXPECT_EQ(must(co_await get(clients)).body, third) << "what was there before goes on";
  });
  EXPECT_EQ(first, second) << "files are read when they are told to be";
  EXPECT_NE(first, third);
}

/// A server that answers the first request of a connection and hangs up: at once, or at the second when it has read it.
class HangsUp {
 public:
  HangsUp(const TlsFiles& own, bool at_once)
      : at_once_(at_once), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_use_certificate_chain_file(context_.get(), own.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), own.key.c_str(), SSL_FILETYPE_PEM);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&at), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~HangsUp() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  uint16_t port = 0;
  std::atomic<int> seen{0}, closed{0};  ///< requests, connections

 private:
  void serve() {
    for (int fd; (fd = ::accept(fd_, nullptr, nullptr)) >= 0; ::close(fd), ++closed) {
      const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), SSL_free);
      SSL_set_fd(tls.get(), fd);
      char request[4096];
      const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      if (SSL_accept(tls.get()) != 1 || SSL_read(tls.get(), request, sizeof request) <= 0) continue;
      ++seen;
      SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
      if (!at_once_ && SSL_read(tls.get(), request, sizeof request) > 0) ++seen;
    }
  }

  bool at_once_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::jthread thread_;
};

ClientOptions client_of(const HangsUp& server, const Credentials& own) {
  ClientOptions options;
  options.port = server.port;
  options.trust = own.authority;
  options.service = "api";
  return options;
}

TEST(Clients, LeaveAConnectionThatTheServerHasClosedWhileItWasIdle) {
  TemporaryFolder folder;
  const auto own = must(service_credentials(folder.path(), {"api"}));
  HangsUp server(own.own, true);
  run([&]() -> Task<void> {
    Clients clients(client_of(server, own));
    EXPECT_TRUE(co_await get(clients));
    EXPECT_TRUE(eventually([&] { return server.closed == 1; }));
    EXPECT_TRUE(co_await get(clients)) << "without being told that it may be asked again";
  });
}

TEST(Clients, AskAgainOnlyWhatTheyAreToldMayBe) {
  TemporaryFolder folder;
  const auto own = must(service_credentials(folder.path(), {"api"}));
  HangsUp server(own.own, false);
  run([&]() -> Task<void> {
    Clients clients(client_of(server, own));
    EXPECT_TRUE(co_await get(clients));
    const auto once = co_await get(clients, false);
    EXPECT_EQ(once.error().code, Code::unavailable);
    EXPECT_EQ(server.seen, 2);
    EXPECT_TRUE(co_await get(clients));
    EXPECT_TRUE(co_await get(clients, true)) << "over a third connection";
    EXPECT_EQ(server.seen, 5);
  });
}

}  // namespace
}  // namespace cordon::net
