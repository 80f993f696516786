// API tokens: secrets that a shop's own programs send instead of an access token. A token stands for a session of its
// maker's that is narrowed to the token's scopes, so PostgreSQL holds it to them, and revoking ends it in the next
// statement.
#pragma once
#include "base/limiter.h"
#include "identity/identity.h"
#include "keys/field.h"

namespace cordon::identity {

inline constexpr std::string_view kApiTokenPrefix = "cordon_";

/// "cordon_", 43 characters of base64url (32 random bytes), "_", and 6 of base62: the CRC-32 of the 43, so that
/// scanners tell a leaked token from a look-alike without asking us.
std::string make_api_token();
/// Whether a text has that form and the checksum fits.
bool is_api_token(std::string_view text);

struct ApiToken {
  ApiTokenId token_id;
  std::string name;
  std::vector<std::string> scopes, ranges;
  SubjectId created_by;
  std::string created_by_name;
  Time created_at, expires_at;
  std::optional<Time> last_used_at;  ///< to the minute; to a pass's life where the API is a process of its own
  std::optional<std::string> last_used_from;
  std::optional<Time> revoked_at;
};
/// Closed with the shop's own key, for the token's row.
inline constexpr keys::Field kTokenAddress{"identity.api_token", "last_used_from"};
CORDON_TYPE(ApiToken, token_id, name, scopes, ranges, created_by, created_by_name, created_at, expires_at, last_used_at,
            last_used_from, revoked_at)

struct NewApiToken {
  Text<1, 100> name;
  std::vector<std::string> scopes;                 ///< permissions that the maker has
  Int<1, 365> days;                                ///< until it ends
  std::optional<std::vector<std::string>> ranges;  ///< addresses and networks; from anywhere without
};
BOOST_DESCRIBE_STRUCT(NewApiToken, (), (name, scopes, days, ranges))

struct MadeApiToken {
  ApiTokenId token_id;
  std::string secret;  ///< shown this once
};
CORDON_TYPE(MadeApiToken, token_id, secret)

/// One reactor's. Remembers the pass of each token and address for as long as its seal is fresh.
class ApiTokens {
 public:
  ApiTokens(db::Pool& pool, Identity& identity, Limiter& limiter)
      : pool_(pool), identity_(identity), limiter_(limiter) {}

  /// The pass that a token stands for. Code::unauthenticated for what is none, without asking the database where the
  /// checksum says so; Code::revoked; Code::forbidden from an address outside of its ranges.
  net::Task<Result<std::shared_ptr<const door::Pass>>> find(std::string token, std::string address);
  /// The same without looking at what is remembered, for whoever remembers it themselves.
  net::Task<Result<std::shared_ptr<const door::Pass>>> open(std::string token, std::string address);
  /// Forgets a pass whose seal did not hold.
  void forget(const door::Pass& pass);

  /// Code::forbidden for scopes that the maker lacks (the door compares), Code::invalid for what no token may have; see
  /// Identity::fresh().
  net::Task<Result<MadeApiToken>> create(const door::Pass& maker, NewApiToken in, audit::Event event);
  /// The shop's tokens, newest first.
  net::Task<Result<Page<ApiToken>>> list(TenantId tenant);
  /// Code::not_found for none of this shop.
  net::Task<Result<Done>> revoke(TenantId tenant, ApiTokenId token, audit::Event event);

 private:
  struct Held {
    std::shared_ptr<const door::Pass> pass;
    ApiTokenId token;
    Time noted;  ///< when its use was last written down
  };
  net::Task<Result<Held>> come_in(std::string token, std::string address);
  net::Task<Result<Done>> note_use(const Held& held, const std::string& address);

  db::Pool& pool_;
  Identity& identity_;
  Limiter& limiter_;
  std::unordered_map<std::string, Held> held_;  ///< by digest and address
};

}  // namespace cordon::identity
