// How Google's APIs carry bytes in JSON, and how both sides see that they arrived as they were.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keys/secret.h"

namespace cordon::keys {

/// CRC-32C (Castagnoli; RFC 3720 section 12.1 and its vectors in B.4).
uint32_t crc32c(std::string_view bytes);

/// Reads base64 with padding (RFC 4648 section 4), as to_base64() gives it, into memory for keys; nullopt for anything
/// else.
std::optional<Secret> from_base64(std::string_view text);

}  // namespace cordon::keys
