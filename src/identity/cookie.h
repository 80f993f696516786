// The cookies that sign-in sets, and answers that carry secrets.
#pragma once
#include <fmt/format.h>

#include "base/json.h"
#include "net/http.h"

namespace cordon::identity {

/// Which requests of other sites carry a cookie: none, or a link that somebody follows.
enum class SameSite { strict, lax };

/// A cookie that no script and no other host gets; `seconds` of 0 deletes it.
inline net::Header set_cookie(std::string_view name, std::string_view secret, int seconds,
                              SameSite site = SameSite::strict) {
  return {"Set-Cookie", fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite={}; Max-Age={}", name, secret,
                                    site == SameSite::strict ? "Strict" : "Lax", seconds)};
}

/// An answer with a token or a secret in it, which nothing on the way may keep.
template <class T>
net::Response unkept(const T& body) {
  net::Response response;
  response.headers.emplace_back("Cache-Control", "no-store");
  json::write(response.body, body);
  return response;
}

}  // namespace cordon::identity
