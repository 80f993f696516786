// Passkeys and security keys: W3C Web Authentication Level 2, verified by libfido2. No attestation is asked for: what a
// key is made of is its owner's business, that it is the same key each time is ours.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cordon::staff {

/// Whom a credential is for: the relying party's id is the host of the one origin that may use it.
struct RelyingParty {
  std::string origin;  ///< "https://console.example"
  std::string id;      ///< "console.example"
};

/// A credential as it is kept.
struct Passkey {
  std::string credential;  ///< the authenticator's id for it
  int algorithm = 0;       ///< COSE: -7 ES256, -8 EdDSA, -257 RS256
  std::string public_key;  ///< as libfido2 reads it
  int64_t sign_count = 0;
};

/// Reads a registration (section 7.1): `client_data` is clientDataJSON, `authenticator_data` is what the browser's
/// getAuthenticatorData() gives. Code::invalid, with the field, if it is not for `challenge`, not for this party, or
/// the authenticator did not verify its user.
Result<Passkey> read_registration(const RelyingParty& party, std::string_view challenge, std::string_view client_data,
                                  std::string_view authenticator_data);

/// Checks an assertion (section 7.2) by `passkey`; the authenticator's new counter. Code::unauthenticated if the
/// signature, the challenge, the party or the user's verification does not hold, or if the counter has fallen back, as
/// it does for a copy.
Result<int64_t> verify_assertion(const RelyingParty& party, const Passkey& passkey, std::string_view challenge,
                                 std::string_view client_data, std::string_view authenticator_data,
                                 std::string_view signature);

}  // namespace cordon::staff
