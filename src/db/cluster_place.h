// Where a private cluster lies: in the data folder or, where its user does not get in there, in a place elsewhere.
#pragma once
#include <filesystem>

#include "base/error.h"

namespace cordon::db {

/// Where the cluster of this name is: there or, where nothing is there, where the link beside it (`name`.link) leads.
std::filesystem::path place_of(const std::filesystem::path& name);

/// A place that nobody has had, below /var/lib/cordon-databases: its path, of which all but the last folder is made.
/// Places that no data folder leads to are told of; only a person knows whether one was deleted or moved.
Result<std::filesystem::path> new_place();

/// Notes beside `name` that its cluster lies in `place`, and beside `place` whose it is (`of`).
Result<Done> note_place(const std::filesystem::path& name, const std::filesystem::path& place);

/// Undoes new_place() and note_place() of a place that was not used after all.
void forget_place(const std::filesystem::path& name, const std::filesystem::path& place);

}  // namespace cordon::db
