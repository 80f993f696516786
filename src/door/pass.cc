#include "door/pass.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace cordon::door {

Seal::~Seal() { OPENSSL_cleanse(hex_.data(), hex_.size()); }

bool Pass::allows(std::string_view permission) const {
  return std::find(permissions.begin(), permissions.end(), permission) != permissions.end();
}

bool Pass::fading() const { return (expires_at.micros - now().micros) * 5 < expires_at.micros - issued_at.micros; }

}  // namespace cordon::door
