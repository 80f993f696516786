#include "net/tls_context.h"

#include <openssl/x509v3.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "net/authority.h"

namespace cordon::net {

namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;

// Of RFC 8446 section 4.2.7, the fastest first. Not P-521 and X448, than which certificates are weaker anyway; not the
// finite fields, whose handshakes cost the server so much that callers could keep it busy with them.
constexpr const char* kGroups = "X25519:P-256:P-384";
// Of RFC 8446 appendix B.4, all but those with CCM, which are for small devices.
constexpr const char* kCiphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

/// A file's bytes, wiped at the end.
struct Bytes {
  explicit Bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  ~Bytes() { OPENSSL_cleanse(text.data(), text.size()); }
  Bytes(const Bytes&) = delete;
  std::string text;
};

std::unexpected<Error> bad(const std::filesystem::path& file, const char* what, const ErrorCode& ec) {
  return fail(Code::invalid, file.string() + " is not " + what + ": " + ec.message() + ".");
}

Result<TlsContext> make_context(ssl::context::method side) {
  auto made = std::make_shared<ssl::context>(side);
  SSL_CTX* const context = made->native_handle();
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 || SSL_CTX_set1_groups_list(context, kGroups) != 1 ||
      SSL_CTX_set_ciphersuites(context, kCiphers) != 1)
    return fail(Code::internal, "OpenSSL does not speak TLS 1.3 as it is wanted here");
  return made;
}

/// Where one file holds both, it is read once: it may be replaced at any moment, and a certificate of before would not
/// fit a key of after.
Result<Done> show(ssl::context& context, const TlsFiles& own) {
  const Bytes certificate(own.certificate);
  const Bytes key(own.key == own.certificate ? std::filesystem::path() : own.key);
  const std::string& secret = own.key == own.certificate ? certificate.text : key.text;
  ErrorCode ec;
  context.use_certificate_chain(boost::asio::buffer(certificate.text), ec);
  if (ec) return bad(own.certificate, "a PEM certificate", ec);
  context.use_private_key(boost::asio::buffer(secret), ssl::context::pem, ec);
  if (ec) return bad(own.key, "the PEM key of the certificate", ec);
  // Reading the key compares the two only where both are of one kind.
  if (SSL_CTX_check_private_key(context.native_handle()) != 1)
    return fail(Code::invalid, own.key.string() + " is not the PEM key of the certificate: it is of another kind.");
  return Done{};
}

/// How a server makes sessions and takes them up again.
void set_up_sessions(SSL_CTX* context, bool tickets, TicketClock clock) {
  // Early data can be played back by whoever recorded it (RFC 8446 section 8): none is ever taken.
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_recv_max_early_data(context, 0);
  // The server's order counts, but that who wants ChaCha20 first, having no AES in hardware, gets it.
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Keep-alive connections are many and mostly idle: give their record buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!tickets) {
    SSL_CTX_set_num_tickets(context, 0);
    return;
  }
  SSL_CTX_set_timeout(context, kTicketLife.count());
  use_ticket_keys(context, std::make_unique<TicketKeys>(std::move(clock)));
}

Result<Done> trust(ssl::context& context, const std::filesystem::path& authority) {
  ErrorCode ec;
  context.load_verify_file(authority.string(), ec);
  if (ec) return bad(authority, "an authority's PEM certificate", ec);
  return Done{};
}

/// Whose certificate it has to be: exactly the service's, and not by a wildcard or a common name.
void expect_service(SSL_CTX* context, const std::string& service) {
  X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM_set1_host(wanted, service_host(service).c_str(), 0);
}

}  // namespace

Result<TlsContext> server_context(const TlsFiles& own, const std::filesystem::path& clients, TicketClock clock) {
  auto made = make_context(ssl::context::tls_server);
  if (!made) return made;
  ssl::context& context = **made;
  // No tickets where clients show certificates: a session that is resumed shows none, and would outlive the one that it
  // began with.
  set_up_sessions(context.native_handle(), clients.empty(), std::move(clock));
  auto done = show(context, own);
  if (done && !clients.empty()) {
    context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    done = trust(context, clients);
  }
  if (!done) return std::unexpected(done.error());
  return made;
}

Result<TlsContext> client_context(const ClientOptions& options) {
  auto made = make_context(ssl::context::tls_client);
  if (!made) return made;
  ssl::context& context = **made;
  context.set_verify_mode(ssl::verify_peer);
  if (options.service.empty()) context.set_verify_callback(ssl::host_name_verification(options.host));
  else expect_service(context.native_handle(), options.service);
  Result<Done> done;
  if (options.trust.empty()) context.set_default_verify_paths();
  else done = trust(context, options.trust);
  if (done && !options.own.certificate.empty()) done = show(context, options.own);
  if (!done) return std::unexpected(done.error());
  return made;
}

Peer peer_of(const SSL* connection) {
  const X509* certificate = SSL_get0_peer_certificate(connection);
  if (!certificate) return {};
  std::array<uint8_t, 32> digest;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), nullptr) != 1) return {};
  return {services_of(certificate), to_base64url(digest)};
}

}  // namespace cordon::net
