// Where the tests find files: the source tree, and the data that others made beside it.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace cordon::commerce {

inline std::filesystem::path source_dir() {
  if (const char* dir = std::getenv("CORDON_SOURCE_DIR")) return dir;
#ifdef CORDON_SOURCE_DIR
  return CORDON_SOURCE_DIR;
#else
  return std::filesystem::current_path();
#endif
}

inline std::filesystem::path demo_dir() { return source_dir() / "data" / "demo"; }

/// Not part of a clone: a test that needs it is named RealData..., an entry of its own in ctest, and skips itself where
/// the folder is missing.
inline std::filesystem::path outside_data_dir() { return source_dir().parent_path() / "shared" / "data"; }

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace cordon::commerce

/// Ends the test as skipped, saying why, unless `folder` of the outside data is there.
#define NEEDS_OUTSIDE_DATA(folder)                                                                            \
  if (!std::filesystem::exists(cordon::commerce::outside_data_dir() / folder))                                \
  GTEST_SKIP() << "no " << (cordon::commerce::outside_data_dir() / folder).string() << ": the cases on real " \
               << folder << " files are skipped"
