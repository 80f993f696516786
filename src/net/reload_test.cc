// A public certificate that is replaced under a server at work: by real files, well and badly.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "net/certificate.h"
#include "support/served.h"

namespace cordon::net {
namespace {

namespace fs = std::filesystem;
using testing::greet;
using testing::must;
using testing::Served;
using testing::TemporaryFolder;
using testing::Wire;

std::string text_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

/// A server on two files, and how they are replaced.
struct Certified {
  TemporaryFolder folder;
  TlsFiles files = issue("shown");
  Served served{greet, [this](ServerOptions& o) { o.tls = files; }};

  TlsFiles issue(const std::string& name, Key key = make_key()) const {
    const TlsFiles made{folder.path() / (name + ".pem"), folder.path() / (name + ".key")};
    CertificateShape shape;
    shape.name = name;
    shape.life = std::chrono::hours(1);
    must(write_pem(made.certificate, make_certificate(shape, key.get(), nullptr, key.get()).get(), nullptr));
    must(write_pem(made.key, nullptr, key.get()));
    return made;
  }
  Result<bool> refresh() { return served.server().refresh(); }
  /// What a new connection is shown.
  std::string shown() const { return Wire(served.port()).certificate(); }
  /// That the server refuses the files as they are now, says why once, and goes on with what it has.
  void keeps(const std::string& why);
};

void Certified::keeps(const std::string& why) {
  const std::string before = shown();
  const auto refused = refresh();
  if (refused) throw std::runtime_error("the server took files that do not do");
  EXPECT_NE(refused.error().detail.find(why), std::string::npos) << refused.error().detail;
  EXPECT_FALSE(must(refresh())) << "it has been said";
  EXPECT_EQ(shown(), before);
}

TEST(Reload, ShowsANewCertificateToNewConnectionsWhileOpenOnesGoOn) {
  Certified server;
  Wire open(server.served.port());
  ASSERT_EQ(open.ask("GET", "/")->status, 200);
  EXPECT_FALSE(must(server.refresh())) << "nothing was replaced";
  const TlsFiles next = server.issue("next");
  fs::rename(next.certificate, server.files.certificate);
  fs::rename(next.key, server.files.key);
  EXPECT_TRUE(must(server.refresh()));
  EXPECT_NE(server.shown(), open.certificate());
  EXPECT_EQ(open.ask("GET", "/")->status, 200);
  EXPECT_FALSE(must(server.refresh()));
}

TEST(Reload, KeepsThePairUntilBothHalvesOfTheNextAreThere) {
  Certified server;
  const TlsFiles next = server.issue("next");
  fs::rename(next.certificate, server.files.certificate);
  server.keeps(server.files.key.string());
  const std::string before = server.shown();
  fs::rename(next.key, server.files.key);
  EXPECT_TRUE(must(server.refresh()));
  EXPECT_NE(server.shown(), before);
}

TEST(Reload, RefusesAKeyOfAnotherKind) {
  Certified server;
  fs::rename(server.issue("rsa", Key(EVP_RSA_gen(2048))).certificate, server.files.certificate);
  server.keeps(server.files.key.string());
}

TEST(Reload, KeepsThePairWhileTheNextIsBeingWritten) {
  Certified server;
  const TlsFiles next = server.issue("next");
  const std::string certificate = text_of(next.certificate), key = text_of(next.key), before = server.shown();
  std::ofstream(server.files.certificate);
  server.keeps(server.files.certificate.string());
  std::ofstream(server.files.certificate) << certificate.substr(0, certificate.size() / 2);
  server.keeps(server.files.certificate.string());
  std::ofstream(server.files.certificate) << certificate;
  std::ofstream(server.files.key) << key.substr(0, key.size() / 2);
  server.keeps(server.files.key.string());
  std::ofstream(server.files.key) << key;
  EXPECT_TRUE(must(server.refresh()));
  EXPECT_NE(server.shown(), before);
}

TEST(Reload, KeepsThePairWhenItsFilesAreGone) {
  Certified server;
  fs::remove(server.files.certificate);
  server.keeps(server.files.certificate.string());
}

TEST(Reload, NoticesAFileThatLooksAsOldAsTheOneBefore) {
  Certified server;
  const auto time = fs::last_write_time(server.files.certificate);
  const TlsFiles next = server.issue("other");  // the name is as long: so is, nearly always, the file
  fs::last_write_time(next.certificate, time);
  fs::last_write_time(next.key, fs::last_write_time(server.files.key));
  fs::rename(next.certificate, server.files.certificate);
  fs::rename(next.key, server.files.key);
  EXPECT_TRUE(must(server.refresh()));
}

TEST(Reload, FollowsALinkThatIsPointedElsewhere) {
  Certified server;
  const TlsFiles next = server.issue("next");
  const std::string before = server.shown();
  for (const auto& [from, to] :
       {std::pair(server.files.certificate, next.certificate), std::pair(server.files.key, next.key)}) {
    fs::remove(from);
    fs::create_symlink(to, from);
  }
  EXPECT_TRUE(must(server.refresh()));
  EXPECT_NE(server.shown(), before);
}

}  // namespace
}  // namespace cordon::net
