// One key made of another one.
#pragma once
#include <string_view>

#include "keys/secret.h"

namespace cordon::keys {

/// HKDF (RFC 5869) with SHA-256: 32 bytes of `key` for what `salt` and `info` name.
Secret hkdf_sha256(const Secret& key, std::string_view salt, std::string_view info);

}  // namespace cordon::keys
