// What every connection holds to: TLS 1.3 only, of which groups and ciphers, whose certificate it shows, and whose it
// wants to see. Included by this folder's server and client only.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/client.h"
#include "net/ticket_keys.h"
#include "net/tls.h"

namespace cordon::net {

/// Settings with the files as they were when they were read; connections keep what they need of them.
using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// For a server that shows `own`; with `clients`, to nobody but who shows a certificate of that authority, in every
/// handshake and without tickets. Otherwise its tickets have keys of their own, which end by `clock` and with the
/// context: no session outlives the certificate that it began with. Code::invalid names the file that does not do.
Result<TlsContext> server_context(const TlsFiles& own, const std::filesystem::path& clients, TicketClock clock);
/// For a client, as its options say.
Result<TlsContext> client_context(const ClientOptions& options);

/// Who is at the other end, as the certificate says that the handshake has checked.
struct Peer {
  std::vector<std::string> services;
  std::string thumbprint;  ///< RFC 8705 section 3.1
};
Peer peer_of(const SSL* connection);

}  // namespace cordon::net
