// Runs HTTP attempts against a real server over TLS, byte for byte as their files have them.
#pragma once
#include "attack/judge.h"
#include "support/world.h"

namespace cordon::attack {

/// Two shops on one server. An attempt runs as A, once with B's ids and once with ids that name nothing: both have to
/// end alike.
class HttpJudge {
 public:
  explicit HttpJudge(testing::World& world);
  Verdict judge(const Attempt& attempt);
  /// One attempt for each route of the OpenAPI document that takes a name of anything, with B's in its path, query and
  /// body.
  std::vector<Attempt> every_route();

 private:
  struct Reply {
    int status = 0;
    std::string text;
  };
  Reply send(const std::string& request);
  std::string play(const Attempt& attempt, Names names, std::set<std::string>& stopped_by);
  Names names(const std::string& role, char other);
  /// Rows of B's that plant.sql has not, for what only the server itself writes.
  void plant_theirs();
  /// API tokens of A, live and revoked, and support's token for A.
  void add_access(Names& tokens);
  /// What must not change: all rows that are not A's, but for events of requests where an attempt is let leave those.
  std::string others(const Attempt& attempt);

  testing::World& world_;
  testing::Shop mine_, theirs_;
  Wire admin_;
  std::map<std::string, Names> tokens_;  ///< by role
};

}  // namespace cordon::attack
