// Child processes: PostgreSQL's programs, as an unprivileged user.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace cordon::db {

struct Child {
  uid_t uid = 0;  ///< dropped to before exec if the caller is root
  gid_t gid = 0;
  std::filesystem::path output;  ///< where its output goes, appended
};

/// Starts `arguments[0]`; returns its pid. No shell is involved. The child gets SIGINT when the calling process dies.
Result<pid_t> spawn(const std::vector<std::string>& arguments, const Child& child, bool dies_with_parent);
/// Runs it to its end; Code::unavailable with the tail of its output if that is not status 0.
Result<Done> run(const std::vector<std::string>& arguments, const Child& child);
/// Whether a user gets into a folder, through all that are above it: asked as that user, by whoever is root.
bool may_enter(const std::filesystem::path& folder, uid_t uid, gid_t gid);
/// Waits until a process of ours has ended, at most `seconds`.
bool wait_for_end(pid_t pid, double seconds);

}  // namespace cordon::db
