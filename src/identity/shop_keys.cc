#include "identity/shop_keys.h"

namespace cordon::identity {

net::Task<Result<ShopKeys>> shop_keys(db::Pool& pool, TenantId tenant) {
  std::vector<Uuid> subjects{tenant.value, keys::kIndex};
  auto found = co_await keys::Keyring::current().make(pool, tenant, std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  co_return ShopKeys{found->of(tenant), found->of(keys::kIndex)};
}

static db::Query record(door::AuditAction action, TenantId tenant, std::string detail) {
  audit::Event event = audit::event_of(action, "KEYS");
  event.tenant = tenant;
  event.role = "operator";
  event.detail = std::move(detail);
  return audit::append(audit::ClosedEvent::of(std::move(event)));
}

/// As it was asked for, but for where from, which would take a key to close.
static keys::Record record_for(const door::Call& call) {
  audit::Event asked = audit::event_of(call.request);
  asked.by(call.scope->pass());
  asked.address.clear();
  asked.agent.clear();
  return [asked = std::move(asked)](door::AuditAction action, TenantId tenant, std::string detail) {
    audit::Event event = asked;
    event.id = EventId::fresh();
    event.tenant = tenant;
    event.action = action;
    event.detail = std::move(detail);
    return audit::append(audit::ClosedEvent::of(std::move(event)));
  };
}

keys::Custodian custodian(Backend& backend, const door::Call& call) {
  return {keys::Keyring::current().kms(), backend.identities, record_for(call)};
}

keys::Custodian custodian(Backend& backend, keys::KeyLives lives) {
  return {keys::Keyring::current().kms(), backend.identities, record, lives};
}

}  // namespace cordon::identity
