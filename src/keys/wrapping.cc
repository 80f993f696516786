#include "keys/wrapping.h"

namespace cordon::keys {

std::string tenant_key_aad(TenantId tenant, int64_t version) {
  return "cordon tenant key " + to_string(tenant) + " " + std::to_string(version);
}

std::string data_key_aad(TenantId tenant, const Uuid& subject, int64_t version) {
  return "cordon data key " + to_string(tenant) + " " + to_string(subject) + " " + std::to_string(version);
}

}  // namespace cordon::keys
