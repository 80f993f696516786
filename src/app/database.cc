#include "app/database.h"

#include <cstdio>

#include "base/embedded.h"
#include "db/migrator.h"
#include "db/plain.h"

namespace cordon::app {

Result<Database> Database::open(const Config& config) {
  Database made;
  made.config_ = config;
  if (config.database_url.empty()) {
    auto cluster = db::Cluster::start(config.data / "postgres");
    if (!cluster) return std::unexpected(cluster.error());
    made.cluster_ = std::move(*cluster);
  }
  return made;
}

Result<Database> Database::attach(const Config& config) {
  Database made;
  made.config_ = config;
  if (config.database_url.empty()) made.cluster_ = db::Cluster::attach(config.data / "postgres");
  return made;
}

std::string Database::conninfo(std::string_view login) const {
  return cluster_ ? cluster_->conninfo(login)
                  : db::login_conninfo(config_.database_url, login, config_.data / "logins");
}

std::string Database::admin_conninfo() const { return cluster_ ? cluster_->admin_conninfo() : config_.database_url; }

Result<Done> Database::migrate() const {
  auto plan = db::migrate(admin_conninfo(), embedded::migrations(), [](const db::Migration& m) {
    std::fprintf(stderr, "  migration %04d %s\n", m.number, m.name.c_str());
  });
  if (!plan) return std::unexpected(plan.error());
  if (cluster_) return Done{};
  return db::set_login_passwords(admin_conninfo(), config_.data / "logins");
}

Result<Done> Database::check_login(std::string_view login) const {
  // An operator may let the logins in by other means than our passwords; without either there is no point in waiting.
  if (cluster_ || std::filesystem::exists(config_.data / "logins" / (std::string(login) + ".password"))) return Done{};
  auto connection = db::Plain::open(conninfo(login));
  if (connection) return Done{};
  return fail(Code::unavailable, "cannot sign in as " + std::string(login) +
                                     ": run `cordon migrate` with this --data folder first (" +
                                     connection.error().detail + ")");
}

}  // namespace cordon::app
