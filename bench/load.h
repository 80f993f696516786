// What the programs of load have in common: a benchmark that cannot do its work has no figure, and says why.
#pragma once
#include <iostream>
#include <stdexcept>

#include "base/error.h"

namespace cordon {

/// Throws what went wrong.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}
inline void require(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error(what);
}

/// A program's whole: the exit status of `run`, or 1 and what it threw.
inline int load(int (*run)(int, char**), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << std::endl;
    return 1;
  }
}

}  // namespace cordon
