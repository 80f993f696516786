// What every store of identity is made of: transactions of the cordon_identity login, which reads no tenant's data.
#pragma once
#include <boost/describe.hpp>

#include "audit/event.h"
#include "db/pool.h"

namespace cordon::identity {

/// Staff have no tenant: their sessions stand under this one, which owns nothing (db/migrations/0007_sessions.sql).
inline constexpr TenantId kPlatform{};

/// Where a refresh token is kept: in a browser's cookie, or by a program, which may choose; or there is none, because
/// whoever signed in shows each time anew who they are.
enum class Keep { cookie, token, none };
BOOST_DESCRIBE_ENUM(Keep, cookie, token)

/// How and from where somebody signed in or comes back: what a list of sessions shows.
struct From {
  std::string means;    ///< "link", "shopify", "password" ...
  std::string agent;    ///< the User-Agent field
  std::string address;  ///< the peer's
  Keep keep = Keep::cookie;
  std::string key;       ///< the thumbprint of the key that the caller proved to hold (RFC 9449), if it did
  std::string replaces;  ///< the session cookie that the browser had until now, if any
};

/// Runs the statements in one transaction, as cordon_identity. Where a request is being answered, its event tells of
/// them.
net::Task<Result<std::vector<db::Rows>>> run(db::Pool& pool, std::vector<db::Query> queries);
/// The same, with the audit event of what they change: of the request that is being answered, if there is one, which
/// then leaves no other of that action.
net::Task<Result<std::vector<db::Rows>>> configure(db::Pool& pool, audit::Event event, std::vector<db::Query> changes);
/// The SHA-256 of a secret, as a bytea parameter: secrets themselves never reach the database.
db::Param digest(std::string_view secret);

}  // namespace cordon::identity
