// door/routes.cc for the fuzzers, whose compiler is told none of the project's definitions.
#define CORDON_VERSION "fuzz"
#include "door/routes.cc"  // NOLINT(bugprone-suspicious-include)
