// HTTP as plain values: what a handler receives and returns. No wire library shows here.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "net/task.h"

namespace cordon::net {

enum class Method { get, post, put, patch, delete_, options, head, other };
std::string_view to_string(Method method);

using Header = std::pair<std::string, std::string>;

struct Request {
  Method method = Method::get;
  std::string path;   ///< percent-decoded nowhere: ids and names in our paths need no encoding
  std::string query;  ///< without '?', still encoded
  std::vector<Header> headers;
  std::string body;
  std::string address;                ///< the peer's IP address
  std::vector<std::string> services;  ///< what the client's certificate says it is, such as "chat"; empty without one
  std::string certificate;  ///< SHA-256 thumbprint of the client's certificate, base64url (RFC 8705 section 3.1)
  RequestId id = RequestId::fresh();
  bool upgrade = false;  ///< asks for a WebSocket

  /// The header's value, or empty; names compare without case. A header given twice counts as absent.
  std::string_view header(std::string_view name) const;
  /// A cookie's value, or empty.
  std::string_view cookie(std::string_view name) const;
};

/// `application/x-www-form-urlencoded` pairs of a query string, decoded; nullopt if it is malformed.
std::optional<std::vector<Header>> parse_query(std::string_view query);
/// Pairs as such a string: percent-encoded as WHATWG's URL standard serializes a form, but a space as %20.
std::string write_query(const std::vector<Header>& fields);

/// One WebSocket, text frames only. Lives on its reactor.
class Socket {
 public:
  virtual ~Socket() = default;
  /// The next text message; nullopt once the socket is closed by either side.
  virtual Task<std::optional<std::string>> receive() = 0;
  /// Queues a message. A peer that does not read is closed once 1 MiB waits for it.
  virtual void send(std::string text) = 0;
  /// Closes with a code of RFC 6455 section 7.4 or one of ours (4400..4599).
  virtual void close(int code, std::string_view reason) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Header> headers;
  std::string body;
  std::string_view fixed;  ///< if not empty: the body, in memory that outlives the response (embedded files)
  std::function<Task<void>(Socket&)> socket;  ///< if set: accept the upgrade and run this
};

/// An error as an RFC 9457 problem document, with Retry-After where the code has one.
Response problem(const Error& error, const RequestId& request);

/// The code of an answer that is an error, as the audit log has it: read back from the body rather than kept beside
/// every response. Empty if there is none.
std::string code_of(const Response& response);

using Handler = std::function<Task<Response>(Request&)>;

}  // namespace cordon::net
