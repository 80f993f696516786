// The certificate that the operator names is replaced under a whole server at work, which notices by itself.
#include <gtest/gtest.h>

#include "net/certificate.h"
#include "support/served.h"
#include "support/world.h"

namespace cordon {
namespace {

using testing::eventually;
using testing::must;
using testing::TemporaryFolder;
using testing::Wire;
using testing::World;

/// Puts a new certificate for localhost and its key where `files` says, the key first.
void issue(const net::TlsFiles& files) {
  const net::Key key = net::make_key();
  net::CertificateShape shape;
  shape.name = "localhost";
  shape.life = std::chrono::hours(1);
  must(net::write_pem(files.key, nullptr, key.get()));
  must(net::write_pem(files.certificate, net::make_certificate(shape, key.get(), nullptr, key.get()).get(), nullptr));
}

TEST(PublicCertificate, IsTakenUpByAServerAtWorkWhenItIsReplaced) {
  const TemporaryFolder folder;
  const net::TlsFiles files{folder.path() / "chain.pem", folder.path() / "key.pem"};
  issue(files);
  const auto process = World::shared().replica([&](app::Config& config) {
    config.certificate = files.certificate;
    config.key = files.key;
    config.threads = 1;
  });
  Wire open(process->port());
  ASSERT_EQ(open.ask("GET", "/healthz")->status, 200);
  issue(files);
  EXPECT_TRUE(eventually([&] { return Wire(process->port()).certificate() != open.certificate(); }));
  EXPECT_EQ(open.ask("GET", "/healthz")->status, 200);
}

}  // namespace
}  // namespace cordon
