// `cordon rbac`: what it prints is what stands in the door's tables.
#include "app/rbac.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.h"

namespace cordon {
namespace {

using testing::must;
using testing::World;

TEST(RbacCommand, PrintsTheMatrixThatTheDoorEnforces) {
  World& world = World::shared();
  auto admin = world.sql();
  app::Rbac rbac;
  world.run([&](identity::Backend&) -> net::Task<void> {
    db::Pool pool(world.database().conninfo("cordon_identity"), {1});
    rbac = must(co_await app::read_rbac(pool));
  });
  size_t pairs = 0;
  for (const auto& permission : rbac.permissions)
    for (const std::string& role : permission.roles) {
      ++pairs;
      EXPECT_EQ(admin.value("SELECT count(*) FROM door.role_permission WHERE role = '" + role + "' AND permission = '" +
                            permission.name + "'"),
                "1");
    }
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.role_permission"), std::to_string(pairs));
  EXPECT_EQ(admin.value("SELECT count(*) FROM door.role"), std::to_string(rbac.roles.size()));

  const std::string text = app::to_text(rbac);
  const std::string matrix = text.substr(0, text.find("\n\n"));
  EXPECT_EQ(static_cast<size_t>(std::count(matrix.begin(), matrix.end(), '\n')), rbac.permissions.size());
  size_t marks = 0;
  for (size_t at = 0; (at = matrix.find(" x ", at)) != std::string::npos; ++at) ++marks;
  EXPECT_EQ(marks, pairs);
}

}  // namespace
}  // namespace cordon
