// The private authority of the services that Cordon is split into: each shows a certificate of its, and asks for one.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/tls.h"

struct x509_st;

namespace cordon::net {

/// "chat" -> "chat.cordon.internal", the DNS name in a service's certificate.
std::string service_host(std::string_view service);
/// The services that a certificate names, in its order; other names in it count for nothing.
std::vector<std::string> services_of(const x509_st* certificate);

/// What a service speaks to the others with.
struct Credentials {
  TlsFiles own;
  std::filesystem::path authority;  ///< PEM of the authority's certificate
};

struct CertificateLives {
  std::chrono::seconds leaf = std::chrono::hours(24);
  std::chrono::seconds authority = std::chrono::years(10);
};

/// Finds or makes the authority in `folder`/ca/{certificate,key}.pem, and in `folder`/services one file, named after
/// `services` (lower-case letters and digits), with the certificate that names them all and its key: `own` names it
/// twice. A certificate with less than a third of `lives.leaf` left is made anew with a new key; the file is replaced
/// as a whole, so whoever opens it once gets a certificate and the key that fits. Call it again now and then (a tenth
/// of a leaf's life), and let servers and clients read the files again. Processes that start at once make one
/// authority. One near its end is logged; one that has ended, or lost its key, is Code::internal with the cure.
Result<Credentials> service_credentials(const std::filesystem::path& folder, const std::vector<std::string>& services,
                                        CertificateLives lives = {});

}  // namespace cordon::net
