// A signing key for tests, of which there are as many as letters.
#pragma once
#include "keys/ed25519.h"

namespace cordon::testing {

inline keys::SigningKey signing_key(char letter) { return keys::SigningKey(keys::Secret::of(std::string(32, letter))); }

}  // namespace cordon::testing
