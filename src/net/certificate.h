// P-256 keys and X.509 certificates (RFC 5280) as OpenSSL holds them: made, read, written. Inside this folder only.
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"

namespace cordon::net {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

/// What a certificate says; the extensions as x509v3_config(5) writes them, an empty one is left out.
struct CertificateShape {
  std::string name;  ///< the subject's common name, for people
  std::chrono::seconds life{0};
  std::string alternatives;
  std::string purposes;
  std::string constraints = "critical,CA:FALSE";
  std::string usage = "critical,digitalSignature";
};

/// A new P-256 key; throws if OpenSSL cannot make one.
Key make_key();
/// A certificate for `key`, signed by `issuer` with `issuer_key`, or by itself where `issuer` is null. It begins an
/// hour ago, for clocks that are behind. Null if OpenSSL refuses the shape.
Certificate make_certificate(const CertificateShape& shape, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key);

/// The first certificate, or the key, of a PEM file; null where there is none.
Certificate read_certificate(const std::filesystem::path& file);
Key read_key(const std::filesystem::path& file);
/// Writes what is not null as PEM, the certificate first, readable for the owner only. Replaces the file as a whole:
/// nobody ever sees half of it.
Result<Done> write_pem(const std::filesystem::path& file, const X509* certificate, const EVP_PKEY* key);

/// Seconds until the certificate ends; negative after it.
std::chrono::seconds life_left(const X509* certificate);

}  // namespace cordon::net
