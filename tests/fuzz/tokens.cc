// Everything that a stranger's token, proof or form is read with. Whatever comes: nothing is taken that the key has not
// signed, of what it has signed only what says the right things, the rest is refused by its code, and nothing crashes.
// The first byte chooses the reader.
#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "base/random.h"
#include "door/routes.h"
#include "identity/proof.h"
#include "identity/service_token.h"

using namespace cordon;

namespace {

/// The signing key of this run, in a folder that goes with it.
std::shared_ptr<const identity::Signer> signer() {
  static const auto made = [] {
    std::string folder = (std::filesystem::temp_directory_path() / "cordon-fuzz-XXXXXX").string();
    if (!::mkdtemp(folder.data())) std::abort();
    auto opened = identity::Signer::open(folder);
    std::filesystem::remove_all(folder);
    if (!opened) std::abort();
    return *opened;
  }();
  return made;
}

std::string encode(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

void require(bool holds) {
  if (!holds) std::abort();
}

/// What was not taken was refused with one of these.
template <class T>
void require_refused(const Result<T>& read, std::initializer_list<Code> codes = {Code::unauthenticated}) {
  require(!read && std::find(codes.begin(), codes.end(), read.error().code) != codes.end());
}

/// `original` with the fuzzer's bytes over some of its own: the first two say where.
std::string tampered(std::string original, std::string_view text) {
  if (text.size() < 2) return original;
  const size_t at = (static_cast<uint8_t>(text[0]) << 8 | static_cast<uint8_t>(text[1])) % (original.size() + 1);
  return original.replace(at, text.size() - 2, text.substr(2));
}

int64_t seconds() { return now().micros / 1'000'000; }

// Access tokens

const std::string& access_token() {
  static const std::string made = [] {
    door::Pass pass;
    pass.role = "owner";
    pass.permissions = {"customer.read", "order.read"};
    pass.expires_at = {now().micros + 86'400'000'000};
    pass.seal = door::Seal(std::string(64, 'a'));
    return identity::issue(*signer(), pass);
  }();
  return made;
}

void check_access_token(const std::string& text) {
  const auto pass = identity::Verifier(signer()).verify(text);
  if (text == access_token()) require(pass.has_value());
  else require_refused(pass);
}

/// Claims that the fuzzer chose, under a good signature: what is behind the signature is fuzzed as well.
void check_access_claims(const std::string& text) {
  const auto pass = identity::Verifier(signer()).verify(identity::sign_compact(*signer(), "at+jwt", text));
  if (!pass) return require_refused(pass);
  const auto claims = json::parse_object(text);
  require(claims && json::text_of(*claims, "iss") == identity::kIssuer &&
          json::text_of(*claims, "aud") == identity::kAudience && (*pass)->expires_at.micros / 1'000'000 >= seconds());
  std::string scope;
  for (const std::string& one : (*pass)->permissions) (scope += scope.empty() ? "" : " ") += one;
  require(json::text_of(*claims, "scope") == scope);
}

// Service tokens

std::string service_token() {
  const identity::ServiceToken token{door::Service::chat, "thumbprint", door::Service::worker,
                                     &identity::kAnswer,  {},           {}};
  return identity::issue(*signer(), token);
}

void check_service_token(const std::string& text, const std::string& genuine) {
  const auto token = identity::read_service_token(*signer(), text, door::Service::worker);
  if (text == genuine) require(token.has_value());
  else require_refused(token);
}

void check_service_claims(const std::string& text) {
  const auto token =
      identity::read_service_token(*signer(), identity::sign_compact(*signer(), "st+jwt", text), door::Service::worker);
  if (!token) return require_refused(token);
  const auto claims = json::parse_object(text);
  require(claims && json::text_of(*claims, "iss") == identity::kIssuer && json::text_of(*claims, "aud") == "worker" &&
          json::text_of(*claims, "scope") == token->work->name && token->work->audience == door::Service::worker &&
          !token->certificate.empty() && claims->at("exp").as_int64() >= seconds());
}

// Proofs of possession

const identity::Key& proof_key() {
  static const identity::Key made = identity::Key::generate();
  return made;
}

/// A proof over these claims; its key is the fuzzer's own.
std::string proof_of(std::string_view claims) {
  const std::string input =
      encode(R"({"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":")" + proof_key().x() + "\"}}") +
      "." + encode(claims);
  return input + "." + encode(proof_key().sign(input));
}

/// One that holds for the request below, once.
std::string good_proof() {
  static const std::string ath = to_base64url(sha256("token"));
  return proof_of(R"({"htm":"GET","htu":"https://cordon.example/v1/me","ath":")" + ath + R"(","iat":)" +
                  std::to_string(seconds()) + R"(,"jti":")" + random_secret() + "\"}");
}

Result<std::string> check_proof(std::string proof) {
  static identity::Proofs proofs;
  net::Request request;
  request.path = "/v1/me";
  request.headers = {{"Host", "cordon.example"}, {"DPoP", std::move(proof)}};
  return proofs.check(request, "token");
}

void check_tampered_proof(const std::string& text) {
  require_refused(check_proof(text));
  const std::string genuine = good_proof(), other = tampered(genuine, text);
  const auto key = check_proof(other);
  if (other == genuine) require(key == proof_key().thumbprint());
  else require_refused(key);
}

void check_proof_claims(const std::string& text) {
  const auto key = check_proof(proof_of(text));
  if (!key) return require_refused(key);
  const auto claims = json::parse_object(text);
  require(*key == proof_key().thumbprint() && claims && json::text_of(*claims, "htm") == "GET" &&
          json::text_of(*claims, "ath") == to_base64url(sha256("token")) &&
          std::abs(claims->at("iat").as_int64() - seconds()) <= identity::kProofSeconds + 1);
}

// Keys, and the form of a token exchange

void check_keys(const std::string& text) {
  if (const auto jwk = json::parse_object(text)) {
    const auto key = identity::Key::from_jwk(*jwk);
    if (key) require(!jwk->contains("d") && key->thumbprint().size() == 43);
    else require_refused(key, {Code::invalid});
  }
  identity::KeySet keys, again;
  const auto learnt = keys.learn(text);
  if (!learnt) return require_refused(learnt, {Code::invalid});
  require(again.learn(keys.jwks()) && again.jwks() == keys.jwks());
}

/// As the token endpoint reads it, and what it then does with a token that it was sent.
void check_form(const std::string& text) {
  net::Request request;
  request.method = net::Method::post;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = text;
  const door::Call call{request};
  const auto form = door::bind<door::AnyForm>(call);
  if (!form) return require_refused(form, {Code::malformed, Code::invalid});
  for (const auto& [name, value] : form->fields) require(form->get(name) == value);
  require(net::parse_query(net::write_query(form->fields)) == form->fields);
  check_access_token(form->get("subject_token"));
  check_service_token(form->get("subject_token"), service_token());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      check_access_token(text);
      check_access_token(tampered(access_token(), text));
      break;
    case 1: check_access_claims(text); break;
    case 2: check_tampered_proof(text); break;
    case 3: check_proof_claims(text); break;
    case 4: check_keys(text); break;
    case 5: check_form(text); break;
    case 6: {
      const std::string genuine = service_token();
      check_service_token(text, genuine);
      check_service_token(tampered(genuine, text), genuine);
      break;
    }
    default: check_service_claims(text);
  }
  return 0;
}
