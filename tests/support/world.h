// A world to test in: one private PostgreSQL cluster for the whole test program, migrated, with a real server on it.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "app/database.h"
#include "app/process.h"
#include "audit/search.h"
#include "identity/backend.h"
#include "identity/shop_keys.h"
#include "keys/field.h"
#include "net/client.h"

struct pg_conn;

namespace cordon::testing {

/// A folder under the system's temporary one, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The value of a result that has to be one. Throws what went wrong: ASSERT_* cannot be used in a coroutine.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(std::string(info(result.error().code).name) + ": " + result.error().detail);
  return std::move(*result);
}

/// A shop that is set up, with its owner.
struct Shop {
  std::string name;
  TenantId tenant;
  SubjectId owner;
};

/// A shop of that name whose settings are made.
net::Task<TenantId> make_shop(identity::Backend& backend, std::string name);

/// One blocking connection of the simple protocol that says how a statement ended, for SQL that the server itself never
/// runs.
class SqlSession {
 public:
  explicit SqlSession(const std::string& conninfo);
  /// Runs statements (several are one transaction); "00000" or the SQLSTATE.
  std::string run(const std::string& sql);
  /// What the last statement returned.
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }
  /// Runs a statement that has to work; its first value, empty if there is none.
  std::string value(const std::string& sql);

 private:
  std::shared_ptr<pg_conn> raw_;
  std::vector<std::vector<std::string>> rows_;
};

class World {
 public:
  /// The program's one world, made on first use.
  static World& shared();
  explicit World(const std::filesystem::path& folder);
  ~World();

  const app::Config& config() const { return config_; }
  app::Database& database() { return *database_; }
  app::Process& process() { return *process_; }
  uint16_t port() const { return process_->port(); }
  /// Another server on the same database, with settings of its own.
  std::unique_ptr<app::Process> replica(std::function<void(app::Config&)> settings = {});
  /// How to reach the server; its own pages' origin.
  net::ClientOptions client() const;

  /// Runs `work` to its end on a reactor of its own, with pools of every login; throws what it throws.
  void run(std::function<net::Task<void>(identity::Backend&)> work);

  /// A new shop with the usual settings and an owner. Names are unique: "shop-1", "shop-2" ...
  Shop add_shop();
  /// Signs somebody in: a fresh session of `role` (a merchant's, "visitor" or a service's) towards the shop, and a live
  /// seal of it.
  std::shared_ptr<const door::Pass> sign_in(const Shop& shop, const std::string& role);
  /// Signs in somebody of the staff, who belongs to no shop.
  std::shared_ptr<const door::Pass> sign_in_staff(const std::string& role);
  /// An account of the staff's, without a password.
  void add_staff(SubjectId staff, const std::string& role);
  /// Notes of a staff session that it has just proved a second factor; makes its account if there is none.
  void enrol(const door::Pass& pass);
  /// A blocking connection as a login; without a name as the cluster's superuser.
  SqlSession sql(std::string_view login = "cordon_admin");
  /// A value closed with a shop's own key (kPlatform's for staff), and a blind index of one: as SQL literals.
  std::string closed(const keys::Field& field, TenantId tenant, const Uuid& row, const std::string& plain);
  std::string index(const keys::Field& field, TenantId tenant, const std::string& plain);
  /// What was closed so, from the column's text.
  std::string opened(const keys::Field& field, TenantId tenant, const Uuid& row, const std::string& hex);
  /// What is personal in audit events, opened: address, agent and detail of those that a condition on audit.event
  /// finds, oldest first.
  std::vector<audit::ClosedParts> events(const std::string& condition);
  /// One request to the server, with a body of JSON if there is one.
  net::Reply call(net::Method method, std::string target, const std::string& token = {}, std::string body = {});
  /// The access token that carries a pass, signed as the server signs.
  std::string token(const door::Pass& pass) const;

 private:
  /// What a tenant's own keys make, as SQL literals.
  std::vector<std::string> made(TenantId tenant,
                                const std::function<std::vector<db::Bytes>(const identity::ShopKeys&)>& make);

  app::Config config_;
  std::unique_ptr<app::Database> database_;
  std::unique_ptr<app::Process> process_;
  std::shared_ptr<const identity::Signer> signer_;
  int shops_ = 0;
};

}  // namespace cordon::testing
