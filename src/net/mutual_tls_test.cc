// Services that speak to each other: who gets in, who is believed, and certificates that change while they speak.
#include <gtest/gtest.h>

#include <fstream>

#include "base/random.h"
#include "net/authority.h"
#include "net/certificate.h"
#include "net/clients.h"
#include "support/openssl.h"
#include "support/served.h"

namespace cordon::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::must;
using testing::openssl;
using testing::run;
using testing::Served;
using testing::TemporaryFolder;
using testing::Wire;

/// "chat from 127.0.0.1", and the thumbprint in a header.
Task<Response> who(Request& request) {
  Response response;
  response.headers.emplace_back("X-Certificate", request.certificate);
  for (const auto& service : request.services) response.body += service + " ";
  response.body += "from " + request.address;
  co_return response;
}

/// An authority, and a service that asks for its certificates.
struct Services {
  TemporaryFolder folder;
  Credentials serving = of({"api"});
  std::atomic<int> handled{0};
  Served served;

  explicit Services(bool forwarded = false)
      : served(
            [this](Request& request) {
              ++handled;
              return who(request);
            },
            [this, forwarded](ServerOptions& o) {
              o.tls = serving.own;
              o.clients = serving.authority;
              o.forwarded = forwarded;
            }) {}

  Credentials of(const std::vector<std::string>& names, CertificateLives lives = {}) const {
    return must(service_credentials(folder.path(), names, lives));
  }
  /// A client that shows `own` and expects the service "api".
  ClientOptions client(const TlsFiles& own) const {
    ClientOptions options;
    options.port = served.port();
    options.trust = serving.authority;
    options.own = own;
    options.service = "api";
    return options;
  }
  /// Whether a client that shows `own` is refused, and nothing of its request reaches the handler.
  bool refuses(const TlsFiles& own);
};

Result<Reply> ask(ClientOptions options, std::vector<Header> headers = {}) {
  Result<Reply> out = fail(Code::internal, "nothing ran");
  run([&]() -> Task<void> {
    Client client(options);
    std::string body;
    out = co_await client.request(Method::get, "/", headers, body);
  });
  return out;
}

bool Services::refuses(const TlsFiles& own) {
  const int before = handled;
  const auto reply = ask(client(own));
  return !reply && reply.error().code == Code::unavailable && handled == before;
}

TEST(MutualTls, ARequestKnowsWhichServiceAsks) {
  Services services;
  const auto chat = services.of({"chat", "worker"});
  const auto reply = must(ask(services.client(chat.own)));
  EXPECT_EQ(reply.body, "chat worker from 127.0.0.1");
  const auto judged = openssl("x509 -outform DER -in " + chat.own.certificate.string() + " | openssl dgst -sha256 -r");
  const std::string raw = from_base64url(reply.header("x-certificate"));
  EXPECT_EQ(to_hex(std::span(reinterpret_cast<const uint8_t*>(raw.data()), raw.size())), judged.output.substr(0, 64));
}

TEST(MutualTls, APublicListenerAsksForNoCertificate) {
  Served served(who);
  const auto reply = testing::ask(served.port(), "GET", "/", {{"X-Forwarded-For", "203.0.113.9"}});
  EXPECT_EQ(reply.body, "from 127.0.0.1");
  EXPECT_EQ(reply.header("x-certificate"), "");
}

TEST(MutualTls, RefusesWhoShowsNoCertificate) {
  Services services;
  EXPECT_TRUE(services.refuses({}));
}

TEST(MutualTls, RefusesACertificateOfAnotherAuthority) {
  Services services;
  const TemporaryFolder other;
  EXPECT_TRUE(services.refuses(must(service_credentials(other.path(), {"chat"})).own));
}

TEST(MutualTls, RefusesASelfSignedCertificate) {
  Services services;
  const TemporaryFolder other;
  EXPECT_TRUE(services.refuses(must(self_signed(other.path()))));
}

TEST(MutualTls, RefusesACertificateThatHasEnded) {
  Services services;
  EXPECT_TRUE(services.refuses(services.of({"chat"}, {.leaf = -60s}).own));
  EXPECT_FALSE(services.refuses(services.of({"chat"}).own));
}

TEST(MutualTls, AClientRefusesAServerOfAnotherName) {
  Services services;
  auto options = services.client(services.of({"chat"}).own);
  options.service = "identity";
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
  options.service.clear();  // the host's then, which no service's certificate has
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
  EXPECT_EQ(services.handled, 0);
}

/// What an authority of one's own may have issued: `alternatives` and `purposes` as x509v3_config(5) writes them.
TlsFiles issued(const Services& services, const std::string& alternatives, const std::string& purposes) {
  const auto authority = read_certificate(services.serving.authority);
  const Key key = make_key(), signing = read_key(services.folder.path() / "ca" / "key.pem");
  CertificateShape shape;
  shape.name = "api.cordon.internal";
  shape.life = 1h;
  shape.alternatives = alternatives;
  shape.purposes = purposes;
  const auto file = services.folder.path() / "issued.pem";
  must(write_pem(file, make_certificate(shape, key.get(), authority.get(), signing.get()).get(), key.get()));
  return {file, file};
}

TEST(MutualTls, AClientTakesTheServicesOwnNameOnly) {
  Services services;
  const auto options = services.client(services.of({"chat"}).own);
  const auto serve = [&](const std::string& alternatives, const std::string& purposes) {
    services.serving.own = issued(services, alternatives, purposes);
    std::filesystem::copy_file(services.serving.own.key, services.of({"api"}).own.key,
                               std::filesystem::copy_options::overwrite_existing);
    return services.served.server().reload().has_value() && ask(options).has_value();
  };
  EXPECT_TRUE(serve("DNS:api.cordon.internal", "serverAuth"));
  EXPECT_FALSE(serve("DNS:*.cordon.internal", "serverAuth")) << "a wildcard";
  EXPECT_FALSE(serve("DNS:other.example", "serverAuth")) << "a common name";
  EXPECT_FALSE(serve("DNS:api.cordon.internal", "clientAuth")) << "a client's certificate";
}

TEST(MutualTls, RefusesACertificateThatIsForServersOnly) {
  Services services;
  EXPECT_TRUE(services.refuses(issued(services, "DNS:chat.cordon.internal", "serverAuth")));
  EXPECT_FALSE(services.refuses(issued(services, "DNS:chat.cordon.internal", "clientAuth")));
}

TEST(MutualTls, AClientRefusesAServerOfAnotherAuthority) {
  Services services;
  const TemporaryFolder other;
  auto options = services.client(services.of({"chat"}).own);
  options.trust = must(service_credentials(other.path(), {"api"})).authority;
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
  EXPECT_EQ(services.handled, 0);
}

TEST(MutualTls, GivesNoSessionThatCouldBeResumedWithoutACertificate) {
  Services services;
  Wire first(services.served.port(), {.own = services.of({"chat"}).own.certificate});
  ASSERT_EQ(first.ask("GET", "/")->status, 200);
  EXPECT_FALSE(SSL_SESSION_is_resumable(first.session().get()));
  bool refused = false;
  try {
    Wire second(services.served.port(), {.session = first.session()});
    refused = !second.ask("GET", "/");
  } catch (const std::runtime_error&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  EXPECT_EQ(services.handled, 1);
  Served open(who);
  Wire plain(open.port());
  ASSERT_EQ(plain.ask("GET", "/")->status, 200);
  EXPECT_TRUE(SSL_SESSION_is_resumable(plain.session().get())) << "a public listener does, so this can be seen";
}

TEST(MutualTls, TakesNewFilesWhileConnectionsAreOpen) {
  Services services;
  const auto chat = services.of({"chat"});
  Wire old(services.served.port(), {.own = chat.own.certificate});
  ASSERT_EQ(old.ask("GET", "/")->status, 200);
  services.of({"api"}, {.leaf = std::chrono::days(10)});  // of which the one at work has less than a third
  EXPECT_EQ(Wire(services.served.port(), {.own = chat.own.certificate}).certificate(), old.certificate());
  ASSERT_TRUE(services.served.server().reload());
  Wire fresh(services.served.port(), {.own = chat.own.certificate});
  EXPECT_NE(fresh.certificate(), old.certificate());
  EXPECT_EQ(fresh.ask("GET", "/")->status, 200);
  EXPECT_EQ(old.ask("GET", "/")->status, 200);
}

TEST(MutualTls, KeepsItsFilesWhenTheNewOnesAreBad) {
  Services services;
  const auto chat = services.of({"chat"});
  const std::string before = Wire(services.served.port(), {.own = chat.own.certificate}).certificate();
  std::ofstream(services.serving.own.certificate) << "nonsense";
  const auto done = services.served.server().reload();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find(services.serving.own.certificate.string()), std::string::npos);
  Wire wire(services.served.port(), {.own = chat.own.certificate});
  EXPECT_EQ(wire.certificate(), before);
  EXPECT_EQ(wire.ask("GET", "/")->status, 200);
}

TEST(MutualTls, RefusesAKeyThatDoesNotFit) {
  Services services;
  const auto mixed = TlsFiles{services.serving.own.certificate, services.of({"chat"}).own.key};
  EXPECT_THROW(Served([](Request& r) { return who(r); }, [&](ServerOptions& o) { o.tls = mixed; }), std::runtime_error);
  EXPECT_THROW(Client{services.client(mixed)}, std::runtime_error);
}

TEST(MutualTls, TakesTheCallersAddressFromTheEdge) {
  Services services(true);
  const auto edge = services.client(services.of({"edge"}).own);
  const auto address = [&](std::vector<Header> headers) { return must(ask(edge, std::move(headers))).body; };
  EXPECT_EQ(address({{"X-Forwarded-For", "203.0.113.9"}}), "edge from 203.0.113.9");
  EXPECT_EQ(address({{"x-forwarded-for", "10.0.0.1, 203.0.113.9"}}), "edge from 203.0.113.9")
      << "the caller's own first";
  EXPECT_EQ(address({{"X-Forwarded-For", "10.0.0.1"}, {"X-Forwarded-For", "2001:DB8::9"}}), "edge from 2001:db8::9");
  EXPECT_EQ(address({}), "edge from 127.0.0.1");
  for (const char* bad : {"", "203.0.113.9,", "unknown", "203.0.113.9:80", "203.0.113.9 10.0.0.1"})
    EXPECT_EQ(must(ask(edge, {{"X-Forwarded-For", bad}})).status, 400) << bad;
}

TEST(MutualTls, CountsNoConnectionsOfTheEdge) {
  const TemporaryFolder folder;
  const auto serving = must(service_credentials(folder.path(), {"api"}));
  const auto edge = must(service_credentials(folder.path(), {"edge"})).own.certificate;
  Served served(who, [&](ServerOptions& o) {
    o.tls = serving.own;
    o.clients = serving.authority;
    o.forwarded = true;
    o.connections_of_address = 1;
  });
  Wire one(served.port(), {.own = edge}), two(served.port(), {.own = edge});
  EXPECT_EQ(one.ask("GET", "/")->status, 200);
  EXPECT_EQ(two.ask("GET", "/")->status, 200);
}

TEST(MutualTls, TheEdgesListenerTakesNobodyElse) {
  Services services(true);
  EXPECT_TRUE(services.refuses(services.of({"chat"}).own));
  EXPECT_TRUE(services.refuses({}));
}

TEST(MutualTls, BelievesNoForwardedAddressWhereNoneIsDue) {
  Services services;
  for (const char* name : {"chat", "edge"}) {
    const auto reply = must(ask(services.client(services.of({name}).own), {{"X-Forwarded-For", "203.0.113.9"}}));
    EXPECT_EQ(reply.body, std::string(name) + " from 127.0.0.1");
  }
}

TEST(MutualTls, ForwardedWithoutAnAuthorityDoesNotStart) {
  EXPECT_THROW(Served(who, [](ServerOptions& o) { o.forwarded = true; }), std::runtime_error);
}

TEST(MutualTls, OpensslSpeaksWithIt) {
  Services services;
  const auto chat = services.of({"chat"});
  const auto speak = [&](const std::string& more) {
    const std::filesystem::path request = services.folder.path() / "request";
    std::ofstream(request) << "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    return openssl("s_client -connect 127.0.0.1:" + std::to_string(services.served.port()) + " -CAfile " +
                   chat.authority.string() + " -verify_return_error -verify_hostname api.cordon.internal -quiet " +
                   more + " < " + request.string());
  };
  const std::string file = chat.own.certificate.string();
  const auto with = speak("-cert " + file + " -key " + file);
  EXPECT_NE(with.output.find("chat from 127.0.0.1"), std::string::npos) << with.output;
  const auto without = speak("");
  EXPECT_EQ(without.output.find("HTTP/1.1"), std::string::npos) << without.output;
  EXPECT_EQ(services.handled, 1);
}

}  // namespace
}  // namespace cordon::net
