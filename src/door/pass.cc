#include "door/pass.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace cordon::door {

Seal::~Seal() { OPENSSL_cleanse(hex_.data(), hex_.size()); }

bool Pass::allows(std::string_view permission) const {
  return std::find(permissions.begin(), permissions.end(), permission) != permissions.end();
}

}  // namespace cordon::door
