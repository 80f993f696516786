#include "identity/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cstdio>

#include "base/json.h"
#include "base/random.h"

namespace cordon::identity {

namespace {

using Owned = std::shared_ptr<evp_pkey_st>;
using Context = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

Owned own(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }
const uint8_t* bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

std::unexpected<Error> no_key(std::string why) { return fail(Code::invalid, std::move(why), "jwk"); }

/// The DER that OpenSSL wants of an ECDSA signature, from the r and s that JOSE has; empty if they are none.
std::string to_der(std::string_view signature) {
  std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> parts(ECDSA_SIG_new(), ECDSA_SIG_free);
  BIGNUM *r = BN_bin2bn(bytes(signature), 32, nullptr), *s = BN_bin2bn(bytes(signature) + 32, 32, nullptr);
  if (!parts || ECDSA_SIG_set0(parts.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &out);
  std::string der = size > 0 ? std::string(reinterpret_cast<char*>(out), static_cast<size_t>(size)) : std::string();
  OPENSSL_free(out);
  return der;
}

Owned p256(std::string_view x, std::string_view y) {
  const std::string point = "\x04" + std::string(x) + std::string(y);
  std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)> build(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)> params(OSSL_PARAM_BLD_to_param(build.get()), OSSL_PARAM_free);
  std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr),
                                                                 EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (!params || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return own(key);
}

}  // namespace

Key::Key(Owned key, std::string curve, std::string x, std::string y)
    : key_(std::move(key)), curve_(std::move(curve)), x_(std::move(x)) {
  // The members that RFC 7638 section 3.2 requires, in lexicographic order.
  const std::string members = y.empty()
                                  ? R"({"crv":")" + curve_ + R"(","kty":"OKP","x":")" + x_ + "\"}"
                                  : R"({"crv":")" + curve_ + R"(","kty":"EC","x":")" + x_ + R"(","y":")" + y + "\"}";
  thumbprint_ = to_base64url(sha256(members));
}

Result<Key> Key::of(Owned key) {
  std::array<uint8_t, 32> raw;
  size_t size = raw.size();
  if (!key || !EVP_PKEY_is_a(key.get(), "ED25519") || EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1 ||
      size != raw.size())
    return fail(Code::internal, "this is not an Ed25519 key");
  return Key(std::move(key), "Ed25519", to_base64url(raw), {});
}

Key Key::generate() {
  auto made = of(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
  if (!made) throw std::runtime_error("cannot make a key");
  return *made;
}

Result<Key> Key::read(const std::filesystem::path& file) {
  const std::unique_ptr<FILE, int (*)(FILE*)> in(std::fopen(file.c_str(), "r"), std::fclose);
  auto key = of(own(in ? PEM_read_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr));
  if (!key) return fail(Code::internal, file.string() + " is not an Ed25519 key");
  return key;
}

Result<Key> Key::from_public(std::string_view x) {
  const std::string raw = from_base64url(x);
  return of(raw.size() == 32 ? own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(raw), raw.size()))
                             : nullptr);
}

Result<Key> Key::from_jwk(const boost::json::object& jwk) {
  const auto member = [&](const char* name) { return std::string(json::text_of(jwk, name)); };
  // RFC 9449 section 4.3: a proof that carries a private key gives it away, and proves nothing.
  if (jwk.contains("d")) return no_key("The key must be public.");
  const std::string x = member("x"), y = member("y");
  if (member("kty") == "OKP" && member("crv") == "Ed25519") {
    auto key = from_public(x);
    if (!key || key->x() != x) return no_key("This is not an Ed25519 public key.");
    return key;
  }
  if (member("kty") != "EC" || member("crv") != "P-256") return no_key("The key must be Ed25519 or P-256.");
  const std::string raw_x = from_base64url(x), raw_y = from_base64url(y);
  Owned key = raw_x.size() == 32 && raw_y.size() == 32 ? p256(raw_x, raw_y) : nullptr;
  if (!key) return no_key("This is not a point of P-256.");
  return Key(std::move(key), "P-256", x, y);
}

Result<Done> Key::write(const std::filesystem::path& file) const {
  const mode_t before = ::umask(0077);
  std::unique_ptr<FILE, int (*)(FILE*)> out(std::fopen(file.c_str(), "wx"), std::fclose);
  ::umask(before);
  if (!out || PEM_write_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(Code::internal, "cannot write " + file.string());
  return Done{};
}

std::string Key::sign(std::string_view input) const {
  std::string signature(64, '\0');
  size_t size = signature.size();
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &size, bytes(input), input.size()) !=
          1)
    throw std::runtime_error("cannot sign");
  return signature;
}

bool Key::verify(std::string_view input, std::string_view signature) const {
  if (signature.size() != 64) return false;
  const bool ecdsa = curve_ == "P-256";
  const std::string form = ecdsa ? to_der(signature) : std::string(signature);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, ecdsa ? EVP_sha256() : nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(form), form.size(), bytes(input), input.size()) == 1;
}

}  // namespace cordon::identity
