#include "net/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "base/random.h"

namespace cordon::net {

namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Name = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, X509_EXTENSION_free>>;

bool extend(X509* certificate, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Name extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate make_certificate(EVP_PKEY* key) {
  Certificate made(X509_new());
  std::array<uint8_t, 8> serial;
  fill_random(serial);
  serial[0] &= 0x7f;
  uint64_t number = 0;
  for (uint8_t b : serial) number = number << 8 | b;
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), number);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 397L * 86400);
  X509_set_pubkey(made.get(), key);
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const uint8_t*>("Cordon on this machine"), -1,
                             -1, 0);
  X509_set_issuer_name(made.get(), name);
  const bool ok = extend(made.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
                  extend(made.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                  extend(made.get(), NID_key_usage, "critical,digitalSignature") &&
                  extend(made.get(), NID_ext_key_usage, "serverAuth") && X509_sign(made.get(), key, EVP_sha256()) > 0;
  return ok ? std::move(made) : nullptr;
}

}  // namespace

Result<TlsFiles> self_signed(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const TlsFiles files{folder / "tls" / "certificate.pem", folder / "tls" / "key.pem"};
  std::error_code ec;
  if (fs::exists(files.certificate, ec) && fs::exists(files.key, ec)) return files;
  fs::create_directories(folder / "tls", ec);
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate = key ? make_certificate(key.get()) : nullptr;
  if (!certificate) return fail(Code::internal, "OpenSSL could not make a certificate");
  const mode_t before = ::umask(0077);
  std::unique_ptr<FILE, int (*)(FILE*)> key_out(std::fopen(files.key.c_str(), "w"), std::fclose);
  std::unique_ptr<FILE, int (*)(FILE*)> certificate_out(std::fopen(files.certificate.c_str(), "w"), std::fclose);
  ::umask(before);
  if (!key_out || !certificate_out ||
      PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_X509(certificate_out.get(), certificate.get()) != 1)
    return fail(Code::internal, "cannot write " + (folder / "tls").string());
  return files;
}

}  // namespace cordon::net
