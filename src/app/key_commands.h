// What `cordon keys` does: the custodian (keys/custodian.h) by an operator's hand.
#pragma once
#include "identity/shop_keys.h"

namespace cordon::app {

/// Prints versions, counts, and what is not done yet.
net::Task<Result<Done>> print_keys(identity::Backend& backend);
/// A new key of a shop's, or, without one, of the KMS.
net::Task<Result<Done>> rotate_keys(identity::Backend& backend, std::optional<TenantId> tenant);
net::Task<Result<Done>> rewrap_keys(identity::Backend& backend);

/// New keys for a shop's data subjects and for itself, or for the platform, and its rows closed anew with them: goes on
/// until it is done. Every server has to have read the new keys within `wait_seconds`, or what it writes afterwards is
/// lost: KeyLives::announced, but for tests.
net::Task<Result<Done>> renew_keys(identity::Backend& backend, TenantId tenant, int64_t wait_seconds);
/// Goes on with every tenant whose rows are being closed anew, for so many steps; called in the background. An error is
/// one tenant's, the last one's that there was.
net::Task<Result<Done>> go_on_reclosing(identity::Backend& backend, int steps);

struct DestroyKeys {
  TenantId tenant;
  std::optional<std::string> customer;  ///< Shopify's number; none: the shop's own key
  std::string by, why;
  bool legal = false;
};
/// A customer's keys, and those of the browsers that are known to be theirs: at once, for good. Called again, it goes
/// on where it was cut off. A shop's own: asks for it; one of the staff has to say yes in the console. Code::invalid
/// for a customer without a number, and for a reason that Custodian::ask() does not take.
net::Task<Result<Done>> destroy_keys(identity::Backend& backend, DestroyKeys wanted);
net::Task<Result<Done>> withdraw_destruction(identity::Backend& backend, Uuid destruction, std::string by);

/// Whether the database has any shop's key, and so a KMS that has wrapped it. Blocks.
Result<bool> has_wrapped_keys(const std::string& identity_conninfo);

}  // namespace cordon::app
