#include "net/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "base/random.h"

namespace cordon::net {

namespace {

TicketKey make_ticket_key(std::chrono::steady_clock::time_point now) {
  TicketKey key;
  key.made = now;
  fill_random(key.name);
  fill_random(key.encrypts);
  fill_random(key.proves);
  return key;
}

void forget(void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<TicketKeys*>(keys); }

/// Where a context has its keys.
int place() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, forget);
  return index;
}

bool set_up(const TicketKey& key, const uint8_t* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seal) {
  char digest[] = "SHA256";
  auto* const proves = const_cast<uint8_t*>(key.proves.data());  // OpenSSL reads it
  const OSSL_PARAM how[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, proves, key.proves.size()),
                            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
  return EVP_MAC_CTX_set_params(mac, how) == 1 &&
         EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.encrypts.data(), iv, seal ? 1 : 0) == 1;
}

/// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): -1 ends the handshake, 0 opens nothing, 1 goes on, 2 goes on with a new
/// ticket. `name` has 16 bytes and `iv` as many as the cipher's blocks.
int on_ticket(SSL* connection, uint8_t* name, uint8_t* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seal) {
  try {
    auto* keys = static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), place()));
    if (!keys) return -1;
    if (seal) {
      const TicketKey key = keys->sealing();
      std::ranges::copy(key.name, name);
      fill_random({iv, 16});
      return set_up(key, iv, cipher, mac, true) ? 1 : -1;
    }
    const auto found = keys->opening(std::span<const uint8_t, 16>(name, 16));
    if (!found) return 0;
    if (!set_up(found->key, iv, cipher, mac, false)) return -1;
    return found->old ? 2 : 1;
  } catch (const std::exception&) {
    return -1;  // OpenSSL is C
  }
}

}  // namespace

TicketKey::~TicketKey() {
  OPENSSL_cleanse(encrypts.data(), encrypts.size());
  OPENSSL_cleanse(proves.data(), proves.size());
}

TicketKeys::TicketKeys(TicketClock clock) : clock_(std::move(clock)), present_(make_ticket_key(clock_())) {}

void TicketKeys::turn(std::chrono::steady_clock::time_point now) {
  if (now - present_.made >= kTicketLife) {
    before_ = present_;
    present_ = make_ticket_key(now);
  }
  if (before_ && now - before_->made >= 2 * kTicketLife) before_.reset();
}

TicketKey TicketKeys::sealing() {
  const std::lock_guard lock(mutex_);
  turn(clock_());
  return present_;
}

std::optional<TicketKeys::Found> TicketKeys::opening(std::span<const uint8_t, 16> name) {
  const std::lock_guard lock(mutex_);
  turn(clock_());
  if (std::ranges::equal(name, present_.name)) return Found{present_, false};
  if (before_ && std::ranges::equal(name, before_->name)) return Found{*before_, true};
  return std::nullopt;
}

void use_ticket_keys(ssl_ctx_st* context, std::unique_ptr<TicketKeys> keys) {
  if (SSL_CTX_set_ex_data(context, place(), keys.get()) != 1) throw std::runtime_error("OpenSSL takes no ticket keys");
  [[maybe_unused]] const TicketKeys* const kept = keys.release();  // until forget()
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

}  // namespace cordon::net
