#include "keys/hkdf.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"

namespace cordon::keys {
namespace {

/// The bytes from `first` to `last`, both included.
std::string octets_from(int first, int last) {
  std::string out(static_cast<size_t>(last - first + 1), '\0');
  std::iota(out.begin(), out.end(), static_cast<char>(first));
  return out;
}

std::string hkdf_hex(std::string_view key, std::string_view salt, std::string_view info) {
  Secret made = hkdf_sha256(Secret::of(key), salt, info);
  return to_hex(made.bytes());
}

// RFC 5869, appendices A.1 to A.3, as far as 32 bytes go.
TEST(Hkdf, GivesThePublishedVectors) {
  const std::string key(22, '\x0b');
  EXPECT_EQ(hkdf_hex(key, octets_from(0, 12), octets_from(0xf0, 0xf9)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(hkdf_hex(octets_from(0, 0x4f), octets_from(0x60, 0xaf), octets_from(0xb0, 0xff)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
  EXPECT_EQ(hkdf_hex(key, "", ""), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

}  // namespace
}  // namespace cordon::keys
