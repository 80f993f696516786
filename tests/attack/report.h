// What a run prints, and the table in docs/threat-model.md.
#pragma once
#include <string>
#include <vector>

#include "attack/judge.h"

namespace cordon::attack {

struct Options {
  bool baseline = false, weakened = false, verbose = false, show = false, table = false;
  std::vector<std::string> only;  ///< attempts whose name holds one of these; all of them if empty
};

/// Runs what the options say; the process's exit status.
int run(const Options& options);

/// "| attempt | what it tries | what stops it |" for every attempt.
std::string table_of(const std::vector<Verdict>& verdicts);

}  // namespace cordon::attack
