// Runs HTTP attempts against a real server over TLS, byte for byte as their files have them.
#pragma once
#include <chrono>

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
  /// A's tokens, of whoever has `role`: live, and made anew where an attempt has ended their session or they are old.
  const Names& tokens(const std::string& role);
  Names make_tokens(const std::string& role);
  Names names(const Names& tokens, char other);
  Reply get(const std::string& path, const std::string& token);
  /// Rows of B's that plant.sql has not, for what only the server itself writes.
  void plant_theirs();
  /// That B's owner sees, under B's names, what A must not.
  void prove_theirs();
  /// API tokens of A, live and revoked, and support's token for A.
  void add_access(Names& tokens);
  /// What must not change: all rows that are not A's, but for events of requests where an attempt is let leave those.
  std::string others(const Attempt& attempt);

  testing::World& world_;
  testing::Shop mine_, theirs_;
  Wire admin_;
  struct Held {
    Names tokens;
    std::chrono::steady_clock::time_point made;
  };
  std::map<std::string, Held> held_;  ///< by role
};

}  // namespace cordon::attack
