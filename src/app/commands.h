// The command line.
#pragma once

namespace cordon::app {

/// Parses the arguments, runs the command, returns the exit status: 0, 1 (it failed; said why), 2 (wrong usage).
int run_command(int argc, char** argv);

}  // namespace cordon::app
