// The database a command works on: the private cluster, or the operator's own PostgreSQL.
#pragma once
#include <memory>

#include "app/config.h"
#include "base/error.h"
#include "db/cluster.h"

namespace cordon::app {

class Database {
 public:
  /// Starts the private cluster if no DATABASE_URL is given.
  static Result<Database> open(const Config& config);
  /// Attaches to the database that a running server has opened on the same data folder.
  static Result<Database> attach(const Config& config);

  std::string conninfo(std::string_view login) const;
  std::string admin_conninfo() const;
  /// Applies pending migrations, telling of each; sets the logins' passwords on an operator's own server.
  Result<Done> migrate() const;
  /// Whether the logins can be used at all, looking at `login`; says what to do where `cordon migrate` was never run.
  Result<Done> check_login(std::string_view login) const;
  bool is_private() const { return cluster_ != nullptr; }
  db::Cluster* cluster() { return cluster_.get(); }

 private:
  Config config_;
  std::unique_ptr<db::Cluster> cluster_;
};

}  // namespace cordon::app
