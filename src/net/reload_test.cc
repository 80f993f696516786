// A public certificate that is replaced under a server at work: by real files, well and badly.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "base/random.h"
#include "net/certificate.h"
#include "support/served.h"

namespace cordon::net {
namespace {

namespace fs = std::filesystem;
using testing::eventually;
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

/// Puts a text in a file's place, as a whole.
void put_in_place(const fs::path& file, const std::string& text) {
  const fs::path next = file.string() + ".next";
  std::ofstream(next) << text;
  fs::rename(next, file);
}

/// The certificate of a file, as Wire::certificate() has it.
std::string digest_of(const fs::path& file) {
  const Certificate certificate = read_certificate(file);
  std::array<uint8_t, 32> digest;
  X509_digest(certificate.get(), EVP_sha256(), digest.data(), nullptr);
  return to_hex(digest);
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

/// Clients that come and go without a pause, each with the session of its last visit, until this goes. Any connection
/// or request that fails is a failure of the test.
class Comers {
 public:
  Comers(uint16_t port, int count) : port_(port) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this](std::stop_token over) { come_and_go(over); });
  }

  struct Seen {
    int visits = 0, resumed = 0;
    std::set<std::string> certificates;
  };
  Seen seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void come_and_go(std::stop_token over) {
    std::shared_ptr<SSL_SESSION> session;
    while (!over.stop_requested()) try {
        Wire wire(port_, {.session = session});
        for (int i = 0; i < 2; ++i) EXPECT_EQ(wire.ask("GET", "/").value().status, 200);
        session = wire.session();
        const std::lock_guard lock(mutex_);
        seen_.certificates.insert(wire.certificate());
        seen_.resumed += wire.resumed() ? 1 : 0;
        ++seen_.visits;
      } catch (const std::exception& e) {
        ADD_FAILURE() << "after " << seen().visits << " visits: " << e.what();
        return;
      }
  }

  const uint16_t port_;
  mutable std::mutex mutex_;  ///< guards what follows
  Seen seen_;
  std::vector<std::jthread> threads_;  ///< end first
};

TEST(Reload, FailsNobodyWhoComesMeanwhile) {
  Certified server;
  const TlsFiles other = server.issue("other");
  const std::string first = digest_of(server.files.certificate), second = digest_of(other.certificate);
  // Certificate and key of each.
  const std::array<std::pair<std::string, std::string>, 2> pairs{
      std::pair(text_of(server.files.certificate), text_of(server.files.key)),
      std::pair(text_of(other.certificate), text_of(other.key))};
  Wire open(server.served.port());
  ASSERT_EQ(open.ask("GET", "/").value().status, 200);
  const auto session = open.session();
  {
    constexpr int kComers = 4, kReloads = 21;
    const Comers comers(server.served.port(), kComers);
    for (int reload = 1; reload <= kReloads; ++reload) {
      const auto& [certificate, key] = pairs.at(static_cast<size_t>(reload % 2));
      put_in_place(server.files.certificate, certificate);
      EXPECT_FALSE(server.refresh()) << "its key is not there yet";
      put_in_place(server.files.key, key);
      EXPECT_TRUE(must(server.refresh()));
      // One visit of each may have begun before; then somebody has come twice since.
      const int wanted = comers.seen().visits + 3 * kComers;
      ASSERT_TRUE(eventually([&] { return comers.seen().visits >= wanted; })) << "after reload " << reload;
    }
    const auto seen = comers.seen();
    EXPECT_EQ(seen.certificates, (std::set{first, second}));
    EXPECT_GE(seen.resumed, kReloads);
    EXPECT_GE(seen.visits - seen.resumed, kReloads) << "no session outlives its certificate";
  }
  EXPECT_EQ(server.shown(), second);
  const Wire again(server.served.port(), {.session = session});
  EXPECT_FALSE(again.resumed());
  EXPECT_EQ(again.certificate(), second);
  EXPECT_EQ(open.certificate(), first);
  EXPECT_EQ(open.ask("GET", "/").value().status, 200) << "a connection of before goes on";
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
