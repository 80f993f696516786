#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace cordon {

void fill_random(std::span<uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) throw std::runtime_error("no randomness");
}

// A Merkle tree has two hashes an entry, and looking the algorithm up costs OpenSSL 3 several times what hashing does:
// it is looked up once.
static std::array<uint8_t, 32> sha256(std::string_view data, std::string_view more) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<uint8_t, 32> out;
  if (EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
      EVP_DigestUpdate(context.get(), more.data(), more.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1)
    throw std::runtime_error("sha256");
  return out;
}

std::array<uint8_t, 32> sha256(std::string_view data) { return sha256(data, {}); }

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::runtime_error("sha256");
}

void Sha256::update(std::string_view data) {
  if (EVP_DigestUpdate(context_.get(), data.data(), data.size()) != 1) throw std::runtime_error("sha256");
}

std::array<uint8_t, 32> Sha256::finish() {
  std::array<uint8_t, 32> out;
  if (EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1) throw std::runtime_error("sha256");
  return out;
}

// RFC 2104, section 2, by hand for the same reason: OpenSSL's own looks HMAC and SHA-256 up each time.
std::array<uint8_t, 32> hmac_sha256(std::string_view key, std::string_view data) {
  const auto view = [](const auto& bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::array<uint8_t, 32> shorter{};
  if (key.size() > 64) shorter = sha256(key), key = view(shorter);
  std::array<uint8_t, 64> pad{};
  std::ranges::copy(key, pad.begin());
  for (uint8_t& byte : pad) byte ^= 0x36;
  const auto inner = sha256(view(pad), data);
  for (uint8_t& byte : pad) byte ^= 0x36 ^ 0x5c;
  const auto out = sha256(view(pad), view(inner));
  OPENSSL_cleanse(pad.data(), pad.size());
  OPENSSL_cleanse(shorter.data(), shorter.size());
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::span<const uint8_t> data) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * data.size());
  for (uint8_t b : data) {
    out += kHex[b >> 4];
    out += kHex[b & 15];
  }
  return out;
}

std::string to_base64url(std::span<const uint8_t> data) {
  std::string out(4 * ((data.size() + 2) / 3) + 1, '\0');
  out.resize(EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()), data.data(), static_cast<int>(data.size())));
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string from_base64url(std::string_view text) {
  std::string in(text);
  for (char& c : in) {
    if (c == '+' || c == '/' || c == '=' || c == '\n') return {};
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  const size_t padding = (4 - in.size() % 4) % 4;
  if (padding == 3) return {};
  in.append(padding, '=');
  std::string out(in.size() / 4 * 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<uint8_t*>(out.data()), reinterpret_cast<const uint8_t*>(in.data()),
                                static_cast<int>(in.size()));
  if (n < 0) return {};
  out.resize(static_cast<size_t>(n) - padding);
  // OpenSSL skips white space and lets stray bits at the end pass; one value has one spelling here (RFC 4648
  // section 3.5).
  if (to_base64url(std::span(reinterpret_cast<const uint8_t*>(out.data()), out.size())) != text) return {};
  return out;
}

std::string to_base64(std::string_view data) {
  std::string out(4 * ((data.size() + 2) / 3) + 1, '\0');
  out.resize(EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()), reinterpret_cast<const uint8_t*>(data.data()),
                             static_cast<int>(data.size())));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<uint8_t*>(out.data()), reinterpret_cast<const uint8_t*>(text.data()),
                                static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  // OpenSSL counts the padding among the bytes, and is lenient: one value has one spelling here.
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  out.resize(static_cast<size_t>(n) - std::min(padding, static_cast<size_t>(n)));
  if (to_base64(out) != text) return std::nullopt;
  return out;
}

std::string random_secret() {
  std::array<uint8_t, 32> bytes;
  fill_random(bytes);
  return to_base64url(bytes);
}

}  // namespace cordon
