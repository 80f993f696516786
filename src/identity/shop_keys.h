// The keys that close what the identity login keeps of a shop's people, and of the platform's own.
#pragma once
#include "identity/transactions.h"
#include "keys/keyring.h"

namespace cordon::identity {

struct ShopKeys {
  keys::DataKey own, index;
};
/// A shop's, or kPlatform's. Errors as keys::Keyring has them.
net::Task<Result<ShopKeys>> shop_keys(db::Pool& pool, TenantId tenant);

}  // namespace cordon::identity
