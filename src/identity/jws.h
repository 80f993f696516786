// JSON Web Signatures as they travel: access tokens, proofs of possession, Shopify's session tokens.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cordon::identity {

/// The three parts of a compact JWS (RFC 7515 section 3.1), decoded.
struct Compact {
  std::string header, payload, signature;
  std::string_view input;  ///< what is signed: into the text that was split
};
/// nullopt for anything but three parts of base64url, or more than 8 KiB.
std::optional<Compact> split_compact(std::string_view text);

}  // namespace cordon::identity
