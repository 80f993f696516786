// What Shopify signs with the app's secret and sends through a browser: the queries of OAuth and of the app proxy.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "net/http.h"

namespace cordon::shopify {

/// A shop's permanent domain, such as "cotton-shop.myshopify.com", in lower case: one spelling for each tenant.
class ShopDomain {
 public:
  /// Nothing but a whole domain of that form, at most 60 characters before the first dot: no scheme, port, path, space
  /// or line end. Capitals are taken and made small.
  static std::optional<ShopDomain> parse(std::string_view text);
  const std::string& text() const { return text_; }
  /// What stands before ".myshopify.com".
  std::string name() const { return text_.substr(0, text_.find('.')); }
  bool operator==(const ShopDomain&) const = default;

 private:
  std::string text_;
};

/// The app's secret. Shopify goes on signing with the one before for up to an hour after a rotation.
struct Secrets {
  std::string current;
  std::string previous;  ///< empty if there is none
  Time rotated_at;       ///< when `current` took the place of `previous`

  /// Whether one of the secrets that hold at `now` made this HMAC-SHA-256 of `message`, given as lower-case
  /// hexadecimal; compared in constant time.
  bool made(std::string_view message, std::string_view hex, Time now) const;
};

/// A query that Shopify has signed just now, for one shop.
struct SignedQuery {
  ShopDomain shop;
  std::vector<net::Header> fields;  ///< decoded, without what signs
  /// A field's value, or empty.
  std::string_view at(std::string_view name) const;
};

/// What an OAuth query's `hmac` is made over: every field but `hmac` and `signature`, in the order of their names,
/// percent-encoded as WHATWG's URL standard serializes a form, but a space as %20. (Shopify's JavaScript library does
/// so; its Ruby library writes a space as '+' and signs five fields only, its documentation shows no encoding.)
std::string oauth_message(const std::vector<net::Header>& query);
/// What an app-proxy query's `signature` is made over: "name=value" of every field but `signature`, a repeated name's
/// values joined by commas, sorted as bytes, with nothing in between. (As documented; Shopify's JavaScript library
/// sorts names by locale.)
std::string proxy_message(const std::vector<net::Header>& query);

/// Shopify signed this install link or OAuth callback, at most 90 seconds ago or ahead. Code::unauthenticated
/// otherwise, with the field that does not hold.
Result<SignedQuery> check_oauth(std::vector<net::Header> query, const Secrets& secrets, Time now);

/// A request that came through the app proxy, at most 90 seconds ago or ahead. The message that is signed has no
/// separators, so a shopper who may choose a field freely could have Shopify sign somebody else's
/// `logged_in_customer_id`: only the fields named here are taken, each of a form that leaves one way to read the
/// message. `own` are the fields that the page itself may add, their values checked by the caller's `holds`.
struct OwnField {
  std::string_view name;
  bool (*holds)(std::string_view value);  ///< must not let '=' pass
};
Result<SignedQuery> check_proxy(std::vector<net::Header> query, const std::vector<OwnField>& own,
                                const Secrets& secrets, Time now);

}  // namespace cordon::shopify
