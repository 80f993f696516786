#include "keys/file_kms.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "app/operator.h"
#include "identity/shop_keys.h"
#include "support/served.h"

namespace cordon::keys {
namespace {

using testing::must;
using testing::run;
using testing::TemporaryFolder;

std::optional<Secret> passphrase(std::string_view text = "correct horse battery staple") { return Secret::of(text); }
std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FileKms, KeepsAnOldVersionUntilItIsDestroyed) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "kms.key";
  run([&]() -> net::Task<void> {
    auto kms = must(FileKms::open(path, {}));
    const Wrapped old = must(co_await kms->wrap("a tenant's key", "tenant 1"));
    EXPECT_EQ(old.version, "1");
    EXPECT_EQ(must(co_await kms->rotate()), "2");
    const Wrapped fresh = must(co_await kms->wrap("a tenant's key", "tenant 1"));
    EXPECT_EQ(fresh.version, "2");
    EXPECT_EQ(must(co_await kms->unwrap(old, "tenant 1")).view(), "a tenant's key");
    EXPECT_EQ((co_await kms->unwrap(old, "tenant 2")).error().code, Code::internal);
    EXPECT_EQ((co_await kms->destroy("2")).error().code, Code::conflict);
    must(co_await kms->destroy("1"));
    EXPECT_EQ((co_await kms->unwrap(old, "tenant 1")).error().code, Code::not_found);
    EXPECT_EQ(must(co_await kms->unwrap(fresh, "tenant 1")).view(), "a tenant's key");
    const auto versions = must(co_await kms->versions());
    EXPECT_EQ(versions.size(), 2u);
    EXPECT_EQ(versions.front().state, VersionState::destroyed);
    EXPECT_EQ(versions.back().state, VersionState::primary);
  });
  struct stat state{};
  ASSERT_EQ(::stat(path.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
}

TEST(FileKms, SeesWhatAnotherProcessChanged) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "kms.key";
  run([&]() -> net::Task<void> {
    auto one = must(FileKms::open(path, {})), other = must(FileKms::open(path, {}));
    const Wrapped old = must(co_await one->wrap("key", "aad"));
    must(co_await other->rotate());
    const Wrapped fresh = must(co_await other->wrap("key", "aad"));
    EXPECT_EQ(must(co_await one->unwrap(fresh, "aad")).view(), "key");
    EXPECT_EQ(must(co_await one->wrap("key", "aad")).version, "2");
    must(co_await other->destroy("1"));
    EXPECT_EQ((co_await one->unwrap(old, "aad")).error().code, Code::not_found);
  });
}

TEST(FileKms, IsWorthNothingWithoutItsPassphrase) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "kms.key";
  run([&]() -> net::Task<void> {
    auto kms = must(FileKms::open(path, passphrase()));
    must(co_await kms->rotate());
    const Wrapped wrapped = must(co_await kms->wrap("key", "aad"));
    auto again = must(FileKms::open(path, passphrase()));
    EXPECT_EQ(must(co_await again->unwrap(wrapped, "aad")).view(), "key");
  });
  EXPECT_EQ(FileKms::open(path, passphrase("another")).error().code, Code::invalid);
  EXPECT_EQ(FileKms::open(path, {}).error().code, Code::invalid);
}

TEST(FileKms, RefusesAFileThatIsNoneOfItsOwn) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "kms.key";
  must(FileKms::open(path, {}));
  const std::string good = contents(path);
  for (const std::string& bad : {std::string(), std::string("{}"), good.substr(0, good.size() / 2), "[" + good + "]"}) {
    std::ofstream(path) << bad;
    EXPECT_FALSE(FileKms::open(path, {})) << bad;
  }
  std::ofstream(path) << good;
  EXPECT_TRUE(FileKms::open(path, {}));
  ::chmod(path.c_str(), 0640);
  EXPECT_EQ(FileKms::open(path, {}).error().code, Code::invalid);
}

TEST(FileKms, IsNotMadeByACommandWhereTheDatabaseHasKeysAlready) {
  auto& world = testing::World::shared();
  const auto shop = world.add_shop();
  const TemporaryFolder folder;
  app::Config config = world.config();
  config.kms = "file:" + (folder.path() / "mistyped.key").string();
  bool ran = false;
  const auto done = app::operate(world.database(), config, [&](identity::Backend& backend) -> net::Task<Result<Done>> {
    must(co_await backend.identity.suspend(shop.tenant, "needs no key"));
    ran = true;
    auto keeper = identity::custodian(backend);
    auto status = co_await keeper.status();
    if (!status) co_return std::unexpected(status.error());
    co_return Done{};
  });
  EXPECT_TRUE(ran);
  EXPECT_EQ(done.error().code, Code::unavailable);
  EXPECT_NE(done.error().detail.find("mistyped.key"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "mistyped.key"));
}

TEST(KmsUrl, NamesAFileByDefaultAndRefusesWhatItDoesNotKnow) {
  const TemporaryFolder folder;
  EXPECT_EQ(open_kms("", folder.path(), false).error().code, Code::not_found);
  EXPECT_TRUE(open_kms("", folder.path()));
  EXPECT_TRUE(open_kms("", folder.path(), false));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "kms.key"));
  EXPECT_TRUE(open_kms("file:" + (folder.path() / "other.key").string(), folder.path()));
  for (const char* bad : {"kms.key", "vault:here", "file:/x?passphrase-file", "file:/x?credential=kms"})
    EXPECT_FALSE(open_kms(bad, folder.path())) << bad;
  std::ofstream(folder.path() / "pass") << "hunter twelve\n";
  const std::string closed = "file:" + (folder.path() / "closed.key").string();
  EXPECT_TRUE(open_kms(closed + "?passphrase-file=" + (folder.path() / "pass").string(), folder.path()));
  EXPECT_FALSE(open_kms(closed, folder.path()));
}

}  // namespace
}  // namespace cordon::keys
