// Both kinds of object store, for tests that hold for either. The S3 one is a server that
// tests/outside/objects.test.mjs starts, which then runs these tests; by themselves they skip it.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "keys/object_store.h"
#include "net/workers.h"
#include "support/served.h"

namespace cordon::testing {

/// The URL of a store that a variable of the environment names; empty without it.
inline std::string store_url(const char* variable) {
  const char* url = std::getenv(variable);
  return url == nullptr ? "" : url;
}

/// Gives `text` in pieces, and fails instead of ending if it has a failure to tell.
inline keys::Source source_of(std::string text, size_t piece, std::optional<Error> failure = {}) {
  auto at = std::make_shared<size_t>(0);
  return [=]() -> net::Task<Result<std::optional<std::string>>> {
    if (*at < text.size()) {
      std::optional<std::string> next = text.substr(*at, piece);
      *at += next->size();
      co_return next;
    }
    if (failure) co_return std::unexpected(*failure);
    co_return std::nullopt;
  };
}

/// Adds to `text`.
inline keys::Sink sink_to(std::string& text) {
  return [&](std::string_view piece) -> net::Task<Result<Done>> {
    text += piece;
    co_return Done{};
  };
}

inline constexpr size_t kMiB = 1 << 20;

/// Bytes that differ from place to place, the same each time.
inline std::string patterned(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 2654435761u) >> 13);
  return text;
}

/// A store of the kind that the parameter names, "folder" or "s3".
class Stores : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const bool s3 = std::string_view(GetParam()) == "s3";
    if (s3 && store_url("CORDON_S3").empty())
      GTEST_SKIP() << "no CORDON_S3: tests/outside/objects.test.mjs has a server";
    url_ = s3 ? store_url("CORDON_S3") : "folder:" + (folder_.path() / "objects").string();
    store_ = must(keys::open_store(url_, workers_));
    log::set_level("off");
  }
  void TearDown() override { log::set_level("error"); }

  keys::ObjectStore& store() { return *store_; }
  const std::string& url() const { return url_; }
  std::filesystem::path folder() const { return folder_.path() / "objects"; }
  /// A name that no other test has.
  std::string name(const std::string& of = "object") const {
    std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(test, '/', '-');
    return test + "/" + of;
  }
  net::Task<std::string> contents(std::string of, keys::ByteRange range) {
    std::string text;
    must(co_await store().get(of, range, sink_to(text)));
    co_return text;
  }

 private:
  TemporaryFolder folder_;
  net::Workers workers_{2, 64};
  std::string url_;
  std::unique_ptr<keys::ObjectStore> store_;
};

}  // namespace cordon::testing
