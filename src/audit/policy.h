// Trust policies (https://c2sp.org/tlog-policy): which witnesses there are, and how many of which have to have cosigned
// a checkpoint before it is believed. Who runs a log and who checks it read the same file.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/note.h"

namespace cordon::audit {

struct PolicyWitness {
  std::string name;  ///< in the policy, and nowhere else
  VerifierKey key;
  std::string url;  ///< where it is asked, the specification's submission prefix; empty where nobody asks it
  int line = 0;     ///< of the file
};

class Policy {
 public:
  /// Code::invalid, naming the line. Keys are Ed25519: type 1 of logs, type 4 of witnesses.
  static Result<Policy> parse(std::string_view text);
  /// The same of a file, which the error names too.
  static Result<Policy> read(const std::filesystem::path& file);

  const std::vector<VerifierKey>& logs() const { return logs_; }
  const std::vector<PolicyWitness>& witnesses() const { return witnesses_; }
  /// Whether the quorum has cosigned the note, with signatures that verify. Who signed it as a log is not asked.
  bool quorum_has_cosigned(const Note& note) const;

 private:
  struct Group {
    size_t least = 0;
    std::vector<std::string> members;
  };
  using Words = std::vector<std::string>;
  Result<Done> take(const Words& words, int line);
  Result<Done> take_log(const Words& words);
  Result<Done> take_witness(const Words& words, int line);
  Result<Done> take_group(const Words& words);
  Result<Done> take_quorum(const Words& words);
  Result<Done> take_name(const std::string& name);
  bool has_cosigned(const std::string& name, const Note& note) const;

  std::vector<VerifierKey> logs_;
  std::vector<PolicyWitness> witnesses_;
  std::map<std::string, Group> groups_;
  std::set<std::string> names_, members_;  ///< of witnesses and groups; those that a group has
  std::string quorum_;
};

}  // namespace cordon::audit
