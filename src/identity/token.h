// Access tokens: JWTs (RFC 9068 profile, Ed25519 by RFC 8037) that carry a seal. The signature lets the API refuse
// rubbish early; what counts is the seal inside, which PostgreSQL checks.
#pragma once
#include <string>
#include <unordered_map>

#include "door/pass.h"
#include "identity/signer.h"

namespace cordon::identity {

/// Whom a token is given to (`client_id`, RFC 9068 section 2.2), where that is none of our services: the console, the
/// widget or a program, all of which are this server's own client. Nothing is decided by it.
inline constexpr std::string_view kOwnClient = "cordon";

/// The compact JWT for `pass`; bound to the caller's key (RFC 9449 section 6.1) if the pass names one.
std::string issue(const Signer& signer, const door::Pass& pass, std::string_view client = kOwnClient);

/// One reactor's. Remembers what it has verified until it expires: a signature is checked once, the seal in every
/// statement.
class Verifier {
 public:
  explicit Verifier(std::shared_ptr<const KeySet> keys) : keys_(std::move(keys)) {}
  /// Code::unauthenticated for anything but a token of this issuer, for this audience, of this type, signed by one of
  /// our keys, and live.
  Result<std::shared_ptr<const door::Pass>> verify(std::string_view token);

 private:
  Result<std::shared_ptr<const door::Pass>> check(std::string_view token) const;
  std::shared_ptr<const KeySet> keys_;
  std::unordered_map<std::string, std::shared_ptr<const door::Pass>> seen_;
};

inline constexpr std::string_view kIssuer = "cordon";
inline constexpr std::string_view kAudience = "cordon-api";

/// A compact JWS (RFC 7515 section 3.1) of a type of ours ("at+jwt") over `payload`, signed by the key that signs now.
std::string sign_compact(const Signer& signer, std::string_view type, std::string_view payload);
/// The payload of one; nullopt if it has another type or another algorithm than Ed25519, or is signed by none of
/// `keys`.
std::optional<std::string> open_compact(const KeySet& keys, std::string_view type, std::string_view text);

}  // namespace cordon::identity
