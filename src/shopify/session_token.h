// Session tokens: what App Bridge gives a page inside Shopify's admin, to show who is looking at it.
#pragma once
#include "shopify/signature.h"

namespace cordon::shopify {

/// Whom a session token speaks of.
struct SessionToken {
  ShopDomain shop;
  int64_t user = 0;  ///< Shopify's number of the person
  std::string id;    ///< of this token, among the shop's
  Time ends_at;      ///< from when on it is not taken
};

/// A JWT (RFC 7519) that Shopify signed with the app's secret (HS256 and nothing else), for this app, live within 10
/// seconds and for a day at most, with an id, whose issuer and destination are one shop. Shopify's libraries check
/// neither `iss` nor `dest`; the tenant is taken from `dest`, so it has to be a shop's domain, and the one that issued.
/// Code::unauthenticated otherwise.
Result<SessionToken> check_session_token(std::string_view token, const Secrets& secrets, std::string_view client_id,
                                         Time now);

}  // namespace cordon::shopify
