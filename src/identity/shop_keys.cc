#include "identity/shop_keys.h"

namespace cordon::identity {

net::Task<Result<ShopKeys>> shop_keys(db::Pool& pool, TenantId tenant) {
  std::vector<Uuid> subjects{tenant.value, keys::kIndex};
  auto found = co_await keys::Keyring::current().make(pool, tenant, std::move(subjects));
  if (!found) co_return std::unexpected(found.error());
  co_return ShopKeys{found->of(tenant), found->of(keys::kIndex)};
}

}  // namespace cordon::identity
