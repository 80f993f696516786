// The vault: opens what it sealed, for whom it sealed it, and nothing else.
#include "staff/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/world.h"

namespace cordon::staff {
namespace {

using testing::must;

TEST(Vault, OpensWhatItSealedForItsOwnerOnly) {
  testing::TemporaryFolder folder;
  const auto path = folder.path() / "identity" / "staff-key";
  const auto vault = must(Vault::open(path));
  const std::string sealed = vault->seal("a secret", "ann");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_NE(sealed, vault->seal("a secret", "ann"));
  EXPECT_EQ(vault->open(sealed, "ann"), "a secret");
  EXPECT_EQ(vault->open(sealed, "ben"), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string bent = sealed;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_EQ(vault->open(bent, "ann"), std::nullopt) << i;
    EXPECT_EQ(vault->open(sealed.substr(0, i), "ann"), std::nullopt) << i;
  }
  EXPECT_EQ(must(Vault::open(path))->open(sealed, "ann"), "a secret") << "the same key the next time";
  EXPECT_EQ(must(Vault::open(folder.path() / "other"))->open(sealed, "ann"), std::nullopt);
}

TEST(Vault, KeepsItsKeyToItselfAndRefusesWhatIsNone) {
  testing::TemporaryFolder folder;
  const auto path = folder.path() / "staff-key";
  (void)must(Vault::open(path));
  struct stat state{};
  ASSERT_EQ(::stat(path.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
  std::ofstream(path, std::ios::app) << "x";
  EXPECT_FALSE(Vault::open(path).has_value());
  std::ofstream(path, std::ios::trunc) << "short";
  EXPECT_FALSE(Vault::open(path).has_value());
}

}  // namespace
}  // namespace cordon::staff
