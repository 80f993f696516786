// Service tokens: what one service of the server shows another with a call. Each is for one audience, one tenant and
// one kind of work, for a minute, and of no use but with the certificate of the service that it was made for.
#pragma once
#include "door/service.h"
#include "identity/token.h"

namespace cordon::identity {

/// A kind of work that a service may ask of another.
struct Work {
  std::string_view name;
  door::Service caller, audience;
  std::string_view needs;  ///< the permission that whoever it is done for must have; empty: it is done for nobody
  std::string_view role;   ///< of the seal that the audience may get to do it; empty: it takes none
};
inline constexpr Work kAnswer{"answer", door::Service::chat, door::Service::worker, "visit.write", "assistant"};
inline constexpr Work kClaim{"claim", door::Service::worker, door::Service::identity, {}, {}};
/// nullptr for the name of none.
const Work* find_work(std::string_view name);

inline constexpr int kServiceTokenSeconds = 60;

struct ServiceToken {
  door::Service caller;     ///< whom it was made for: `act.sub` (RFC 8693 section 4.1)
  std::string certificate;  ///< the caller's: `cnf.x5t#S256` (RFC 8705 section 3.1)
  door::Service audience;
  const Work* work = nullptr;
  TenantId tenant;    ///< kPlatform for work of no tenant's
  SubjectId subject;  ///< for whom it is done, if for somebody
};

/// The compact JWT for it, which ends after kServiceTokenSeconds.
std::string issue(const Signer& signer, const ServiceToken& token);

/// Who has come with a token: the names and the thumbprint of the certificate at the other end of the connection.
struct Peer {
  std::vector<std::string> services;
  std::string certificate;
  bool is(door::Service service) const;
};

/// What a token says. Code::unauthenticated for anything but a live service token of ours for `audience`.
Result<ServiceToken> read_service_token(const KeySet& keys, std::string_view text, door::Service audience);
/// Whether `peer` is the one that it was made for, and may ask for that work. Code::unauthenticated if it is not.
Result<Done> belongs_to(const ServiceToken& token, const Peer& peer);

}  // namespace cordon::identity
