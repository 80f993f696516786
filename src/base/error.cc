#include "base/error.h"

#include <iterator>

namespace cordon {

static constexpr CodeInfo kTable[] = {
    {"malformed", 400, "The request could not be read"},
    {"unauthenticated", 401, "Sign in first"},
    {"revoked", 401, "This session has ended"},
    {"forbidden", 403, "This role may not do that"},
    {"step_up_required", 403, "This needs a fresh proof of who you are"},
    {"not_found", 404, "Not found"},
    {"method_not_allowed", 405, "This address does not take that method"},
    {"timeout", 408, "The request took too long to arrive"},
    {"conflict", 409, "The current state does not allow that"},
    {"too_large", 413, "The request is too large"},
    {"unsupported_media", 415, "The request must be JSON"},
    {"misdirected", 421, "Another service answers this"},
    {"invalid", 422, "A field is not valid"},
    {"suspended", 423, "This shop is suspended"},
    {"rate_limited", 429, "Too many requests"},
    {"header_too_large", 431, "The request's header is too large"},
    {"internal", 500, "Something went wrong on our side"},
    {"unavailable", 503, "The service cannot answer right now"},
    {"stopped", 503, "The service is stopped"},
};

const CodeInfo& info(Code code) { return kTable[static_cast<size_t>(code)]; }

std::optional<Code> read_code(std::string_view name) {
  for (size_t i = 0; i < std::size(kTable); ++i)
    if (kTable[i].name == name) return static_cast<Code>(i);
  return std::nullopt;
}

}  // namespace cordon
