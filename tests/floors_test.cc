// Holds the include graph to the floors of the design: a folder knows what stands below it and nothing above.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;

static const std::vector<std::string> kFloors{
    "base",    "net",    "db",      "door",        "keys",     "audit",   "identity", "staff",  "commerce", "chat",
    "shopify", "egress", "monitor", "containment", "incident", "privacy", "vendors",  "claims", "app"};

static std::vector<std::string> includes(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> out;
  static const std::regex kInclude(R"(^\s*#include\s+[<"]([^">]+)[">])");
  std::smatch found;
  for (std::string line; std::getline(in, line);)
    if (std::regex_search(line, found, kInclude)) out.push_back(found[1]);
  return out;
}

template <class F>
static void each_source(F visit) {
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CORDON_SOURCE_DIR) / "src"))
    if (entry.path().extension() == ".cc" || entry.path().extension() == ".h") visit(entry.path());
}

TEST(Floors, NoFolderIncludesAHigherOne) {
  int seen = 0;
  each_source([&](const fs::path& file) {
    if (file.filename().string().ends_with("_test.cc")) return;  // a test stands on the whole server
    const std::string own = fs::relative(file, fs::path(CORDON_SOURCE_DIR) / "src").begin()->string();
    const auto floor = std::find(kFloors.begin(), kFloors.end(), own);
    if (floor == kFloors.end()) {
      EXPECT_EQ(own, "main.cc") << file << " stands in a folder that is no floor";
      return;
    }
    for (const std::string& include : includes(file)) {
      const auto theirs = std::find(kFloors.begin(), kFloors.end(), include.substr(0, include.find('/')));
      if (theirs == kFloors.end()) continue;
      ++seen;
      EXPECT_LE(theirs - floor, 0) << file << " includes " << include;
    }
  });
  EXPECT_GT(seen, 100);
}

TEST(Floors, BeastAndTlsStayInsideNet) {
  static const std::set<std::string> kInside{"net/beast.h", "net/server_socket.h", "net/tls_context.h",
                                             "openssl/ssl.h"};
  std::set<std::string> seen;
  each_source([&](const fs::path& file) {
    const bool net = file.parent_path().filename() == "net";
    for (const std::string& include : includes(file)) {
      const bool named = kInside.contains(include);
      if (net && named) seen.insert(include);
      EXPECT_TRUE(net || !(named || include.starts_with("boost/beast") || include.starts_with("boost/asio")))
          << file << " includes " << include;
    }
  });
  EXPECT_EQ(seen, kInside) << "a header that was renamed is looked for under its new name";
}

TEST(Floors, SqlStandsInStoresOnly) {
  static const std::regex kSql(R"((SELECT|INSERT INTO|UPDATE|DELETE FROM) +[a-z_]+[ .(])");
  each_source([](const fs::path& file) {
    const std::string name = file.filename().string();
    if (name.ends_with("_store.cc") || name.ends_with("_test.cc") || name.ends_with("test_support.h")) return;
    // The door's own statement, and what the database floor says for itself (reset, notify, migrations' bookkeeping).
    const std::string folder = file.parent_path().filename().string();
    if (folder == "db" || folder == "door" || name == "bus.cc") return;
    std::ifstream in(file);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      const size_t comment = line.find("//");
      EXPECT_FALSE(std::regex_search(line.substr(0, comment), kSql)) << file << ":" << number << ": " << line;
    }
  });
}
