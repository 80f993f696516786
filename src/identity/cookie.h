// The cookies that sign-in sets, and answers that carry secrets.
#pragma once
#include <fmt/format.h>

#include "identity/identity.h"
#include "net/http.h"

namespace cordon::identity {

/// A cookie that no script, no other host and no other site's request gets; `seconds` of 0 deletes it.
inline net::Header set_cookie(std::string_view name, std::string_view secret, int seconds) {
  return {"Set-Cookie",
          fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}", name, secret, seconds)};
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
