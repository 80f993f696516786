// The keys that close what the identity login keeps of a shop's people, and of the platform's own.
#pragma once
#include "door/routes.h"
#include "identity/backend.h"
#include "keys/custodian.h"
#include "keys/keyring.h"

namespace cordon::identity {

struct ShopKeys {
  keys::DataKey own, index;
};
/// A shop's, or kPlatform's. Errors as keys::Keyring has them.
net::Task<Result<ShopKeys>> shop_keys(db::Pool& pool, TenantId tenant);

/// The calling reactor's custodian; what it changes, and has the KMS open, leaves an audit event with the shop.
keys::Custodian custodian(Backend& backend, keys::KeyLives lives = {});
/// The same for what somebody of the staff asks for: the events are of their request.
keys::Custodian custodian(Backend& backend, const door::Call& call);

}  // namespace cordon::identity
