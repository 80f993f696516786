// What a connection runs when it passes from one tenant to the next.
#pragma once
#include <span>
#include <string_view>

namespace cordon::db {

/// Statements that undo whatever SQL may have left in a session. Not DISCARD ALL: our own prepared statements stay,
/// under names that SQL cannot guess. There is no temporary table, no sequence and no function of a tenant's own to
/// discard.
std::span<const char* const> reset_statements();

/// Settings that a login's connections state when they start (libpq's `options`). PostgreSQL lets every role change its
/// own defaults (ALTER ROLE ... SET), so what hostile SQL leaves there would meet all who connect later; what the start
/// packet says wins, and is what RESET ALL goes back to.
std::string_view start_options();

}  // namespace cordon::db
