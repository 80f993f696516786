#include "keys/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace cordon::keys {

Secret hkdf_sha256(const Secret& key, std::string_view salt, std::string_view info) {
  static EVP_KDF* const fetched = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> kdf(EVP_KDF_CTX_new(fetched), EVP_KDF_CTX_free);
  char digest[] = "SHA256";
  const auto octets = [](const char* name, std::string_view value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size());
  };
  // An empty info has to be a pointer all the same.
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               octets(OSSL_KDF_PARAM_KEY, key.view()), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, info.data() == nullptr ? "" : info), OSSL_PARAM_END};
  Secret out(32);
  if (!kdf || EVP_KDF_derive(kdf.get(), out.bytes().data(), out.size(), params) != 1)
    throw std::runtime_error("openssl: hkdf");
  return out;
}

}  // namespace cordon::keys
