// The services' private authority, judged by Debian's openssl.
#include "net/authority.h"

#include <gtest/gtest.h>

#include <barrier>
#include <fstream>
#include <thread>

#include "net/certificate.h"
#include "support/openssl.h"
#include "support/world.h"

namespace cordon::net {
namespace {

using namespace std::chrono_literals;
using testing::must;
using testing::openssl;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool verifies(const Credentials& credentials, const std::string& more) {
  return openssl("verify -x509_strict -CAfile " + credentials.authority.string() + " " + more + " " +
                 credentials.own.certificate.string())
             .status == 0;
}

TEST(Authority, MakesCertificatesThatOpensslAcceptsForBothSides) {
  const TemporaryFolder folder, other;
  const auto made = must(service_credentials(folder.path(), {"chat", "worker"}));
  EXPECT_TRUE(verifies(made, "-purpose sslserver"));
  EXPECT_TRUE(verifies(made, "-purpose sslclient -verify_hostname chat.cordon.internal"));
  EXPECT_TRUE(verifies(made, "-verify_hostname worker.cordon.internal"));
  EXPECT_FALSE(verifies(made, "-verify_hostname edge.cordon.internal"));
  EXPECT_FALSE(verifies(made, "-purpose smimesign"));
  const auto strange = must(service_credentials(other.path(), {"chat"}));
  EXPECT_FALSE(verifies({made.own, strange.authority}, ""));
}

TEST(Authority, SaysInItsCertificatesWhatTheyAreFor) {
  const TemporaryFolder folder;
  const auto made = must(service_credentials(folder.path(), {"chat"}));
  const auto text = [](const fs::path& file) { return openssl("x509 -noout -text -in " + file.string()).output; };
  const std::string authority = text(made.authority), leaf = text(made.own.certificate);
  for (const char* has : {"CA:TRUE, pathlen:0", "Certificate Sign", "Subject Key Identifier", "prime256v1"})
    EXPECT_NE(authority.find(has), std::string::npos) << has << authority;
  for (const char* has :
       {"CA:FALSE", "Digital Signature", "TLS Web Server Authentication, TLS Web Client Authentication",
        "DNS:chat.cordon.internal\n", "Subject Key Identifier", "Authority Key Identifier"})
    EXPECT_NE(leaf.find(has), std::string::npos) << has << leaf;
}

TEST(Authority, KeepsKeysFromOthers) {
  const TemporaryFolder folder;
  const auto made = must(service_credentials(folder.path(), {"chat"}));
  for (const fs::path& file : {made.own.key, folder.path() / "ca" / "key.pem"})
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write) << file;
}

TEST(Authority, MakesALeafAnewInTheLastThirdOfItsLife) {
  const TemporaryFolder folder;
  const auto first = must(service_credentials(folder.path(), {"chat"}, {.leaf = 10h}));
  const std::string before = content(first.own.key), authority = content(first.authority);
  must(service_credentials(folder.path(), {"chat"}, {.leaf = 24h}));
  EXPECT_EQ(content(first.own.key), before) << "ten hours are more than a third of a day";
  must(service_credentials(folder.path(), {"chat"}, {.leaf = 48h}));
  const std::string after = content(first.own.key);
  EXPECT_NE(after.substr(after.find("PRIVATE KEY")), before.substr(before.find("PRIVATE KEY"))) << "with a new key";
  EXPECT_EQ(content(first.authority), authority);
  EXPECT_TRUE(verifies(first, "-purpose sslserver"));
}

TEST(Authority, MakesALeafAnewThatIsNoGood) {
  const TemporaryFolder folder;
  const auto made = must(service_credentials(folder.path(), {"chat"}));
  std::ofstream(made.own.key) << "nonsense";
  must(service_credentials(folder.path(), {"chat"}));
  EXPECT_TRUE(verifies(made, "")) << "not a certificate";
  fs::remove_all(folder.path() / "ca");
  must(service_credentials(folder.path(), {"chat"}));
  EXPECT_TRUE(verifies(made, "")) << "another authority's";
}

TEST(Authority, ProcessesThatStartAtOnceMakeOne) {
  const TemporaryFolder folder;
  const std::vector<std::string> names{"chat", "api", "worker", "identity", "edge", "chat", "api", "edge"};
  std::vector<Result<Credentials>> made(names.size(), fail(Code::internal, "nothing ran"));
  {
    std::barrier all(static_cast<std::ptrdiff_t>(names.size()));
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < names.size(); ++i)
      threads.emplace_back([&, i] {
        all.arrive_and_wait();
        made[i] = service_credentials(folder.path(), {names[i]});
      });
  }
  for (const auto& one : made) EXPECT_TRUE(verifies(must(one), ""));
}

TEST(Authority, AReaderNeverSeesHalfOfWhatIsReplaced) {
  const TemporaryFolder folder;
  const CertificateLives over{.leaf = -1s};  // at once: every call makes a new one
  const auto made = must(service_credentials(folder.path(), {"chat"}, over));
  const std::string before = content(made.own.certificate);
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int i = 0; i < 100; ++i) (void)service_credentials(folder.path(), {"chat"}, over);
    done = true;
  });
  while (!done) {
    const Certificate certificate = read_certificate(made.own.certificate);
    const Key key = read_key(made.own.key);
    ASSERT_TRUE(certificate);
    ASSERT_TRUE(key);
  }
  EXPECT_NE(content(made.own.certificate), before);
}

TEST(Authority, NamesTheCureWhenItsKeyIsGoneOrItHasEnded) {
  const TemporaryFolder lost, ended;
  must(service_credentials(lost.path(), {"chat"}));
  fs::remove(lost.path() / "ca" / "key.pem");
  const auto without = service_credentials(lost.path(), {"chat"});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().detail.find("put it back"), std::string::npos) << without.error().detail;
  (void)service_credentials(ended.path(), {"chat"}, {.authority = -1s});
  const auto late = service_credentials(ended.path(), {"chat"});
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().detail.find("delete the folder"), std::string::npos) << late.error().detail;
}

TEST(Authority, TakesNoNameThatCouldBeAnythingElse) {
  const TemporaryFolder folder;
  for (const char* name : {"", "../chat", "chat,DNS:edge.cordon.internal", "a-b", "Chat", "*"})
    EXPECT_EQ(service_credentials(folder.path(), {name}).error().code, Code::invalid) << name;
  EXPECT_EQ(service_credentials(folder.path(), {}).error().code, Code::invalid);
}

TEST(Authority, ReadsOnlyItsOwnDomainAsServices) {
  const Key key = make_key();
  const auto named = [&](const std::string& alternatives) {
    CertificateShape shape;
    shape.name = "edge.cordon.internal";
    shape.life = 1h;
    shape.alternatives = alternatives;
    return services_of(make_certificate(shape, key.get(), nullptr, key.get()).get());
  };
  EXPECT_EQ(named("DNS:chat.cordon.internal,DNS:api.cordon.internal"), (std::vector<std::string>{"chat", "api"}));
  EXPECT_TRUE(named("").empty()) << "a common name is no name";
  EXPECT_TRUE(named("DNS:edge.cordon.internal.example,DNS:edge,DNS:.cordon.internal,URI:edge.cordon.internal").empty());
}

}  // namespace
}  // namespace cordon::net
