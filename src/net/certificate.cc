#include "net/certificate.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <stdexcept>

#include "base/random.h"

namespace cordon::net {

namespace {

using Bio = std::unique_ptr<BIO, Freed<BIO, BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, X509_EXTENSION_free>>;

bool extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  if (value.empty()) return true;
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

void set_serial(X509* certificate) {
  std::array<uint8_t, 8> serial;
  fill_random(serial);
  serial[0] &= 0x7f;
  uint64_t number = 0;
  for (uint8_t b : serial) number = number << 8 | b;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number);
}

}  // namespace

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  if (!key) throw std::runtime_error("OpenSSL could not make a key");
  return key;
}

Certificate make_certificate(const CertificateShape& shape, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  if (!made) return nullptr;
  X509* const self = made.get();
  if (!issuer) issuer = self;
  X509_set_version(self, X509_VERSION_3);
  set_serial(self);
  X509_gmtime_adj(X509_getm_notBefore(self), -3600);
  X509_gmtime_adj(X509_getm_notAfter(self), shape.life.count());
  X509_set_pubkey(self, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(self), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const uint8_t*>(shape.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(self, X509_get_subject_name(issuer));
  // The authority's key identifier is copied from the issuer's certificate, so a self-signed one has its own first.
  const bool ok = extend(self, issuer, NID_subject_key_identifier, "hash") &&
                  extend(self, issuer, NID_authority_key_identifier, "keyid:always") &&
                  extend(self, issuer, NID_subject_alt_name, shape.alternatives) &&
                  extend(self, issuer, NID_basic_constraints, shape.constraints) &&
                  extend(self, issuer, NID_key_usage, shape.usage) &&
                  extend(self, issuer, NID_ext_key_usage, shape.purposes) &&
                  X509_sign(self, issuer_key, EVP_sha256()) > 0;
  return ok ? std::move(made) : nullptr;
}

Certificate read_certificate(const std::filesystem::path& file) {
  const Bio in(BIO_new_file(file.c_str(), "r"));
  return Certificate(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
}

Key read_key(const std::filesystem::path& file) {
  const Bio in(BIO_new_file(file.c_str(), "r"));
  char no_password[] = "";  // or OpenSSL asks the terminal for one
  return Key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, no_password) : nullptr);
}

Result<Done> write_pem(const std::filesystem::path& file, const X509* certificate, const EVP_PKEY* key) {
  const std::string fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const Bio out(fd < 0 ? nullptr : BIO_new_fd(fd, BIO_CLOSE));
  const bool ok = out && (!certificate || PEM_write_bio_X509(out.get(), certificate) == 1) &&
                  (!key || PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1) &&
                  ::fsync(fd) == 0 && ::rename(fresh.c_str(), file.c_str()) == 0;
  if (!ok) return fail(Code::internal, "cannot write " + file.string());
  return Done{};
}

std::chrono::seconds life_left(const X509* certificate) {
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1)
    return std::chrono::seconds::min();
  return std::chrono::days(days) + std::chrono::seconds(seconds);
}

}  // namespace cordon::net
