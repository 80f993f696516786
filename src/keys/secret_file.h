// Secrets that a file holds: a passphrase, a PIN.
#pragma once
#include <filesystem>

#include "base/error.h"
#include "keys/secret.h"

namespace cordon::keys {

/// The first line of `file`, of at most 4 KiB, without its end; read straight into memory for keys. Code::invalid,
/// naming the file, where it cannot be read or has nothing there.
Result<Secret> read_secret_file(const std::filesystem::path& file);

}  // namespace cordon::keys
