// A shop's settings: types and SQL.
#pragma once
#include "base/json.h"
#include "door/scope.h"

namespace cordon::commerce {

struct Merchant {
  TenantId tenant_id;
  std::string shop, name, assistant_name, greeting, currency;
  int64_t attribution_days = 7;
  Time created_at;
};
CORDON_TYPE(Merchant, tenant_id, shop, name, assistant_name, greeting, currency, attribution_days, created_at)

struct ChangeMerchant {
  std::optional<Text<1, 100>> name, assistant_name;
  std::optional<Text<1, 500>> greeting;
  std::optional<Int<1, 90>> attribution_days;
};
BOOST_DESCRIBE_STRUCT(ChangeMerchant, (), (name, assistant_name, greeting, attribution_days))

/// Code::not_found until the shop has been set up.
net::Task<Result<Merchant>> find_merchant(door::Scope& scope);
/// Sets a shop up, or sets it anew.
net::Task<Result<Done>> put_merchant(door::Scope& scope, Merchant merchant);
/// Changes the given settings and leaves the others.
net::Task<Result<Merchant>> change_merchant(door::Scope& scope, ChangeMerchant change);

}  // namespace cordon::commerce
