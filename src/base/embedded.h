// Files that the build put into the binary (cmake/embed.cmake): migrations and the web pages.
#pragma once
#include <span>
#include <string_view>

namespace cordon::embedded {

struct File {
  const char* name;  ///< path below the set's root, "0001_logins.sql"
  const char* begin;
  const char* end;
  std::string_view text() const { return {begin, static_cast<size_t>(end - begin)}; }
};

/// The embedded sets, each sorted by name.
std::span<const File> migrations();
std::span<const File> console();
std::span<const File> widget();
std::span<const File> storefront();
std::span<const File> passwords();

}  // namespace cordon::embedded
