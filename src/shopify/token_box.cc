#include "shopify/token_box.h"

namespace cordon::shopify {

namespace {

/// Tenant and purpose stand before the token, so that also this box opens nothing for another.
std::string mark(TenantId tenant, std::string_view purpose) {
  return "plain:" + to_string(tenant) + ":" + std::string(purpose) + ":";
}

}  // namespace

std::string PlainTokenBox::seal(TenantId tenant, std::string_view purpose, std::string_view token) const {
  return mark(tenant, purpose).append(token);
}

Result<std::string> PlainTokenBox::open(TenantId tenant, std::string_view purpose, std::string_view sealed) const {
  const std::string wanted = mark(tenant, purpose);
  if (!sealed.starts_with(wanted)) return fail(Code::internal, "This is a fault of ours; it has been logged.");
  return std::string(sealed.substr(wanted.size()));
}

}  // namespace cordon::shopify
