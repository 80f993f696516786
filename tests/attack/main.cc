// The attack corpus: `cordon_attack [--baseline] [--weakened] [--only text...] [-v] [--table]`.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "attack/report.h"
#include "support/world.h"

int main(int argc, char** argv) {
  using namespace cordon::attack;
  Options options;
  CLI::App cli("Runs tests/attack against a real database and server; ends with attempts=N leaks=N.");
  cli.add_flag("--baseline", options.baseline,
               "against the common design (a session variable, no FORCE): has to find leaks");
  cli.add_flag("--weakened", options.weakened, "with one guard after the other taken away: each has to be noticed");
  cli.add_flag("-v", options.verbose, "one line for each attempt");
  cli.add_flag("--show", options.show, "everything that each attempt brings");
  cli.add_flag("--table", options.table, "print what stops each attempt, and write it into docs/threat-model.md");
  cli.add_option("--only", options.only,
                 "only attempts whose name holds one of these texts; of a baseline, each of them has to leak");
  CLI11_PARSE(cli, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "the runner failed: %s\n", e.what());
    return 2;
  }
}
