// Debian's openssl program, as a judge from outside.
#pragma once
#include <cstdio>
#include <memory>
#include <string>

namespace cordon::testing {

struct Judgement {
  int status;          ///< 0: it agrees
  std::string output;  ///< both streams
};

/// Runs `openssl <arguments>`, a shell's words, to its end.
inline Judgement openssl(const std::string& arguments) {
  FILE* out = ::popen(("openssl " + arguments + " 2>&1").c_str(), "r");
  Judgement judgement{-1, {}};
  if (!out) return judgement;
  char buffer[4096];
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, out)) judgement.output.append(buffer, got);
  judgement.status = ::pclose(out);
  return judgement;
}

}  // namespace cordon::testing
