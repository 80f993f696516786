// The private PostgreSQL cluster that the server makes and runs in its data folder where no DATABASE_URL is given.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"

namespace cordon::db {

/// Owns the postmaster: started in start(), watched and started again if it dies, stopped in the destructor. Listens on
/// a unix socket only. Started as root, it runs as an unprivileged user, and lies elsewhere where that user does not
/// get to its folder (cluster_place.h). Who may log in is decided by the operating system (peer).
class Cluster {
 public:
  /// Makes the cluster if `folder` is new. Code::conflict if another server uses the folder, it was made by another
  /// major version of PostgreSQL, or lay elsewhere and is gone; Code::unavailable if PostgreSQL cannot be found, can
  /// neither get to its files nor have them elsewhere, or does not come up.
  static Result<std::unique_ptr<Cluster>> start(const std::filesystem::path& folder);
  /// Names a cluster that another process runs, for commands beside a server.
  static std::unique_ptr<Cluster> attach(const std::filesystem::path& folder);
  ~Cluster();

  /// libpq conninfo of a login.
  std::string conninfo(std::string_view login) const;
  /// The cluster's superuser, for migrations.
  std::string admin_conninfo() const;
  pid_t pid() const { return postmaster_; }

 private:
  explicit Cluster(std::filesystem::path name);
  std::string address() const;
  Result<Done> lock();
  Result<Done> prepare();
  Result<Done> choose_programs(int existing);
  /// Goes elsewhere, with what is there already, where the unprivileged user does not get to the folder.
  Result<Done> settle();
  Result<Done> make();
  Result<Done> write_settings() const;
  Result<Done> launch();
  Result<Done> wait_until_ready();
  Result<Done> stop_orphan();
  void watch();
  void stop();

  std::filesystem::path name_;                         ///< in the data folder
  std::filesystem::path folder_, sockets_, programs_;  ///< where it lies
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::vector<int> locks_;  ///< descriptors
  std::atomic<pid_t> postmaster_{-1};
  std::atomic<bool> stopping_{false};
  std::thread watcher_;
};

}  // namespace cordon::db
