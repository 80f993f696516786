// Programs of others that some tests need, all of which scripts/setup installs.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace cordon::testing {

/// Whether a test whose tool is missing fails, as under ctest: a machine without it would show nothing.
inline bool tools_are_required() {
  const char* set = std::getenv("CORDON_REQUIRE_TOOLS");
  return set != nullptr && std::string_view(set) == "1";
}

}  // namespace cordon::testing

/// Ends the test, as failed or as skipped, unless a tool is `there`; `package` is the one that has it.
#define NEEDS_TOOL(there, package)                                                 \
  if (const bool found = (there); !found && cordon::testing::tools_are_required()) \
    GTEST_FAIL() << package " is not installed (make setup)";                      \
  else if (!found) GTEST_SKIP() << package " is not installed (make setup)"
