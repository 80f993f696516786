// Migrations: numbered SQL files in the binary, applied in order, once, forward only.
#pragma once
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/embedded.h"
#include "base/error.h"

namespace cordon::db {

struct Migration {
  int number = 0;
  std::string name;  ///< "0001_logins.sql"
  std::string sql;
  std::string checksum;  ///< SHA-256 of the file, hexadecimal
};

struct Plan {
  std::vector<Migration> applied, pending;
};

/// The files in order. Code::invalid if a number is missing, twice, or a name is not NNNN_what.sql.
Result<std::vector<Migration>> read_migrations(std::span<const embedded::File> files);

/// What is applied and what is not; changes nothing. Code::conflict if an applied file has changed since, or the
/// database is newer than this binary.
Result<Plan> plan(const std::string& admin, std::span<const embedded::File> files);

/// Applies what is pending, each file in one transaction with its record, under an advisory lock: a second migrator
/// waits and finds nothing to do. Returns what was pending.
Result<Plan> migrate(const std::string& admin, std::span<const embedded::File> files,
                     std::function<void(const Migration&)> progress);

/// For a PostgreSQL of the operator's own: gives every login a random password, kept in `folder`/<login>.password
/// (0600).
Result<Done> set_login_passwords(const std::string& admin, const std::filesystem::path& folder);
/// `base` (a conninfo or URL) for one login, with the password of set_login_passwords().
std::string login_conninfo(const std::string& base, std::string_view login, const std::filesystem::path& folder);

}  // namespace cordon::db
