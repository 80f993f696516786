// The client where it asks others: by name, with a limit on what it takes.
#include "net/client.h"

#include <gtest/gtest.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>

#include "support/served.h"

namespace cordon::net {
namespace {

using testing::Served;
using testing::TemporaryFolder;

Result<Reply> ask(ClientOptions options) {
  Result<Reply> out = fail(Code::internal, "nothing ran");
  testing::run([&]() -> Task<void> {
    Client client(options);
    out = co_await client.request(Method::get, "/");
  });
  return out;
}

Task<Response> say_host(Request& request) {
  Response response;
  response.body = "\"" + std::string(request.header("host")) + "\"";
  co_return response;
}

/// A certificate for one name, beside its key.
TlsFiles certificate_for(const std::string& name, const std::filesystem::path& folder) {
  const TlsFiles files{folder / "certificate.pem", folder / "key.pem"};
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext "
      "subjectAltName=DNS:" +
      name + " -keyout " + files.key.string() + " -out " + files.certificate.string() + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("no certificate");
  return files;
}

/// This machine's own name, if it leads anywhere.
std::string own_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  addrinfo* found = nullptr;
  if (::getaddrinfo(name, nullptr, nullptr, &found) != 0) return {};
  ::freeaddrinfo(found);
  return name;
}

TEST(Client, FindsAServerByNameAndChecksThatItIsTheOne) {
  const std::string name = own_name();
  if (name.empty() || name == "localhost") GTEST_SKIP() << "this machine has no name of its own";
  TemporaryFolder good, other;
  const auto serve = [](const TlsFiles& files) {
    return [files](ServerOptions& options) {
      options.address = "0.0.0.0";
      options.tls = files;
    };
  };
  const auto right = certificate_for(name, good.path()), wrong = certificate_for("other.example", other.path());
  Served honest(say_host, serve(right)), false_one(say_host, serve(wrong));
  ClientOptions options;
  options.host = name;
  options.port = honest.port();
  options.trust = right.certificate;
  const auto reply = ask(options);
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->body, "\"" + name + ":" + std::to_string(options.port) + "\"");
  options.authority = "shop.example";
  EXPECT_EQ(ask(options)->body, "\"shop.example\"");
  options.trust.clear();  // of the system's
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
  options.port = false_one.port();
  options.trust = wrong.certificate;
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
}

TEST(Client, ANameThatLeadsNowhereIsUnavailable) {
  ClientOptions options;
  options.host = "nobody.invalid";  // RFC 6761
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
}

TEST(Client, TakesNoMoreThanItShould) {
  Served served([](Request&) -> Task<Response> {
    Response response;
    response.body = std::string(2000, 'x');
    co_return response;
  });
  ClientOptions options;
  options.port = served.port();
  options.trust = served.certificate();
  options.body_bytes = 2000;
  EXPECT_TRUE(ask(options));
  options.body_bytes = 1999;
  EXPECT_EQ(ask(options).error().code, Code::unavailable);
}

}  // namespace
}  // namespace cordon::net
