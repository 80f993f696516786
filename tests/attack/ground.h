// The ground that attempts run on: two databases alike but for one tenant, seals, and what is compared before and
// after.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/database.h"
#include "attack/attempt.h"
#include "attack/wire.h"

namespace cordon::attack {

/// Who attacks: a database login, and the role that tenant A's seal was made for ("" for a login that never holds one).
struct Actor {
  std::string name, login, role;
};

/// Digests of what attempts may change or not.
struct State {
  std::string others;      ///< all rows that are not A's, and the platform's
  std::string neighbours;  ///< rows of A's other visitor
  std::string mine;        ///< A's rows and seals
  std::string catalogue;   ///< roles, rights, functions, tables, policies
  bool operator==(const State&) const = default;
};

/// Text that stands in every row of the tenant that must not be seen, in those of A's other visitor, and in A's own.
inline constexpr std::string_view kCanary = "CANARY", kNeighbour = "NEIGHBOUR", kMine = "MINE";

/// Tenant A attacks tenant B, which is there in one database. In the other stands in B's place a tenant of the same
/// size whose ids and values all differ: what an attempt that names B's tells there and here has to be the same.
class Ground {
 public:
  enum class Design { door, common };
  Ground(const app::Database& cluster, Design design);

  struct Place {
    std::string database;
    char other;  ///< 'b', or 'd' who takes B's place
    Names fixed;
    std::map<std::string, std::string> victim_seals;  ///< by login
  };
  Place& there() { return there_; }
  Place& elsewhere() { return elsewhere_; }

  Actor actor(const std::string& name) const;
  std::string conninfo(const Place& place, const std::string& login) const;
  Wire& admin(const Place& place);

  /// Every name that an attempt of `actor` may use, live and dead seals of A among them.
  const Names& names(Place& place, const Actor& actor);
  State state(const Place& place);
  /// Puts A's rows and seals back as they were planted.
  void restore_mine(Place& place);
  /// A connection of `login`, as fresh as DISCARD ALL makes one that was used before.
  Wire& wire(const Place& place, const std::string& login);
  /// Closes it: it is in a transaction, or spoiled.
  void close(const Place& place, const std::string& login) { wires_.erase(place.database + login); }
  /// Makes both databases anew and gives the logins their settings and memberships back: after an attempt that did
  /// damage.
  void rebuild();
  /// What a request of tenant B on this connection sees and may do; the same on every connection that nobody has
  /// spoiled.
  std::string victim(Wire& wire, const Place& place, const std::string& login);
  bool common() const { return design_ == Design::common; }
  /// How the session's variable is called in this design.
  std::string in_this_design(std::string sql) const;

  /// SQL that makes the databases weaker than the product's, for proving that the runner notices. Before the first
  /// attempt.
  void weaken(const std::string& sql);

 private:
  void make(Place& place);
  Names make_names(Place& place, const Actor& actor);
  void restore_logins(Wire& system);
  void plant(Place& place, char who);
  std::string seal(Place& place, char tenant, const std::string& role, const std::string& session);

  const app::Database& cluster_;
  Design design_;
  Place there_{"attack_there", 'b', {}, {}}, elsewhere_{"attack_elsewhere", 'd', {}, {}};
  std::mutex mutex_;  ///< of the maps: attempts run in both places at the same time
  std::map<std::string, std::unique_ptr<Wire>> admins_;
  std::map<std::string, std::unique_ptr<Wire>> wires_;  ///< by database and login
  std::map<std::string, Names> names_;                  ///< by database and actor, while A's seals are as planted
  std::map<std::string, std::string> state_queries_;    ///< by database
  std::string weakening_;
  std::vector<std::vector<std::string>> settings_, members_;  ///< of every login, before the first attempt
};

/// Digest of every row in `admin`'s database that is not `tenant`'s; audit events that carry no tenant apart, and
/// without `with_events` all of them.
std::string others_of(Wire& admin, const std::string& tenant, bool with_events);

/// The ids and values of a tenant, named as plant.sql names them.
Names values_of(char who);

}  // namespace cordon::attack
