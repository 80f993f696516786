// Runs SQL attempts and judges what they came to.
#pragma once
#include <set>

#include "attack/ground.h"

namespace cordon::attack {

struct Leak {
  std::string attempt, actor, rule, detail;
};

/// What became of one attempt, over all who tried it.
struct Verdict {
  const Attempt* attempt = nullptr;
  std::set<std::string> stopped_by;
  std::vector<Leak> leaks;
};

class SqlJudge {
 public:
  /// `show`: prints what every attempt brings. `unreset`: a statement of the reset between tenants that is left out, to
  /// see that it is missed.
  explicit SqlJudge(Ground& ground, bool show = false, std::string_view unreset = {});
  Verdict judge(const Attempt& attempt);

 private:
  struct Played {
    Outcome outcome;
    Names names;
    std::string aftermath;  ///< what the next tenant met on this connection, if it differs from a fresh one's
  };
  Played play(Ground::Place& place, const Attempt& attempt, const Actor& actor);
  void reseal();
  std::string aftermath(Wire& wire, Ground::Place& place, const Actor& actor);
  const std::string& fresh_victim(Ground::Place& place, const Actor& actor);
  void judge(const Attempt& attempt, const Actor& actor, Verdict& verdict);
  void compare(const Played& there, const Played& elsewhere, const Attempt& attempt, const Actor& actor,
               Verdict& verdict);
  State compare_state(const Attempt& attempt, const Actor& actor, Verdict& verdict);

  Ground& ground_;
  bool show_;
  std::string_view unreset_;
  State planted_;  ///< before the attempt; what has to stay, and what is put back
  std::map<std::string, std::string> fresh_;
};

/// The first line in which two texts differ, for telling of an oracle.
std::string first_difference(const std::string& one, const std::string& other);
/// What a SQLSTATE says in the table of what stops an attempt.
std::string stopper(const std::string& state);

}  // namespace cordon::attack
