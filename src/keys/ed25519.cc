#include "keys/ed25519.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace cordon::keys {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

static const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

SigningKey::SigningKey(const Secret& seed)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()), EVP_PKEY_free),
      public_(32, '\0') {
  size_t size = public_.size();
  if (!key_ || EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<uint8_t*>(public_.data()), &size) != 1)
    throw std::invalid_argument("an Ed25519 private key has 32 bytes");
}

std::string SigningKey::sign(std::string_view message) const {
  Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(64, '\0');
  size_t size = out.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(out.data()), &size, bytes_of(message), message.size()) !=
          1)
    throw std::runtime_error("Ed25519 signing failed");
  return out;
}

bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()), EVP_PKEY_free);
  Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
}

}  // namespace cordon::keys
