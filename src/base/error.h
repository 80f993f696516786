// One error type for the whole server: a code from one table, a sentence for the caller, and the field it is about.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace cordon {

/// What can go wrong, as the caller sees it. The table in error.cc gives each its HTTP status and title.
enum class Code {
  malformed,           ///< 400 the bytes are not what the protocol says
  unauthenticated,     ///< 401 no token, or one that does not hold
  revoked,             ///< 401 the session behind the token has ended
  forbidden,           ///< 403 the role lacks the permission
  step_up_required,    ///< 403 who one is was proved too long ago for this
  not_found,           ///< 404 nothing here that this caller may see
  method_not_allowed,  ///< 405
  timeout,             ///< 408 the client was too slow
  conflict,            ///< 409 the state does not allow it
  too_large,           ///< 413
  unsupported_media,   ///< 415
  misdirected,         ///< 421 another service of ours answers this
  invalid,             ///< 422 a field's value is wrong; `field` names it
  suspended,           ///< 423 the tenant is suspended
  rate_limited,        ///< 429 with Retry-After
  header_too_large,    ///< 431
  internal,            ///< 500 a bug of ours
  unavailable,         ///< 503 the database is away, or too much to do; with Retry-After
  stopped,             ///< 503 everything is stopped by the kill switch
};

struct CodeInfo {
  std::string_view name;   ///< stable, machine readable: "not_found"
  int status;              ///< HTTP status
  std::string_view title;  ///< RFC 9457 title
};

/// The code table's row for `code`.
const CodeInfo& info(Code code);
/// The code of that name, as another process of ours writes it; nullopt for the name of none.
std::optional<Code> read_code(std::string_view name);

struct Error {
  Code code = Code::internal;
  std::string detail;   ///< a sentence that names the cure; never SQL, a stack or another tenant's value
  std::string field;    ///< the input field it is about, empty if none
  int retry_after = 0;  ///< seconds after which asking again makes sense; 0 leaves it to the code
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for returning a failure.
inline std::unexpected<Error> fail(Code code, std::string detail, std::string field = {}) {
  return std::unexpected(Error{code, std::move(detail), std::move(field)});
}

/// A value for a `Result` that carries nothing.
struct Done {
  bool done = true;
};

}  // namespace cordon
