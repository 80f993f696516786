// Secrets that a file holds: a passphrase, a PIN, an account's key.
#pragma once
#include <filesystem>

#include "base/error.h"
#include "keys/secret.h"

namespace cordon::keys {

/// All of `file`, read straight into memory for keys. Code::invalid, naming the file, where it cannot be read, has
/// nothing, or more than `most` bytes.
Result<Secret> read_secret_whole(const std::filesystem::path& file, size_t most);
/// The first line of `file`, of at most 4 KiB, without its end, in the same way.
Result<Secret> read_secret_file(const std::filesystem::path& file);

}  // namespace cordon::keys
