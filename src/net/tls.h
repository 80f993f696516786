// TLS material: the server's certificate and key, made on the first start where the operator gives none.
#pragma once
#include <filesystem>
#include <string>

#include "base/error.h"

namespace cordon::net {

struct TlsFiles {
  std::filesystem::path certificate;  ///< PEM chain, leaf first
  std::filesystem::path key;          ///< PEM private key; may be the same file
};

/// Finds `folder`/tls/{certificate,key}.pem, or makes a self-signed P-256 certificate for localhost there (397 days,
/// key 0600).
Result<TlsFiles> self_signed(const std::filesystem::path& folder);

}  // namespace cordon::net
