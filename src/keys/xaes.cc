#include "keys/xaes.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "base/random.h"

namespace cordon::keys {

namespace {

constexpr size_t kHalf = 12;  // bytes of the nonce that make the derived key; the other twelve are AES-GCM's own

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

[[noreturn]] void broken(const char* what) { throw std::runtime_error(std::string("openssl: ") + what); }

// Fetched once: looking an algorithm up by its name costs more than encrypting a message.
const EVP_CIPHER* gcm() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

/// CMAC over AES-256, this thread's. Has the key of nothing between two uses.
EVP_MAC_CTX* cmac() {
  static EVP_MAC* const fetched = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
  static thread_local const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> mac(
      [] {
        char cipher[] = "AES-256-CBC";
        const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                                     OSSL_PARAM_END};
        EVP_MAC_CTX* made = EVP_MAC_CTX_new(fetched);
        if (made == nullptr || EVP_MAC_CTX_set_params(made, params) != 1) broken("cmac");
        return made;
      }(),
      EVP_MAC_CTX_free);
  return mac.get();
}

/// The key for all nonces that begin with `half`: SP 800-108r1 in counter mode over CMAC, two blocks of 16 bytes, each
/// MAC over one block: a counter of 16 bits, the label "X", a zero byte and `half`.
Secret derive(const Secret& key, std::string_view half) {
  static constexpr std::array<uint8_t, kKeyBytes> kNothing{};
  EVP_MAC_CTX* mac = cmac();
  Secret out(kKeyBytes);
  for (uint8_t block = 1; block <= 2; ++block) {
    std::array<uint8_t, 16> input{0, block, 'X', 0};
    std::memcpy(input.data() + 4, half.data(), kHalf);
    size_t size = 0;
    // The second time with the key that it has: a null pointer keeps it.
    if (EVP_MAC_init(mac, block == 1 ? key.data() : nullptr, block == 1 ? key.size() : 0, nullptr) != 1 ||
        EVP_MAC_update(mac, input.data(), input.size()) != 1 ||
        EVP_MAC_final(mac, out.bytes().data() + size_t{16} * (block - 1), &size, 16) != 1)
      broken("cmac");
  }
  // The context outlives this: another key's schedule takes the place of this one's.
  if (EVP_MAC_init(mac, kNothing.data(), kNothing.size(), nullptr) != 1) broken("cmac");
  return out;
}

}  // namespace

/// The cipher of one derived key, keyed and ready for either direction.
struct Xaes::Derived {
  Derived(const Secret& key, std::string_view its_half) : cipher(EVP_CIPHER_CTX_new()) {
    std::memcpy(half.data(), its_half.data(), kHalf);
    const Secret derived = derive(key, its_half);
    if (!cipher || EVP_EncryptInit_ex(cipher, gcm(), nullptr, derived.data(), nullptr) != 1) broken("aes-gcm");
  }
  ~Derived() { EVP_CIPHER_CTX_free(cipher); }
  Derived(const Derived&) = delete;
  bool is_of(std::string_view other) const { return std::memcmp(half.data(), other.data(), kHalf) == 0; }

  std::array<uint8_t, kHalf> half;
  EVP_CIPHER_CTX* cipher;
};

Xaes::Xaes(Secret key) : key_(std::move(key)) {
  if (key_.size() != kKeyBytes) throw std::runtime_error("a key has 32 bytes");
}
Xaes::~Xaes() = default;
Xaes::Xaes(Xaes&&) noexcept = default;
Xaes& Xaes::operator=(Xaes&&) noexcept = default;

Xaes::Derived& Xaes::derived(std::string_view half) {
  for (auto& known : reading_)
    if (known && known->is_of(half)) return *known;
  if (writing_ && writing_->is_of(half)) return *writing_;
  auto& place = reading_[next_];
  next_ = (next_ + 1) % reading_.size();
  place = std::make_unique<Derived>(key_, half);
  return *place;
}

void Xaes::encrypt(std::string& out, Derived& with, const std::array<uint8_t, kNonceBytes>& nonce, std::string_view aad,
                   std::string_view plain) {
  const size_t from = out.size();
  out.resize(from + kNonceBytes + plain.size() + kTagBytes);
  auto* to = reinterpret_cast<uint8_t*>(out.data()) + from;
  std::memcpy(to, nonce.data(), kNonceBytes);
  EVP_CIPHER_CTX* cipher = with.cipher;
  int done = 0;
  if (EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, nonce.data() + kHalf) != 1 ||
      (!aad.empty() && EVP_EncryptUpdate(cipher, nullptr, &done, bytes_of(aad), static_cast<int>(aad.size())) != 1) ||
      EVP_EncryptUpdate(cipher, to + kNonceBytes, &done, bytes_of(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher, to + kNonceBytes + plain.size(), &done) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagBytes, to + kNonceBytes + plain.size()) != 1)
    broken("seal");
}

void Xaes::seal(std::string& out, std::string_view aad, std::string_view plain) {
  // A new first half long before the count could come round: 2^32 messages is what AES-GCM's other limits allow for.
  if (!writing_ || ++written_ == UINT32_MAX) {
    fill_random(nonce_);
    written_ = 0;
    writing_ = std::make_unique<Derived>(key_, std::string_view(reinterpret_cast<char*>(nonce_.data()), kHalf));
  } else {
    for (size_t i = kNonceBytes; i-- > kHalf;)
      if (++nonce_[i] != 0) break;
  }
  encrypt(out, *writing_, nonce_, aad, plain);
}

void Xaes::seal_with(std::string& out, const std::array<uint8_t, kNonceBytes>& nonce, std::string_view aad,
                     std::string_view plain) {
  encrypt(out, derived({reinterpret_cast<const char*>(nonce.data()), kHalf}), nonce, aad, plain);
}

bool Xaes::decrypt(std::string_view aad, std::string_view sealed, uint8_t* out) {
  EVP_CIPHER_CTX* cipher = derived(sealed.substr(0, kHalf)).cipher;
  const std::string_view text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::array<char, kTagBytes> tag;
  std::memcpy(tag.data(), sealed.data() + sealed.size() - kTagBytes, kTagBytes);
  int done = 0;
  return EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, bytes_of(sealed) + kHalf) == 1 &&
         (aad.empty() || EVP_DecryptUpdate(cipher, nullptr, &done, bytes_of(aad), static_cast<int>(aad.size())) == 1) &&
         EVP_DecryptUpdate(cipher, out, &done, bytes_of(text), static_cast<int>(text.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(cipher, out + text.size(), &done) == 1;
}

std::optional<std::string> Xaes::open(std::string_view aad, std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string out(sealed.size() - kNonceBytes - kTagBytes, '\0');
  if (!decrypt(aad, sealed, reinterpret_cast<uint8_t*>(out.data()))) {
    OPENSSL_cleanse(out.data(), out.size());
    return std::nullopt;
  }
  return out;
}

std::optional<Secret> Xaes::open_secret(std::string_view aad, std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  Secret out(sealed.size() - kNonceBytes - kTagBytes);
  if (!decrypt(aad, sealed, out.bytes().data())) return std::nullopt;
  return out;
}

}  // namespace cordon::keys
