// How Shopify's tokens lie in the database.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/id.h"

namespace cordon::shopify {

/// Closes tokens before they are stored and opens them again. `purpose` ("access", "refresh") and tenant are associated
/// data: what was sealed for one opens for no other.
class TokenBox {
 public:
  virtual ~TokenBox() = default;
  virtual std::string seal(TenantId tenant, std::string_view purpose, std::string_view token) const = 0;
  /// Code::internal for what was not sealed by this box, for this tenant and purpose.
  virtual Result<std::string> open(TenantId tenant, std::string_view purpose, std::string_view sealed) const = 0;
};

/// Protects nothing: tokens lie as they are, marked so. What a dump of the database shows is what Shopify gave; the
/// door keeps one tenant from another's. Says so in its name until tokens are encrypted under the tenant's key.
class PlainTokenBox : public TokenBox {
 public:
  std::string seal(TenantId tenant, std::string_view purpose, std::string_view token) const override;
  Result<std::string> open(TenantId tenant, std::string_view purpose, std::string_view sealed) const override;
};

}  // namespace cordon::shopify
