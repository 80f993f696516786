// Sign-in, token refresh, sign-out, who am I, and the public key set.
#pragma once
#include "door/routes.h"
#include "identity/identity.h"
#include "identity/proof.h"

namespace cordon::identity {

/// The header that keeps a browser signed in: the session's cookie.
net::Header session_cookie(std::string_view secret, int seconds);
/// What the browser has in that cookie; empty without one. A sign-in ends that session (From::replaces).
std::string held_session(const net::Request& request);
/// The header that gives a sign-in link to this browser and nobody else: a cookie that its own pages sign in by. What a
/// request brings that another site began, this is not among, nor is the session's cookie.
net::Header link_cookie(std::string_view link, int seconds);
/// The answer to whoever gets tokens: a program's refresh token in the body, a browser's in its cookie.
net::Response answer_with(SignedIn in);

/// `here` returns the calling reactor's Identity.
void add_identity_routes(door::Routes& routes, std::function<Identity&()> here, std::shared_ptr<const Signer> signer,
                         Proofs* proofs);

}  // namespace cordon::identity
